package gitops

import "context"

// MayPush asks the server whether the credentials may push at all, and returns where the branch is: the empty ID where it
// does not exist. Nothing is pushed. Protection of single branches and hooks are not asked: no server tells of them before.
func (r *Repo) MayPush(ctx context.Context, branch string) (ID, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	delete(r.tips, branch)
	tip, err := r.knownTip(ctx, branch)
	return tip, failed("ask whether a push to "+branch+" is allowed", err)
}
