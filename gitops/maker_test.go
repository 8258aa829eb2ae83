package gitops

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/gitops/forge/fake"
	"github.com/belay-ci/belay/gitops/forge/forgetest"
	"github.com/belay-ci/belay/internal/gittest"
	"github.com/belay-ci/belay/policy"
)

// hub makes commits in the shop's own repository, as GitHub does: its API is the fake's, held to GitHub's description.
type hub struct {
	*fake.GitHub
	url    string
	client *forge.GitHub
	before func(d Draft) // called before each commit is made; may be nil
	made   atomic.Int64
}

func (s *shop) hub() *hub {
	s.t.Helper()
	h := &hub{GitHub: fake.New(fake.Options{Repository: "acme/shop", Git: gittest.GitIn(s.Dir(shopRepo))})}
	web := httptest.NewServer(forgetest.Validate(s.t, h.GitHub))
	s.t.Cleanup(web.Close)
	h.url = web.URL
	var err error
	h.client, err = forge.NewGitHub(forge.GitHubOptions{APIURL: web.URL, ServerURL: web.URL, Repository: "acme/shop", Token: "t"})
	if err != nil {
		s.t.Fatal(err)
	}
	return h
}

func (h *hub) Make(ctx context.Context, d Draft) (Made, error) {
	if h.before != nil {
		h.before(d)
	}
	h.made.Add(1)
	n := forge.NewCommit{Tree: string(d.Tree), Message: d.Message}
	for _, parent := range d.Parents {
		n.Parents = append(n.Parents, string(parent))
	}
	m, err := h.client.MakeCommit(ctx, n)
	return Made{Hash: ID(m.SHA), Payload: m.Payload, Signature: m.Signature, Verified: m.Verified, Reason: m.Reason}, err
}

func by(m Maker) func(*Options) { return func(o *Options) { o.Maker = m } }

// verified fails the test unless GitHub made and signed the commit.
func (s *shop) verified(commit ID) {
	s.t.Helper()
	text := s.git("cat-file", "commit", string(commit))
	for _, want := range []string{"author github-actions[bot] <", "committer GitHub <noreply@github.com>", "gpgsig -----BEGIN PGP SIGNATURE-----\n"} {
		if !strings.Contains(text, want) {
			s.t.Errorf("%s has no %q:\n%s", commit.Short(), want, text)
		}
	}
}

// nothingStaged fails the test where uploads were left on the server.
func (s *shop) nothingStaged() {
	s.t.Helper()
	if left := s.git("for-each-ref", "refs/belay"); left != "" {
		s.t.Errorf("left on the server: %s", left)
	}
}

func TestTheForgeMakesWhatLands(t *testing.T) {
	s := newShop(t)
	h := s.hub()
	r := s.open(by(h))
	own := ID(gittest.Commit(t, s.work, "made by a step\n\nat length", map[string]string{"step.txt": "1\n"}))
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	rival := s.push("rival", map[string]string{"rival.txt": "1\n"})
	o := s.land(r, s.stage(r), "land")
	s.want(o, Landed)
	if o.Before != rival || len(o.Commits) != 2 || o.Commits[1].Hash != s.main() || o.Pushes != 1 || h.made.Load() != 2 {
		t.Fatalf("landed %+v, main is at %s, %d made", o, s.main(), h.made.Load())
	}
	for _, c := range o.Commits {
		s.verified(c.Hash)
		if c.Hash == own || c.ID == "" {
			t.Errorf("reported %+v", c)
		}
	}
	if got := s.git("log", "--format=%s|%(trailers:key=Co-authored-by,valueonly,separator=%x2C)", "-3", "--reverse", "main"); got != "rival|\nmade by a step|Ada <ada@example.invalid>\nbump|Ada <ada@example.invalid>" {
		t.Errorf("history:\n%s", got)
	}
	s.nothingStaged()
	s.sound()

	s.write(map[string]string{"env/prod.yml": "tag: v3\n"})
	again := s.land(r, s.stage(r), "next")
	s.want(again, Landed)
	s.verified(again.Commits[0].Hash)
	s.nothingStaged()
}

