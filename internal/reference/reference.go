// Package reference renders the tables of belay's code: as JSON Schemas for editors, and as the page
// docs/reference.md for people. Nothing about a key, a kind or an action is said here that its table does not say.
package reference

import (
	"github.com/belay-ci/belay/policy"
)

// Anchor returns where the reference page speaks of a kind, as "git-conflict" for git.conflict. All kinds that are
// not belay's own share the anchor of the section on kinds.
func Anchor(k policy.Kind) string {
	if _, ours := k.Info(); !ours {
		return "kinds"
	}
	return k.Anchor()
}
