package forgetest

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/policy"
)

// Forge is what the contract asks of a forge.
type Forge interface {
	Find(ctx context.Context, head, base string) ([]forge.PullRequest, error)
	Open(ctx context.Context, n forge.NewPullRequest) (forge.PullRequest, bool, error)
	Get(ctx context.Context, number int) (forge.PullRequest, error)
	Close(ctx context.Context, number int) (forge.PullRequest, error)
	MaxBody() int
}

// Subject is one forge with an empty repository, in which the branches main, topic and other exist, and the
// hands a test needs around it.
type Subject struct {
	Forge Forge
	Rival Forge                           // another client of the same forge, in another process for all it knows
	Close func(number int, merge bool)    // close or merge as a person does
	Fail  func(status int, h http.Header) // answer the next request so; nil: this forge is not reached by requests
	Lose  func()                          // do what the next create asks, and lose the answer; nil as for Fail

	Lax   bool // the forge lets in several that are opened at the same moment
	Plain bool // the forge tells a rate limit by its status alone

	Comments func(number int) []string     // what was commented, oldest first; nil where the forge takes no comments
	Say      func(number int, text string) // comment as another user; nil where nobody keeps notes there
	LoseNote func(number int)              // do what the next new or changed comment asks, and lose the answer; nil as for Say
	Protect  func(branch string, let bool) // put a rule on a branch that lets the forge's user push, or not; nil where there are no rules
	Silent   bool                          // the forge does not say whether a rule lets the user push
	Mergers  *Mergers                      // nil where the forge can't merge
	People   []string                      // two login names that may be asked and assigned
	Team     string                        // org/team; empty where the forge has no teams
	Stranger string                        // a login name that may not
	MayNot   func(t *testing.T) Forge      // a client whose token may read, and open nothing; nil where there are no tokens
}

// Mergers are the hands that merging needs.
type Mergers struct {
	Block    func(number int)      // something is missing that the branch requires
	Unblock  func(number int)      // it is there now
	Conflict func(number int)      // the branches conflict from now on
	Push     func(branch string)   // somebody pushes a commit to a branch
	Tip      func(b string) string // where a branch is
	Vague    bool                  // the forge does not tell a conflict from what it has not looked at yet
	LoseNext func(number int)      // do what the next merge asks, and lose the answer; nil: there is no such hand
}

// Run holds a forge against the contract. newSubject is called once for each part.
func Run(t *testing.T, newSubject func(t *testing.T) Subject) {
	for _, part := range []struct {
		name string
		test func(t *testing.T, s Subject)
	}{
		{"a new pull request is opened as asked", opens},
		{"an open one is adopted, and lacking labels are added", adopts},
		{"one of other branches is not adopted", ignoresOthers},
		{"a closed one is respected", func(t *testing.T, s Subject) { respects(t, s, "closed") }},
		{"a merged one is respected", func(t *testing.T, s Subject) { respects(t, s, "merged") }},
		{"a closed one does not stand in the way of another one", opensAgain},
		{"pull requests are found in every state, newest first", findsAll},
		{"concurrent opens make one pull request", opensOnce},
		{"a lost answer is found, and the create not repeated", survivesLoss},
		{"a lost comment is not repeated", commentsOnce},
		{"a note is made once, and kept up to date", notes},
		{"a note whose answer was lost is found", findsLostNote},
		{"what protects a branch is known", knowsProtection},
		{"people are asked and assigned when it is made", asksPeople},
		{"who can't be asked is a warning", warnsOfStrangers},
		{"whether one may be opened is known before", knowsBefore},
		{"a closed one is closed, and closing it again is no error", closes},
		{"a missing one is refused", getsNothing},
		{"one that is ready is merged, once", merges},
		{"a merge of another head is refused", refusesAnotherHead},
		{"a merge whose answer was lost is found", findsLostMerge},
		{"a closed one is not merged", refusesClosed},
		{"a draft is not merged", refusesDraft},
		{"one that is blocked is not merged before it is not", waitsForChecks},
		{"one that conflicts is not merged", refusesConflict},
		{"auto-merge merges what is ready", autoMergesNow},
		{"auto-merge merges as soon as nothing is missing", autoMergesLater},
		{"each refusal has its kind", refusals},
		{"a cancelled call has no kind", cancelled},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, newSubject(t)) })
	}
}

