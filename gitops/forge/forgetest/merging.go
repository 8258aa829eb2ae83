package forgetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/policy"
)

// Powers that not every forge has.
type (
	merger interface {
		Merge(ctx context.Context, number int, m forge.Merge) (forge.PullRequest, error)
	}
	autoMerger interface {
		AutoMerge(ctx context.Context, number int, m forge.Merge) (forge.PullRequest, error)
	}
	commenter interface {
		Comment(ctx context.Context, number int, c forge.Comment) error
	}
	asker interface {
		MayOpen(ctx context.Context, base string) error
	}
)

var ready = forge.NewPullRequest{Head: "topic", Base: "main", Title: "a title", Body: "a body"}

// canMerge skips the test for a forge that can't.
func canMerge(t *testing.T, s Subject) merger {
	t.Helper()
	if s.Mergers == nil {
		t.Skip("this forge does not merge")
	}
	return s.Forge.(merger)
}

// Becomes polls a pull request until it is as wanted: forges work out in the background what can be merged.
func Becomes(t *testing.T, f interface {
	Get(ctx context.Context, number int) (forge.PullRequest, error)
}, number int, want func(forge.PullRequest) bool) forge.PullRequest {
	t.Helper()
	for tries := 0; ; tries++ {
		pr, err := f.Get(t.Context(), number)
		if err != nil {
			t.Fatal(err)
		}
		if want(pr) {
			return pr
		}
		if tries == 300 {
			t.Fatalf("it never came: %+v", pr)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func isReady(p forge.PullRequest) bool { return p.Readiness == forge.Ready }

func commentsOnce(t *testing.T, s Subject) {
	if s.Comments == nil {
		t.Skip("this forge takes no comments")
	}
	f := s.Forge.(commenter)
	open(t, s.Forge, ready)
	for _, c := range []forge.Comment{{Text: "one", Mark: "a"}, {Text: "one, again", Mark: "a"}, {Text: "two", Mark: "b"}} {
		if err := f.Comment(t.Context(), 1, c); err != nil {
			t.Fatal(err)
		}
	}
	got := s.Comments(1)
	if len(got) != 2 || !strings.HasPrefix(got[0], "one\n") || !strings.HasPrefix(got[1], "two\n") {
		t.Errorf("got %q", got)
	}
}

func asksPeople(t *testing.T, s Subject) {
	if len(s.People) == 0 {
		t.Skip("this forge knows no people")
	}
	n := ready
	n.Reviewers, n.Assignees = []string{s.People[0]}, []string{s.People[1]}
	if s.Team != "" {
		n.Reviewers = append(n.Reviewers, s.Team)
	}
	pr, created := open(t, s.Forge, n)
	if !created || !slices.Equal(pr.Reviewers, n.Reviewers) || !slices.Equal(pr.Assignees, n.Assignees) || pr.Warning != "" {
		t.Errorf("created %v, got %+v", created, pr)
	}
	got, err := s.Rival.Get(t.Context(), 1)
	if err != nil || !slices.Equal(got.Reviewers, n.Reviewers) || !slices.Equal(got.Assignees, n.Assignees) {
		t.Errorf("another client gets %+v, %v", got, err)
	}
	// On one that was there before, reviewers may have answered already, and are not asked anew.
	n.Reviewers, n.Assignees = []string{s.People[1]}, []string{s.People[0]}
	pr, _ = open(t, s.Rival, n)
	if slices.Contains(pr.Reviewers, s.People[1]) || !slices.Contains(pr.Assignees, s.People[0]) {
		t.Errorf("adopted: got %+v", pr)
	}
}

func warnsOfStrangers(t *testing.T, s Subject) {
	if s.Stranger == "" {
		t.Skip("this forge knows no people")
	}
	for name, n := range map[string]forge.NewPullRequest{
		"reviewer": {Head: "topic", Base: "main", Title: "t", Reviewers: []string{s.Stranger}},
		"assignee": {Head: "other", Base: "main", Title: "t", Assignees: []string{s.Stranger}},
	} {
		pr, created := open(t, s.Forge, n)
		if !created || pr.Warning == "" {
			t.Errorf("%s: created %v, got %+v", name, created, pr)
		}
	}
}

func knowsBefore(t *testing.T, s Subject) {
	if s.MayNot == nil {
		t.Skip("nobody is refused here")
	}
	if err := s.Forge.(asker).MayOpen(t.Context(), "main"); err != nil {
		t.Errorf("who may: %v", err)
	}
	err := s.MayNot(t).(asker).MayOpen(t.Context(), "main")
	if kind := kindOf(err); kind != policy.ForgeForbidden {
		t.Errorf("who may not: kind %q, %v", kind, err)
	}
	if found := find(t, s.Forge, "main", "main"); len(found) != 0 {
		t.Errorf("asking made %v", found)
	}
}

func kindOf(err error) policy.Kind {
	var failed *forge.Error
	if !errors.As(err, &failed) {
		return ""
	}
	return failed.Kind()
}

func closes(t *testing.T, s Subject) {
	open(t, s.Forge, ready)
	for range 2 {
		if pr, err := s.Forge.Close(t.Context(), 1); err != nil || pr.State != "closed" {
			t.Fatalf("got %+v, %v", pr, err)
		}
	}
	if pr, err := s.Rival.Get(t.Context(), 1); err != nil || pr.State != "closed" {
		t.Errorf("another client gets %+v, %v", pr, err)
	}
}

func getsNothing(t *testing.T, s Subject) {
	_, err := s.Forge.Get(t.Context(), 77)
	if kind := kindOf(err); kind != policy.ForgeRejected {
		t.Errorf("kind %q: %v", kind, err)
	}
}

func merges(t *testing.T, s Subject) {
	f := canMerge(t, s)
	pr, _ := open(t, s.Forge, ready)
	pr = Becomes(t, s.Forge, pr.Number, isReady)
	if tip := s.Mergers.Tip("topic"); pr.HeadSHA != tip {
		t.Errorf("its head is said to be at %s, the branch is at %s", pr.HeadSHA, tip)
	}
	merged, err := f.Merge(t.Context(), 1, forge.Merge{Method: "merge", Head: pr.HeadSHA})
	if err != nil || merged.State != "merged" || len(merged.MergeSHA) != 40 {
		t.Fatalf("got %+v, %v", merged, err)
	}
	again, err := s.Rival.(merger).Merge(t.Context(), 1, forge.Merge{})
	if err != nil || again.State != "merged" || again.MergeSHA != merged.MergeSHA {
		t.Errorf("merged again: %+v, %v", again, err)
	}
	if closed, err := s.Forge.Close(t.Context(), 1); err != nil || closed.State != "merged" {
		t.Errorf("closed after the merge: %+v, %v", closed, err)
	}
}

func refusesAnotherHead(t *testing.T, s Subject) {
	f := canMerge(t, s)
	pr, _ := open(t, s.Forge, ready)
	seen := Becomes(t, s.Forge, pr.Number, isReady).HeadSHA
	s.Mergers.Push("topic")
	Becomes(t, s.Forge, 1, func(p forge.PullRequest) bool { return p.HeadSHA != seen && p.Readiness == forge.Ready })
	_, err := f.Merge(t.Context(), 1, forge.Merge{Head: seen})
	if kind := kindOf(err); kind != policy.ForgeNotMergeable {
		t.Errorf("kind %q: %v", kind, err)
	}
	if pr, _ := s.Forge.Get(t.Context(), 1); pr.State != "open" {
		t.Errorf("it is %s", pr.State)
	}
}

func findsLostMerge(t *testing.T, s Subject) {
	f := canMerge(t, s)
	if s.Mergers.LoseNext == nil {
		t.Skip("no answer to lose")
	}
	open(t, s.Forge, ready)
	Becomes(t, s.Forge, 1, isReady)
	s.Mergers.LoseNext(1)
	if pr, err := f.Merge(t.Context(), 1, forge.Merge{}); err != nil || pr.State != "merged" || pr.MergeSHA == "" {
		t.Errorf("got %+v, %v", pr, err)
	}
}

func refusesClosed(t *testing.T, s Subject) {
	f := canMerge(t, s)
	open(t, s.Forge, ready)
	s.Close(1, false)
	_, err := f.Merge(t.Context(), 1, forge.Merge{})
	if kind := kindOf(err); kind != policy.ForgeClosed {
		t.Errorf("kind %q: %v", kind, err)
	}
}

func refusesDraft(t *testing.T, s Subject) {
	f := canMerge(t, s)
	n := ready
	n.Draft = true
	open(t, s.Forge, n)
	Becomes(t, s.Forge, 1, func(p forge.PullRequest) bool { return p.Readiness == forge.IsDraft })
	_, err := f.Merge(t.Context(), 1, forge.Merge{})
	if kind := kindOf(err); kind != policy.ForgeNotMergeable {
		t.Errorf("kind %q: %v", kind, err)
	}
}

func waitsForChecks(t *testing.T, s Subject) {
	f := canMerge(t, s)
	open(t, s.Forge, ready)
	s.Mergers.Block(1)
	Becomes(t, s.Forge, 1, func(p forge.PullRequest) bool { return p.Readiness == forge.Blocked })
	_, err := f.Merge(t.Context(), 1, forge.Merge{})
	if kind := kindOf(err); kind != policy.ForgeNotMergeable {
		t.Errorf("kind %q: %v", kind, err)
	}
	s.Mergers.Unblock(1)
	Becomes(t, s.Forge, 1, isReady)
	if pr, err := f.Merge(t.Context(), 1, forge.Merge{}); err != nil || pr.State != "merged" {
		t.Errorf("got %+v, %v", pr, err)
	}
}

func refusesConflict(t *testing.T, s Subject) {
	f := canMerge(t, s)
	open(t, s.Forge, ready)
	s.Mergers.Conflict(1)
	Becomes(t, s.Forge, 1, func(p forge.PullRequest) bool {
		return p.Readiness == forge.Conflicting || s.Mergers.Vague && p.Readiness == forge.Checking
	})
	_, err := f.Merge(t.Context(), 1, forge.Merge{})
	if kind := kindOf(err); kind != policy.ForgeNotMergeable {
		t.Errorf("kind %q: %v", kind, err)
	}
}

func autoMergesNow(t *testing.T, s Subject) {
	canMerge(t, s)
	open(t, s.Forge, ready)
	Becomes(t, s.Forge, 1, isReady)
	pr, err := s.Forge.(autoMerger).AutoMerge(t.Context(), 1, forge.Merge{})
	if err != nil || pr.State != "merged" {
		t.Errorf("got %+v, %v", pr, err)
	}
}

func autoMergesLater(t *testing.T, s Subject) {
	canMerge(t, s)
	open(t, s.Forge, ready)
	s.Mergers.Block(1)
	Becomes(t, s.Forge, 1, func(p forge.PullRequest) bool { return p.Readiness == forge.Blocked })
	for range 2 { // asking twice is asking once
		pr, err := s.Forge.(autoMerger).AutoMerge(t.Context(), 1, forge.Merge{})
		if err != nil || pr.State != "open" || !pr.AutoMerge {
			t.Fatalf("got %+v, %v", pr, err)
		}
	}
	s.Mergers.Unblock(1)
	Becomes(t, s.Forge, 1, func(p forge.PullRequest) bool { return p.State == "merged" })
}
