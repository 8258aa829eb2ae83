package gitops

import (
	"context"
	"errors"
	"fmt"

	"github.com/belay-ci/belay/gitops/wire"
	"github.com/belay-ci/belay/policy"
)

// Branch is what came of CreateBranch.
type Branch struct {
	Created bool // false: the branch existed, at At
	At      ID
}

// CreateBranch makes a branch at a commit that Revert built, or at one the server has, if there is no branch of that
// name yet. An existing one is left alone, and is no error. Of several callers at once exactly one creates it. A push
// whose answer got lost counts as created if the branch then is at the commit. With Options.Maker the branch is at what
// the forge made of the commit.
//
// Errors are *Error; with the kind git.unknown the branch may exist, and calling again tells.
func (r *Repo) CreateBranch(ctx context.Context, name string, commit ID) (Branch, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	branch, err := r.createBranch(ctx, name, commit)
	return branch, failed("create branch "+name, err)
}

func (r *Repo) createBranch(ctx context.Context, name string, commit ID) (Branch, error) {
	if r.options.Maker != nil {
		at, err := r.readTip(ctx, name)
		if err != nil || at != "" { // nothing to make then
			return Branch{At: at}, err
		}
		defer r.dropUpload(ctx, uploadFor(name), false)
		if commit, err = r.remakeFor(ctx, name, commit); err != nil {
			return Branch{}, err
		}
	}
	sent, err := r.send(ctx, name, "", commit, alongside{})
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
	return Branch{}, notCreated(sent)
}

// notCreated is the error for a push that made no branch.
func notCreated(sent sending) error {
	why := sent.why()
	return &Error{
		Reason: why.kind, Again: why.again, Err: sent.err,
		Message: fmt.Sprintf("the server did not create the branch: %s", sent.words()),
	}
}

// DeleteBranch deletes a branch that is at a commit, and reports whether it is gone: one that was gone before is, and one
// that somebody pushed to meanwhile stays. The server compares and deletes in one step.
//
// Errors are *Error; with the kind git.unknown the branch may be gone, and calling again tells.
func (r *Repo) DeleteBranch(ctx context.Context, name string, at ID) (gone bool, err error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	gone, err = r.deleteBranch(ctx, name, at)
	return gone, failed("delete branch "+name, err)
}

func (r *Repo) deleteBranch(ctx context.Context, name string, at ID) (bool, error) {
	tip, err := r.readTip(ctx, name)
	if err != nil || tip != at {
		return tip == "", err
	}
	ref := refOf(name)
	result, err := r.conn.Push(ctx, wire.PushRequest{Updates: []wire.Update{{Ref: ref, Old: at.hash()}}, Source: r.store})
	s := sending{reached: true, status: result.Refs[ref], text: result.Text, err: err}
	var failure *wire.Error
	if errors.As(err, &failure) {
		s.reached = failure.Sent
	}
	delete(r.tips, name)
	tip, read := r.readTip(ctx, name)
	switch {
	case read != nil && !s.reached:
		return false, err
	case read != nil:
		return false, &Error{Reason: policy.GitUnknown, Again: true, Err: errors.Join(err, read), Message: "the branch may be gone, and could not be read back"}
	case tip != at:
		return tip == "", nil
	}
	why := s.why()
	return false, &Error{Reason: why.kind, Again: why.again, Err: err, Message: "the server did not delete the branch: " + s.words()}
}
