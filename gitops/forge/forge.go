// Package forge opens and finds pull requests, and starts runs, one file per forge. It tries again by itself what a
// moment's wait mends, within two minutes, and never repeats what may have worked without having looked first.
package forge

import (
	"slices"
	"strings"
)

// PullRequest is one pull request of a repository, as its forge shows it.
type PullRequest struct {
	Number  int
	URL     string // its page; empty where there is none
	State   string // "open", "closed" or "merged"
	Head    string // a branch of the same repository
	Base    string // the branch it asks to change
	Title   string
	Body    string
	Labels  []string
	Draft   bool
	Warning string // what went wrong beside it, such as labels that could not be set; empty when nothing did
}

// NewPullRequest is a pull request to be opened. Title and Body go to the forge as they are: foreign text in
// them is made harmless by [Title], [Text], [Code] and [Block], and a long body is cut by [Cut].
type NewPullRequest struct {
	Head, Base  string // branches of the repository
	Title, Body string
	Labels      []string
	Draft       bool

	// Again opens one although an earlier pull request of the same two branches was closed or merged.
	// Without it that one is respected and returned: what a person closed does not come back.
	Again bool
}

// String names the two branches, for messages.
func (n NewPullRequest) String() string { return n.Head + " into " + n.Base }

// maxBody is GitHub's limit for the text of a pull request, in characters.
const maxBody = 65536

// standing picks the pull request that answers n already: an open one, else, unless n says again, the newest
// of the closed and merged ones. all is sorted newest first.
func standing(all []PullRequest, n NewPullRequest) (PullRequest, bool) {
	i := slices.IndexFunc(all, func(p PullRequest) bool { return p.State == "open" })
	if i < 0 && !n.Again && len(all) > 0 {
		i = 0
	}
	if i < 0 {
		return PullRequest{}, false
	}
	return all[i], true
}

// missing lists the labels of wanted that are not in has. Forges compare labels without case.
func missing(wanted, has []string) []string {
	return slices.DeleteFunc(slices.Clone(wanted), func(label string) bool {
		return slices.ContainsFunc(has, func(h string) bool { return strings.EqualFold(h, label) })
	})
}
