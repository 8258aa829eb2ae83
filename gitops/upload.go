package gitops

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/belay-ci/belay/gitops/wire"
)

// uploadPrefix begins the refs under which the server is given trees before there are commits for a branch. They lie
// outside of refs/heads/, so that no clone fetches them and no branch rule is about them.
const uploadPrefix = "refs/belay/staging/"

// uploadRef is the same at every try and every attempt of the run, so that one that was killed leaves nothing behind that
// the next does not use again, or take away.
func (l landing) uploadRef() string { return uploadPrefix + l.id(0) }

// uploadFor is the ref for the commits of a new branch.
func uploadFor(branch string) string {
	sum := sha256.Sum256([]byte(branch))
	return uploadPrefix + hex.EncodeToString(sum[:16])
}

// upload puts commits, and all that the server lacks of them, under a ref. Whether the server took it is in done; what
// an earlier attempt of the run left there is replaced.
func (r *Repo) upload(ctx context.Context, ref string, commit plumbing.Hash) (sending, error) {
	hashes, err := r.newObjects(r.fetching(ctx), commit)
	if err != nil {
		return sending{}, err
	}
	old := r.uploads[ref]
	var sent sending
	for range 2 {
		update := wire.Update{Ref: ref, Old: old, New: commit}
		if sent, err = r.sendRefs(ctx, wire.PushRequest{Updates: []wire.Update{update}, Objects: hashes, Source: r.store}); err != nil {
			return sending{}, err
		}
		if !sent.done {
			at, err := r.readRef(ctx, ref)
			switch {
			case err != nil:
				return sent, nil // what went wrong first says more
			case at.hash() == commit:
				sent.done = true
			case at.hash() != old:
				old = at.hash()
				continue
			}
		}
		break
	}
	if sent.done {
		r.uploads[ref] = commit
		for _, hash := range hashes {
			r.uploaded[hash] = true
		}
	}
	return sent, nil
}

// dropUpload takes the ref away when the commits are on their branch, or will not come there; and with it those of earlier
// landings that could not be taken away. left says that an earlier attempt of the run may have left it. That one stays is no
// failure: nobody sees it, and the next attempt uses it again.
func (r *Repo) dropUpload(ctx context.Context, ref string, left bool) {
	if _, mine := r.uploads[ref]; !mine && left {
		if at, err := r.readRef(ctx, ref); err == nil && at != "" {
			r.uploads[ref] = at.hash()
		}
	}
	clear(r.uploaded)
	const tries = 3
	for n := 0; n < tries && len(r.uploads) > 0; n++ {
		request := wire.PushRequest{Source: r.store}
		for ref, at := range r.uploads {
			request.Updates = append(request.Updates, wire.Update{Ref: ref, Old: at})
		}
		sent, err := r.sendRefs(ctx, request)
		if err == nil && sent.err == nil { // what was refused is not there any more, or is somebody else's
			clear(r.uploads)
		}
	}
}

// endUpload takes the upload of a landing away, unless the same will be tried again.
func (l landing) endUpload(ctx context.Context, o Outcome) {
	if l.options.Maker != nil && !o.Again {
		l.dropUpload(ctx, l.uploadRef(), o.State == AlreadyLanded)
	}
}