var topic = forge.NewPullRequest{
	Head: "topic", Base: "main", Title: "a title", Body: "a body\n\nwith two paragraphs",
	Labels: []string{"belay-rollback", "urgent"}, Draft: true,
}

func open(t *testing.T, f Forge, n forge.NewPullRequest) (forge.PullRequest, bool) {
	t.Helper()
	pr, created, err := f.Open(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	return pr, created
}

func find(t *testing.T, f Forge, head, base string) []forge.PullRequest {
	t.Helper()
	found, err := f.Find(t.Context(), head, base)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func opens(t *testing.T, s Subject) {
	got, created := open(t, s.Forge, topic)
	want := forge.PullRequest{
		Number: 1, URL: got.URL, State: "open", Head: "topic", Base: "main", Title: topic.Title, Body: topic.Body,
		Labels: topic.Labels, Draft: true, HeadSHA: got.HeadSHA,
	}
	if !created || !reflect.DeepEqual(got, want) {
		t.Errorf("created %v\n got %+v\nwant %+v", created, got, want)
	}
	if found := find(t, s.Rival, "topic", "main"); !reflect.DeepEqual(found, []forge.PullRequest{want}) {
		t.Errorf("another client finds %+v\nwant %+v", found, want)
	}
	if s.Forge.MaxBody() <= 0 {
		t.Errorf("MaxBody() = %d", s.Forge.MaxBody())
	}
}

func adopts(t *testing.T, s Subject) {
	first := topic
	first.Labels = []string{"Urgent", "by-hand"}
	made, _ := open(t, s.Rival, first)
	got, created := open(t, s.Forge, topic)
	made.Labels = append(made.Labels, "belay-rollback") // "urgent" is there in another case
	if created || !reflect.DeepEqual(got, made) {
		t.Errorf("created %v\n got %+v\nwant %+v", created, got, made)
	}
}

func ignoresOthers(t *testing.T, s Subject) {
	open(t, s.Forge, forge.NewPullRequest{Head: "other", Base: "main", Title: "another head"})
	open(t, s.Forge, forge.NewPullRequest{Head: "topic", Base: "other", Title: "another base"})
	if pr, created := open(t, s.Forge, topic); !created || pr.Number != 3 {
		t.Errorf("got #%d, created %v", pr.Number, created)
	}
	if found := find(t, s.Forge, "nobody", "main"); len(found) != 0 {
		t.Errorf("found %v", found)
	}
}

func respects(t *testing.T, s Subject, state string) {
	open(t, s.Rival, topic)
	s.Close(1, state == "merged")
	relabelled := topic
	relabelled.Labels = []string{"more"}
	got, created := open(t, s.Forge, relabelled)
	if created || got.State != state || !slices.Equal(got.Labels, topic.Labels) {
		t.Errorf("created %v, got %+v", created, got)
	}
	if found := find(t, s.Forge, "topic", "main"); len(found) != 1 {
		t.Errorf("found %v", found)
	}
}

func opensAgain(t *testing.T, s Subject) {
	again := topic
	again.Again = true
	open(t, s.Forge, again)
	s.Close(1, false)
	if pr, created := open(t, s.Forge, again); !created || pr.Number != 2 || pr.State != "open" {
		t.Errorf("created %v, got %+v", created, pr)
	}
	if pr, created := open(t, s.Forge, again); created || pr.Number != 2 {
		t.Errorf("once more: created %v, got %+v", created, pr)
	}
}

func findsAll(t *testing.T, s Subject) {
	again := topic
	again.Again = true
	open(t, s.Forge, again)
	s.Close(1, true)
	open(t, s.Forge, again)
	s.Close(2, false)
	open(t, s.Forge, again)
	var got []string
	for _, pr := range find(t, s.Forge, "topic", "main") {
		got = append(got, pr.State)
	}
	if want := []string{"open", "closed", "merged"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func opensOnce(t *testing.T, s Subject) {
	const writers = 8
	var (
		wg      sync.WaitGroup
		created [writers]bool
		numbers [writers]int
		errs    [writers]error
	)
	for i := range writers {
		wg.Go(func() {
			f := s.Forge
			if i%2 == 1 {
				f = s.Rival
			}
			var pr forge.PullRequest
			pr, created[i], errs[i] = f.Open(t.Context(), topic)
			numbers[i] = pr.Number
		})
	}
	wg.Wait()
	makers := 0
	for i := range writers {
		if errs[i] != nil || numbers[i] != 1 {
			t.Errorf("writer %d got #%d: %v", i, numbers[i], errs[i])
		}
		if created[i] {
			makers++
		}
	}
	found := find(t, s.Forge, "topic", "main")
	if s.Lax { // all but one are closed again
		found = slices.DeleteFunc(found, func(p forge.PullRequest) bool { return p.State != "open" })
	}
	if makers != 1 || len(found) != 1 {
		t.Errorf("%d say they made it, there are %d", makers, len(found))
	}
}

func survivesLoss(t *testing.T, s Subject) {
	if s.Lose == nil {
		t.Skip("no answer to lose")
	}
	s.Lose()
	got, created := open(t, s.Forge, topic)
	if created || got.Number != 1 || !slices.Equal(got.Labels, topic.Labels) {
		t.Errorf("created %v, got %+v", created, got)
	}
	if found := find(t, s.Forge, "topic", "main"); len(found) != 1 {
		t.Errorf("found %v", found)
	}
}

func refusals(t *testing.T, s Subject) {
	if s.Fail == nil {
		t.Skip("no request to refuse")
	}
	tooLong := http.Header{"Retry-After": {"86400"}} // longer than any budget: fails at once
	for _, c := range []struct {
		name   string
		status int
		header http.Header
		want   policy.Kind
	}{
		{"bad token", 401, nil, policy.ForgeAuth},
		{"not allowed", 403, nil, policy.ForgeForbidden},
		{"primary rate limit", 403, http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {"4102444800"}}, policy.ForgeRateLimited},
		{"secondary rate limit", 403, tooLong, policy.ForgeRateLimited},
		{"too many requests", 429, tooLong, policy.ForgeRateLimited},
		{"not found", 404, nil, policy.ForgeRejected},
		{"invalid", 422, nil, policy.ForgeRejected},
		{"down for long", 503, tooLong, policy.ForgeUnavailable},
	} {
		if s.Plain && c.status == http.StatusForbidden && c.want == policy.ForgeRateLimited {
			continue
		}
		s.Fail(c.status, c.header)
		_, _, err := s.Forge.Open(t.Context(), topic)
		var failed *forge.Error
		if !errors.As(err, &failed) {
			t.Fatalf("%s: got %v", c.name, err)
		}
		if failed.Kind() != c.want || failed.Status != c.status {
			t.Errorf("%s: got kind %s, status %d: %v", c.name, failed.Kind(), failed.Status, err)
		}
		if c.want == policy.ForgeRateLimited && failed.RetryAfter == 0 {
			t.Errorf("%s: the forge's wish to wait is lost", c.name)
		}
	}
}

func cancelled(t *testing.T, s Subject) {
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("cancelled by hand")
	cancel(enough)
	_, _, err := s.Forge.Open(ctx, topic)
	var kinded interface{ Kind() policy.Kind }
	if !errors.Is(err, enough) || errors.As(err, &kinded) {
		t.Errorf("got %v", err)
	}
}
