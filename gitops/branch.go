package gitops

import (
	"context"
	"errors"
	"fmt"

	"github.com/belay-ci/belay/policy"
)

// Branch is what came of CreateBranch.
type Branch struct {
	Created bool // false: the branch existed, at At
	At      ID
}

// CreateBranch makes a branch at a commit that Revert built, or at one the server has, if there is no branch of that
// name yet. An existing one is left alone, and is no error. Of several callers at once exactly one creates it. A push
// whose answer got lost counts as created if the branch then is at the commit.
//
// Errors are *Error; with the kind git.unknown the branch may exist, and calling again tells.
func (r *Repo) CreateBranch(ctx context.Context, name string, commit ID) (Branch, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	branch, err := r.createBranch(ctx, name, commit)
	return branch, failed("create branch "+name, err)
}

func (r *Repo) createBranch(ctx context.Context, name string, commit ID) (Branch, error) {
	sent, err := r.send(ctx, name, "", commit)
	if err != nil {
		return Branch{}, err
	}
	at, err := r.readTip(ctx, name)
	switch {
	case err != nil && !sent.reached:
		return Branch{}, sent.err
	case err != nil:
		return Branch{}, &Error{
			Reason: policy.GitUnknown, Again: true, Err: errors.Join(sent.err, err),
			Message: "the branch may exist, and could not be read back",
		}
	case at != "":
		return Branch{Created: at == commit && (sent.done || sent.err != nil), At: at}, nil
	}
	why := sent.why()
	return Branch{}, &Error{
		Reason: why.kind, Again: why.again, Err: sent.err,
		Message: fmt.Sprintf("the server did not create the branch: %s", sent.words()),
	}
}
