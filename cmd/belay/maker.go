package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/runner/host"
)

// maker has GitHub make commits.
type maker struct{ gitHub *forge.GitHub }

// Make implements gitops.Maker.
func (m maker) Make(ctx context.Context, d gitops.Draft) (gitops.Made, error) {
	n := forge.NewCommit{Tree: string(d.Tree), Message: d.Message}
	for _, parent := range d.Parents {
		n.Parents = append(n.Parents, string(parent))
	}
	made, err := m.gitHub.MakeCommit(ctx, n)
	var refused *forge.Error
	if errors.As(err, &refused) {
		err = &gitops.Error{Reason: refused.Kind(), RetryAfter: refused.RetryAfter, Err: err} // the policy may wait for it
	}
	return gitops.Made{
		Hash: gitops.ID(made.SHA), Payload: made.Payload, Signature: made.Signature, Verified: made.Verified, Reason: made.Reason,
	}, err
}

// noMaker is why there is nobody to make commits. It stands in for a maker where perhaps none are to be made.
type noMaker struct{ why error }

// Make implements gitops.Maker.
func (n noMaker) Make(context.Context, gitops.Draft) (gitops.Made, error) {
	return gitops.Made{}, n.why
}

func (n noMaker) Error() string { return n.why.Error() }
func (n noMaker) Unwrap() error { return n.why }

// openMaker returns who makes the commits of a policy that says `via: api`. It asks with the token that pushes: the one for
// pull requests is often a person's, for whom GitHub signs nothing.
func openMaker(facts host.Facts, pushes gitops.Credentials, explicit string) (maker, error) {
	const said = "the policy says `land: { via: api }`"
	facts.ForgeToken = cmp.Or(pushes.Token(), facts.Token)
	name, err := forge.Choose(facts.Forge, facts.RemoteURL, explicit)
	switch {
	case err != nil:
		return maker{}, fmt.Errorf(said+": %w", err)
	case name != "github":
		return maker{}, fmt.Errorf(said+", which only GitHub can do, and the forge is %s: leave `via` out", name)
	case facts.ForgeToken == "":
		return maker{}, errors.New(said + ", and there is no token for GitHub's API: give belay one with the permission contents: write as BELAY_TOKEN, or the action's input token")
	}
	gitHub, err := openGitHub(facts)
	if err != nil {
		return maker{}, fmt.Errorf(said+": %w", err)
	}
	return maker{gitHub}, nil
}