func TestTheForgeMakesTheMergeAlone(t *testing.T) {
	s := newShop(t)
	r := s.open(by(s.hub()))
	own := gittest.Commit(t, s.work, "made by a step", map[string]string{"step.txt": "1\n"})
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	change := s.stage(r)
	o, err := r.Land(t.Context(), change, LandRequest{Branch: "main", Identity: run("land"), Committer: ada, Integrate: Merge, Tags: []Tag{{Name: "v2"}}})
	if err != nil {
		t.Fatal(err)
	}
	s.want(o, Landed)
	s.verified(s.main())
	s.verified(ID(s.git("rev-parse", "main^2"))) // of what was left uncommitted
	if got := s.git("rev-parse", "main^2^"); got != own {
		t.Errorf("the step's own commit became %s", got)
	}
	if got := s.git("rev-parse", "v2"); ID(got) != s.main() {
		t.Errorf("the tag is on %s", got)
	}
	s.nothingStaged()
	s.sound()
}

// The table of signatures in docs/landing.md, with the forge in the place of belay's key.
func TestSignaturesOfOthersAreKeptOrReplacedByTheForges(t *testing.T) {
	for _, row := range []struct {
		signed                  string // by whom the step's commit is
		moved                   bool
		rebase, orMerge, orFail string
	}{
		{"none", false, "made", "made", "made"},
		{"none", true, "made", "made", "made"},
		{"steps", false, "kept", "kept", "kept"},
		{"steps", true, "made, replaced", "merge", "fail"},
	} {
		t.Run(fmt.Sprintf("signed by %s, tip moved: %t", row.signed, row.moved), func(t *testing.T) {
			s := newShop(t)
			h := s.hub()
			since := s.main()
			repos := []*Repo{s.open(by(h)), s.open(by(h)), s.open(by(h)), s.open(by(h))} // each as it is before the steps run
			s.commitOwn(row.signed)
			change := s.stage(repos[0])
			own := change.Commits()[0].Hash
			before := since
			if row.moved {
				before = s.push("rival", map[string]string{"b.txt": "b\n"})
			}
			for i, c := range []struct {
				integrate Integrate
				want      string
			}{{Rebase, row.rebase}, {Merge, "merge"}, {RebaseOrMerge, row.orMerge}, {RebaseOrFail, row.orFail}} {
				s.git("update-ref", "refs/heads/main", string(before))
				o := s.landOver(repos[i], change, LandRequest{Branch: "main", Identity: run("land"), Since: since, Committer: ada, Integrate: c.integrate})
				got := "made"
				switch {
				case o.Kind == policy.GitSignature:
					got = "fail"
				case s.main() == own:
					got = "kept"
				case strings.Contains(s.git("rev-parse", "main^@"), string(own)):
					got = "merge"
				}
				if len(o.Resigned) > 0 && o.Good() {
					got += ", replaced"
				}
				if got != c.want {
					t.Errorf("%s: %s, want %s (outcome %+v)", c.integrate, got, c.want, o)
				}
				if got != "kept" && got != "fail" {
					s.verified(s.main())
				}
			}
			s.nothingStaged()
			s.sound()
		})
	}
}

func TestABranchThatMovesMeanwhileIsTriedAgainWithTheForge(t *testing.T) {
	s := newShop(t)
	h := s.hub()
	r := s.open(by(h))
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	change := s.stage(r)
	h.before = func(Draft) {
		h.before = nil
		s.push("rival", map[string]string{"rival.txt": "1\n"})
	}
	s.want(s.land(r, change, "land"), Raced)
	if s.git("for-each-ref", "refs/belay/staging") == "" {
		t.Error("the upload was not kept for the next try")
	}
	o := s.land(r, change, "land")
	s.want(o, Landed)
	s.verified(s.main())
	if got := s.git("log", "--format=%s", "--reverse", "main"); got != "first\nsecond\nrival\nbump" {
		t.Errorf("history:\n%s", got)
	}
	s.nothingStaged()
	s.sound()
}

func TestAnUploadIsTakenAwayThoughTheServerDoesNotAnswer(t *testing.T) {
	for name, lost := range map[string]int{"twice": 2, "till the next landing": 3} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			r := s.open(by(s.hub()))
			pushes := 0
			s.onPush(func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
				if pushes++; pushes > 2 && pushes <= 2+lost { // after the upload and the branch
					panic(http.ErrAbortHandler)
				}
				serve(w, r)
			})
			for n := range 2 {
				s.write(map[string]string{"env/prod.yml": fmt.Sprintln("tag:", n)})
				s.want(s.land(r, s.stage(r), fmt.Sprint(n)), Landed)
			}
			s.nothingStaged()
		})
	}
}

