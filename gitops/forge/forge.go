// Package forge opens and finds pull requests, and starts runs, one file per forge. It tries again by itself what a
// moment's wait mends, within two minutes, and never repeats what may have worked without having looked first.
package forge

import (
	"slices"
	"strings"
)

// PullRequest is one pull request of a repository, as its forge shows it.
type PullRequest struct {
	Number    int
	URL       string // its page; empty where there is none
	State     string // "open", "closed" or "merged"
	Head      string // a branch of the same repository
	Base      string // the branch it asks to change
	HeadSHA   string `json:",omitempty"` // the commit Head is at; empty where the forge knows no commits
	MergeSHA  string `json:",omitempty"` // the commit on Base that it became; empty unless it is merged
	Title     string
	Body      string
	Labels    []string
	Reviewers []string `json:",omitempty"` // who was asked for a review; a team is org/team
	Assignees []string `json:",omitempty"`
	Draft     bool
	AutoMerge bool      `json:",omitempty"` // the forge merges it as soon as it may be merged
	Readiness Readiness `json:",omitempty"` // whether it can be merged now; Find and Open leave it empty
	Warning   string    `json:",omitempty"` // what went wrong beside it, such as labels that could not be set; empty when nothing did
}

// NewPullRequest is a pull request to be opened. Title and Body go to the forge as they are: foreign text in
// them is made harmless by [Title], [Text], [Code] and [Block], and a long body is cut by [Cut].
type NewPullRequest struct {
	Head, Base  string // branches of the repository
	Title, Body string
	Labels      []string
	Reviewers   []string // login names; org/team asks a team, where the forge has teams
	Assignees   []string // login names
	Draft       bool

	// Again opens one although an earlier pull request of the same two branches was closed or merged.
	// Without it that one is respected and returned: what a person closed does not come back.
	Again bool
}

// String names the two branches, for messages.
func (n NewPullRequest) String() string { return n.Head + " into " + n.Base }

// Readiness says whether an open pull request can be merged as it stands.
type Readiness string

// The readinesses. A forge works some of them out in the background, and says so for a while after every push.
const (
	Ready       Readiness = "ready"
	Checking    Readiness = "checking"    // the forge has not worked it out yet
	Blocked     Readiness = "blocked"     // reviews, checks or a rule of the branch stand in the way, which may pass
	Conflicting Readiness = "conflicting" // the two branches conflict
	IsDraft     Readiness = "draft"       // it is not meant to be merged yet
)

// Means says it in words, for messages.
func (r Readiness) Means() string {
	switch r {
	case Ready:
		return "it can be merged"
	case Blocked:
		return "reviews or checks are missing, or a rule of the branch stands in the way"
	case Conflicting:
		return "it conflicts with the branch it is to change"
	case IsDraft:
		return "it is a draft"
	}
	return "the forge has not worked out yet whether it can be merged"
}

// Merge says how a pull request is to be merged.
type Merge struct {
	Method  string // "merge", "squash" or "rebase"; empty is merge
	Head    string // the commit its head must be at; empty: wherever it is
	Title   string // of the commit that is made; empty: the forge's own
	Message string // the same, what comes after the title
}

// Comment is a comment to be made once.
type Comment struct {
	Text string
	Mark string // tells it from other comments: one with the same mark is not made a second time
}

// marked is the comment's text with its mark in it, which no reader sees.
func (c Comment) marked() string { return c.Text + "\n\n" + c.sign() }

// on reports whether the mark is on a comment that is there. It is so only at the end, where belay puts it: any text
// may quote a mark.
func (c Comment) on(body string) bool { return strings.HasSuffix(strings.TrimSpace(body), c.sign()) }

func (c Comment) sign() string { return "<!-- belay " + hidden(c.Mark) + " -->" }

// hidden makes a mark fit for a comment of HTML, which it must not end.
func hidden(mark string) string { return Code(unmarked.Replace(mark)) }

var unmarked = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// maxBody is GitHub's limit for the text of a pull request, in characters.
const maxBody = 65536

// standing picks the pull request that answers n already: an open one, else, unless n says again, a merged one, else the
// newest of the closed. all is sorted newest first.
func standing(all []PullRequest, n NewPullRequest) (PullRequest, bool) {
	states := []string{"open", "merged", "closed"}
	if n.Again {
		states = states[:1]
	}
	for _, state := range states {
		if i := slices.IndexFunc(all, func(p PullRequest) bool { return p.State == state }); i >= 0 {
			return all[i], true
		}
	}
	return PullRequest{}, false
}

// missing lists the labels of wanted that are not in has. Forges compare labels without case.
func missing(wanted, has []string) []string {
	return slices.DeleteFunc(slices.Clone(wanted), func(label string) bool {
		return slices.ContainsFunc(has, func(h string) bool { return strings.EqualFold(h, label) })
	})
}
