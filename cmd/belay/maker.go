package main

import (
	"cmp"
	"context"

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
	return gitops.Made{
		Hash: gitops.ID(made.SHA), Payload: made.Payload, Signature: made.Signature, Verified: made.Verified, Reason: made.Reason,
	}, err
}

// openMaker returns who makes the commits of a policy that says `via: api`. It asks with the token that pushes: the one for
// pull requests is often a person's, for whom GitHub signs nothing.
func openMaker(facts host.Facts, remote gitops.Remote, explicit string) (gitops.Maker, error) {
	const said = "the policy says `land: { via: api }`"
	name, err := forge.Choose(facts.Forge, facts.RemoteURL, explicit)
	switch {
	case err != nil:
		return nil, badInput(said+": %w", err)
	case name != "github":
		return nil, badInput(said+", which only GitHub can do, and the forge is %s: leave `via` out", name)
	case cmp.Or(facts.Token, remote.Credentials.Password) == "":
		return nil, badInput(said + ", and there is no token for GitHub's API: give belay one with the permission contents: write as BELAY_TOKEN, or the action's input token")
	}
	facts.ForgeToken = cmp.Or(facts.Token, remote.Credentials.Password)
	gitHub, err := openGitHub(facts)
	if err != nil {
		return nil, badInput(said+": %w", err)
	}
	return maker{gitHub}, nil
}