func TestWhatWasUploadedIsNotSentAgain(t *testing.T) {
	s := newShop(t)
	h := s.hub()
	r := s.open(by(h))
	noise := make([]byte, 200_000)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	s.write(map[string]string{"large.bin": string(noise)})
	change := s.stage(r)
	var sizes []int64
	s.onPush(func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
		sizes = append(sizes, r.ContentLength)
		serve(w, r)
	})
	h.before = func(Draft) {
		h.before = nil
		s.Around(nil)
		s.push("rival", map[string]string{"rival.txt": "1\n"})
		s.onPush(func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
			sizes = append(sizes, r.ContentLength)
			serve(w, r)
		})
	}
	s.want(s.land(r, change, "land"), Raced)
	s.want(s.land(r, change, "land"), Landed)
	large := slices.DeleteFunc(slices.Clone(sizes), func(n int64) bool { return n < 100_000 })
	if len(large) != 1 || sizes[0] != large[0] || len(sizes) != 5 {
		t.Errorf("pushes of %v bytes, want the upload, the lost race, another upload, the branch, and the deletion, and the file in the first alone", sizes)
	}
	if got := s.git("cat-file", "-s", "main:large.bin"); got != "200000" {
		t.Errorf("the file has %s bytes", got)
	}
	s.sound()
}

// A PATCH of the ref would take this for a fast-forward, and bring back what was purged.
func TestABranchThatWasRewoundMeanwhileStaysSo(t *testing.T) {
	s := newShop(t)
	h := s.hub()
	r := s.open(by(h))
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	change := s.stage(r)
	first := ID(s.git("rev-parse", "main~1"))
	h.before = func(d Draft) {
		s.git("update-ref", "refs/heads/main", string(first))
		s.git("merge-base", "--is-ancestor", "main", string(d.Parents[0])) // what is made is a fast-forward
	}
	if o := s.land(r, change, "land"); o.Good() {
		t.Errorf("landed %+v", o)
	}
	h.before = nil
	o := s.land(r, change, "land")
	if o.Kind != policy.GitRewritten || s.main() != first {
		t.Errorf("%s %s, main is at %s", o.State, o.Kind, s.main())
	}
	s.nothingStaged()
}

func TestAnAnswerOfTheForgeThatIsLostIsAskedForAgain(t *testing.T) {
	s := newShop(t)
	h := s.hub()
	h.Inject(fake.Fault{Method: "POST", Path: "/repos/acme/shop/git/commits", Drop: true})
	r := s.open(by(h))
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	s.want(s.land(r, s.stage(r), "land"), Landed)
	s.verified(s.main())
	if got := s.count("bump"); got != 1 {
		t.Errorf("landed %d times", got)
	}
	s.nothingStaged()
}

func TestAnAttemptThatWasKilledLeavesNothingInTheWay(t *testing.T) {
	for name, landed := range map[string]bool{"before it landed": false, "after it landed": true} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			h := s.hub()
			killed := s.open(by(h))
			s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
			change := s.stage(killed)
			ctx, kill := context.WithCancel(t.Context())
			defer kill()
			if landed {
				s.onPush(func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
					before := s.main()
					serve(httptest.NewRecorder(), r)
					if s.main() != before {
						kill()
					}
					panic(http.ErrAbortHandler)
				})
			} else {
				h.before = func(Draft) { kill() }
			}
			if o, err := killed.Land(ctx, change, LandRequest{Branch: "main", Identity: run("land"), Committer: ada}); err == nil && o.Good() {
				t.Fatalf("landed: %+v", o)
			}
			s.Around(nil)
			h.before = nil
			if s.git("for-each-ref", "refs/belay/staging") == "" {
				t.Fatal("nothing was left behind: the test tests nothing")
			}
			r := s.open(by(h))
			want := Landed
			if landed {
				want = AlreadyLanded
			}
			s.want(s.land(r, s.stage(r), "land"), want)
			s.verified(s.main())
			if got := s.count("bump"); got != 1 {
				t.Errorf("landed %d times", got)
			}
			s.nothingStaged()
			s.sound()
		})
	}
}

