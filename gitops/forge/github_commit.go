package forge

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/google/go-github/v66/github"

	"github.com/belay-ci/belay/policy"
)

// NewCommit is a commit to be made, of a tree and on parents that the repository has.
type NewCommit struct {
	Tree    string
	Parents []string
	Message string
}

// MadeCommit is a commit that GitHub made. Payload is what GitHub signed, Signature its armored signature; both are empty
// where it signed nothing.
type MadeCommit struct {
	SHA                string
	Payload, Signature string
	Verified           bool
	Reason             string // GitHub's word for why it is verified, or why not: "valid", "unsigned"
}

// The tree was pushed a moment ago, and what answers may be a copy that lags: a refusal as invalid is believed the third time.
const commitTries = 3

// MakeCommit makes a commit on no branch. It names neither author nor committer: GitHub puts whom the token belongs to,
// and signs the commit where that is an app.
// https://docs.github.com/authentication/managing-commit-signature-verification/about-commit-signature-verification#signature-verification-for-bots
//
// A request whose answer was lost is repeated: a commit that is on no branch is seen by nobody, and GitHub sweeps it up. It
// fails with an [*Error], or with ctx's cause when ctx ended.
func (g *GitHub) MakeCommit(ctx context.Context, n NewCommit) (MadeCommit, error) {
	commit := github.Commit{Message: &n.Message, Tree: &github.Tree{SHA: &n.Tree}}
	for _, sha := range n.Parents {
		commit.Parents = append(commit.Parents, &github.Commit{SHA: &sha})
	}
	var made *github.Commit
	tries := 0
	err := persist(ctx, time.Now(), func(ctx context.Context) error {
		callCtx, cancel := context.WithTimeout(ctx, callTimeout)
		defer cancel()
		now, resp, err := g.client().Git.CreateCommit(callCtx, g.owner, g.name, &commit, nil)
		if err != nil {
			err = g.failureFor(ctx, "Give the token `contents: write`", "make commit", "of the tree "+n.Tree, resp, err)
			var failed *Error
			if tries++; errors.As(err, &failed) && failed.Status == http.StatusUnprocessableEntity && tries < commitTries {
				failed.passing = true
			}
			return err
		}
		made = now
		return g.unverified(n, made.GetVerification())
	})
	if err != nil {
		return MadeCommit{}, err
	}
	v := made.GetVerification()
	return MadeCommit{
		SHA: made.GetSHA(), Payload: v.GetPayload(), Signature: v.GetSignature(), Verified: v.GetVerified(), Reason: v.GetReason(),
	}, nil
}

// unverified is the error for a commit that GitHub signed and could not look at: what verifies signatures was away.
func (g *GitHub) unverified(n NewCommit, v *github.SignatureVerification) error {
	switch v.GetReason() {
	case "gpgverify_error", "gpgverify_unavailable":
		return &Error{
			Op: "make commit", What: "of the tree " + n.Tree + " in " + g.owner + "/" + g.name, kind: policy.ForgeUnavailable, passing: true,
			Err: errors.New("it is made, and its signature can't be verified at the moment: " + v.GetReason()),
		}
	}
	return nil
}

// Person returns the login name of the person whose token it is, empty for an app's: only the former may ask who they are.
func (g *GitHub) Person(ctx context.Context) (string, error) {
	var login string
	err := persist(ctx, time.Now(), func(ctx context.Context) error {
		callCtx, cancel := context.WithTimeout(ctx, callTimeout)
		defer cancel()
		user, resp, err := g.client().Users.Get(callCtx, "")
		if err != nil {
			return allowed(g.failure(ctx, "ask", "whose token it is", resp, err), http.StatusForbidden)
		}
		login = user.GetLogin()
		return nil
	})
	return login, err
}