func TestWhatTheForgeDoesNotMakeDoesNotLand(t *testing.T) {
	cases := map[string]struct {
		person bool
		fault  fake.Fault
		kind   policy.Kind
		says   string
	}{
		"a person's token":     {person: true, kind: policy.GitSignature, says: "does not call it verified (unsigned); nothing was pushed to the branch"},
		"a token that may not": {fault: fake.Fault{Status: 403, Message: "Resource not accessible by integration"}, kind: policy.ForgeForbidden, says: "Give the token `contents: write`"},
		"a token that expired": {fault: fake.Fault{Status: 401, Message: "Bad credentials"}, kind: policy.ForgeAuth, says: "Bad credentials"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			before := s.main()
			h := s.hub()
			if c.person {
				h.BePerson()
			}
			if c.fault.Status != 0 {
				h.Inject(c.fault)
			}
			r := s.open(by(h))
			s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
			_, err := r.Land(t.Context(), s.stage(r), LandRequest{Branch: "main", Identity: run("land"), Committer: ada})
			var failed *Error
			if !errors.As(err, &failed) || failed.Kind() != c.kind || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v", err)
			}
			if s.main() != before {
				t.Error("the branch moved")
			}
			s.nothingStaged()
		})
	}
}

func TestAnUploadThatIsRefusedIsARefusal(t *testing.T) {
	s := newShop(t)
	s.Hook(t, shopRepo, "pre-receive", "echo 'refusing to allow a GitHub App to create or update workflow without `workflows` permission' >&2; exit 1")
	h := s.hub()
	r := s.open(by(h))
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	o := s.land(r, s.stage(r), "land")
	s.want(o, Rejected)
	if o.Kind != policy.GitAuth || o.Again || h.made.Load() != 0 {
		t.Errorf("%+v, %d made", o, h.made.Load())
	}
}

func TestTheForgeMakesRevertsToo(t *testing.T) {
	s := newShop(t)
	h := s.hub()
	r := s.open(by(h))
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	landed := s.land(r, s.stage(r), "land")
	s.want(landed, Landed)
	reversal, err := r.Revert(t.Context(), RevertRequest{Branch: "main", Commits: []ID{landed.Commits[0].Hash}, Author: Belay()})
	if err != nil {
		t.Fatal(err)
	}
	if n := h.made.Load(); n != 1 {
		t.Errorf("%d commits were made before there was a branch for them", n)
	}
	for range 2 { // the second finds the branch, and has nothing made
		branch, err := r.CreateBranch(t.Context(), "belay/rollback/1", reversal.Tip)
		if err != nil || branch.At != ID(s.git("rev-parse", "belay/rollback/1")) {
			t.Fatalf("%+v, %v", branch, err)
		}
		s.verified(branch.At)
		if n := h.made.Load(); n != 2 {
			t.Errorf("%d commits made", n)
		}
	}
	if got := s.git("log", "-1", "--format=%(trailers:key=Co-authored-by)", "belay/rollback/1"); got != "" {
		t.Errorf("belay is named as an author: %s", got)
	}
	back := s.land(r, reversal.Change(), "rollback")
	s.want(back, Landed)
	s.verified(s.main())
	s.nothingStaged()
	s.sound()
}

func TestTheForgeMakesWhatIsProposed(t *testing.T) {
	s := newShop(t)
	r := s.open(by(s.hub()))
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	change := s.stage(r)
	for _, want := range []State{Landed, AlreadyLanded} {
		o, err := r.Propose(t.Context(), change, ProposeRequest{LandRequest: LandRequest{Branch: "topic", Identity: run("pull"), Committer: ada}, Base: "main"})
		if err != nil {
			t.Fatal(err)
		}
		s.want(o, want)
		s.verified(ID(s.git("rev-parse", "topic")))
	}
	s.nothingStaged()
}

func TestACommitOfTooManyOrInAnotherEncodingIsRefused(t *testing.T) {
	for name, prepare := range map[string]func(s *shop){
		"is not in UTF-8": func(s *shop) {
			gittest.Git(t, s.work, "-c", "i18n.commitEncoding=ISO-8859-1", "commit", "--quiet", "--allow-empty", "-m", "f\xfcr")
			gittest.Write(t, s.work, map[string]string{"a": "1"})
			gittest.Git(t, s.work, "add", "a")
			gittest.Git(t, s.work, "-c", "i18n.commitEncoding=ISO-8859-1", "commit", "--quiet", "--amend", "-m", "f\xfcr")
		},
		"more than 100 commits": func(s *shop) {
			for n := range mostMade + 1 {
				gittest.Commit(t, s.work, fmt.Sprint(n), map[string]string{"n": fmt.Sprint(n)})
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			h := s.hub()
			r := s.open(by(h))
			prepare(s)
			_, err := r.Land(t.Context(), s.stage(r), LandRequest{Branch: "main", Identity: run("land"), Committer: ada})
			if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "land without `via: api`") || h.made.Load() != 0 {
				t.Errorf("%v, %d made", err, h.made.Load())
			}
			s.nothingStaged()
		})
	}
}

func TestWritersThroughTheForgeEachLandExactlyOnce(t *testing.T) {
	const writers, each = 4, 3
	s := newShop(t)
	h := s.hub()
	var posts atomic.Int64
	s.onPush(func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
		if posts.Add(1)%5 == 0 { // every fifth answer is lost
			serve(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		serve(w, r)
	})
	var all sync.WaitGroup
	for w := range writers {
		work := gittest.Clone(t, s.url, "--depth=1")
		r := s.open(by(h), func(o *Options) { o.Checkout = work })
		all.Go(func() {
			for n := range each {
				gittest.Write(t, work, map[string]string{fmt.Sprintf("w%d.txt", w): fmt.Sprintln(n)})
				if err := landUntilGood(r, fmt.Sprintf("writer %d, %d", w, n)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	s.Around(nil)
	for w := range writers {
		for n := range each {
			if got := s.count(fmt.Sprintf("writer %d, %d", w, n)); got != 1 {
				t.Errorf("writer %d landed its change %d %d times", w, n, got)
			}
		}
	}
	for _, hash := range strings.Fields(s.git("log", "--format=%H", "main", "--not", "main~12")) {
		s.verified(ID(hash))
	}
	s.sound()
}

// The control: who makes commits and moves the branch through the API alone lands a change twice when an answer gets lost,
// and brings back what was purged a moment ago.
func TestALoopThroughTheAPIAloneLandsTwiceAndBringsBackWhatWasPurged(t *testing.T) {
	s := newShop(t)
	h := s.hub()
	call := func(method, path, body string) (sha string, ok bool) {
		r, err := http.NewRequest(method, h.url+"/repos/acme/shop/git/"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			return "", false
		}
		defer answer.Body.Close()
		var made struct{ SHA string }
		err = json.NewDecoder(answer.Body).Decode(&made)
		return made.SHA, err == nil && answer.StatusCode < 300
	}
	meanwhile := func() {}
	land := func(message string) {
		for range 5 {
			tip := s.main()
			sha, ok := call("POST", "commits", fmt.Sprintf(`{"message": %q, "tree": %q, "parents": [%q]}`, message, s.git("rev-parse", string(tip)+"^{tree}"), tip))
			meanwhile()
			if _, moved := call("PATCH", "refs/heads/main", fmt.Sprintf(`{"sha": %q, "force": false}`, sha)); ok && moved {
				return
			}
		}
		t.Errorf("%s did not land", message)
	}
	h.Inject(fake.Fault{Method: "PATCH", Drop: true})
	land("twice")
	if n := s.count("twice"); n != 2 {
		t.Errorf("landed %d times", n)
	}
	purged := s.push("a secret", map[string]string{"secret": "1\n"})
	meanwhile = func() { s.git("update-ref", "refs/heads/main", string(purged)+"~1") }
	land("back")
	s.git("merge-base", "--is-ancestor", string(purged), "main")
}

func TestACommitIsPutTogetherFromWhatWasSigned(t *testing.T) {
	payload := "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor a <a@b> 1 +0000\ncommitter GitHub <noreply@github.com> 1 +0000\n\nsubject\n\nbody\n"
	s := newShop(t)
	for name, signature := range map[string]string{"as GitHub folds it": "-----BEGIN\n\nabc\n-----END\n", "without a last line feed": "-----BEGIN\n\nabc\n-----END"} {
		for _, told := range []string{signature, strings.TrimRight(signature, "\n"), strings.TrimRight(signature, "\n") + "\n"} {
			head, message, _ := strings.Cut(payload, "\n\n")
			text := head + "\ngpgsig " + strings.ReplaceAll(signature, "\n", "\n ") + "\n\n" + message
			hash, err := gittest.GitIn(s.Dir(shopRepo))(text, "hash-object", "-t", "commit", "--stdin", "--literally")
			if err != nil {
				t.Fatal(err)
			}
			got, ok := Made{Hash: ID(hash), Payload: payload, Signature: told}.text()
			if !ok || string(got) != text {
				t.Errorf("%s: got %v\n%s", name, ok, got)
			}
		}
	}
	if _, ok := (Made{Hash: "1234", Payload: payload, Signature: "x"}).text(); ok {
		t.Error("a commit was put together that is another")
	}
}
