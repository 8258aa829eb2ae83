package gitops

import (
	"context"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/belay-ci/belay/internal/gittest"
	"github.com/belay-ci/belay/policy"
)

func TestAnUnmovedTipTakesAQuestionAndAPushAndIsReadBack(t *testing.T) {
	s := newShop(t)
	r := s.open()
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	change := s.stage(r)
	before, seen := s.main(), len(s.Requests())
	o := s.land(r, change, "land")
	s.want(o, Landed)

	if diff := cmp.Diff([]string{
		"POST /shop.git/git-upload-pack ", // the tip, by its name and unasked what is offered: what receive-pack advertises grows with the refs
		"POST /shop.git/git-receive-pack ",
		"POST /shop.git/git-upload-pack ", // read back
	}, s.requestsSince(seen), anyOrder()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	if o.Tip != s.main() || o.Before != before || o.Pushes != 1 || len(o.Commits) != 1 {
		t.Errorf("outcome %+v, main %s", o, s.main())
	}
	if got := s.git("log", "-1", "--format=%an|%s|%(trailers:key=Belay-Id,valueonly)", "main"); got != "Ada|bump|"+withBranch(run("land")).ID()+"\n" {
		t.Errorf("commit %q", got)
	}
	if s.file("env/prod.yml") != "tag: v2\n" {
		t.Errorf("file %q", s.file("env/prod.yml"))
	}
	s.sound()
}

// requestsSince lists what the server was asked, from the seen-th request on.
func (s *shop) requestsSince(seen int) []string {
	var list []string
	for _, request := range s.Requests()[seen:] {
		list = append(list, request.Method+" "+request.Path+" "+request.Query)
	}
	return list
}

// anyOrder compares requests of which two are made at a time: the read-back may come to the server before the push, and asks after it.
func anyOrder() cmp.Option { return cmpopts.SortSlices(func(a, b string) bool { return a < b }) }

func TestAMovedTipTakesOneFetchMore(t *testing.T) {
	for _, depth := range [][]string{nil, {"--depth=1"}} {
		s := newShop(t, depth...)
		r := s.open()
		s.write(map[string]string{"a.txt": "one\ntwo\nthree\nfour\nFIVE\n"})
		change := s.stage(r)
		s.push("rival", map[string]string{"a.txt": "ONE\ntwo\nthree\nfour\nfive\n", "b.txt": "new\n"})
		seen := len(s.Requests())
		s.want(s.land(r, change, "land"), Landed)
		if diff := cmp.Diff([]string{
			"POST /shop.git/git-upload-pack ", // the tip
			"POST /shop.git/git-upload-pack ", // what happened since, and the files to merge with
			"POST /shop.git/git-receive-pack ",
			"POST /shop.git/git-upload-pack ", // read back
		}, s.requestsSince(seen), anyOrder()); diff != "" {
			t.Errorf("clone %v: requests (-want +got):\n%s", depth, diff)
		}
		s.sound()
	}
}

func withBranch(i Identity) Identity { i.Branch = "main"; return i }

func TestASecondLandingPushesFirstAndStagesOnlyWhatIsNew(t *testing.T) {
	s := newShop(t)
	r := s.open()
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	s.want(s.land(r, s.stage(r), "one"), Landed)
	s.write(map[string]string{"env/dev.yml": "tag: v3\n"})
	seen := len(s.Requests())
	o := s.land(r, s.stage(r), "two")
	s.want(o, Landed)
	if diff := cmp.Diff([]string{"POST /shop.git/git-receive-pack "}, s.requestsSince(seen)); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	if got := s.git("show", "--format=", "--name-only", "main"); got != "env/dev.yml" {
		t.Errorf("the second commit changed %q", got)
	}
	s.want(s.land(r, s.stage(r), "three"), Empty)
}

func TestAMovedTipIsLandedOnTopOf(t *testing.T) {
	for _, depth := range [][]string{nil, {"--depth=1"}, {"--filter=blob:none"}} {
		t.Run(strings.Join(append([]string{"clone"}, depth...), " "), func(t *testing.T) {
			s := newShop(t, depth...)
			r := s.open()
			s.write(map[string]string{"a.txt": "one\ntwo\nthree\nfour\nFIVE\n", "env/prod.yml": "tag: v2\n"})
			change := s.stage(r)
			theirs := s.push("rival", map[string]string{"a.txt": "ONE\ntwo\nthree\nfour\nfive\n"})
			o := s.land(r, change, "land")
			s.want(o, Landed)
			if o.Before != theirs || s.git("rev-parse", "main^") != string(theirs) {
				t.Errorf("landed on %s, rival at %s", o.Before, theirs)
			}
			if got := s.file("a.txt"); got != "ONE\ntwo\nthree\nfour\nFIVE\n" {
				t.Errorf("merged to %q", got)
			}
			s.sound()
			// The next one compares with what was staged, and starts from a tip of belay's own making.
			s.write(map[string]string{"env/prod.yml": "tag: v3\n"})
			s.want(s.land(r, s.stage(r), "next"), Landed)
			if got := s.git("show", "--format=", "--name-only", "main"); got != "env/prod.yml" {
				t.Errorf("the second commit changed %q", got)
			}
		})
	}
}

func TestAMergeOfAnOldBranchBringsNoHistory(t *testing.T) {
	s := newShop(t, "--depth=1")
	r := s.open()
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	change := s.stage(r)
	gittest.Git(t, s.rival, "checkout", "--quiet", "-b", "old", "HEAD^")
	for _, n := range []string{"1", "2", "3"} {
		gittest.Commit(t, s.rival, "old "+n, map[string]string{"old.txt": n + "\n"})
	}
	gittest.Git(t, s.rival, "checkout", "--quiet", "main")
	gittest.Git(t, s.rival, "merge", "--quiet", "--no-ff", "-m", "merge old", "old")
	gittest.Git(t, s.rival, "push", "--quiet", "origin", "main")
	s.want(s.land(r, change, "land"), Landed)
	s.sound()
}

func TestAContentConflictNamesItsPaths(t *testing.T) {
	s := newShop(t)
	r := s.open()
	s.write(map[string]string{"env/prod.yml": "tag: v2\n", "README": "ours\n"})
	change := s.stage(r)
	tip := s.push("rival", map[string]string{"env/prod.yml": "tag: v9\n"})
	o := s.land(r, change, "land")
	s.want(o, Conflicted)
	if o.Kind != policy.GitConflict || len(o.Conflicts) != 1 || o.Conflicts[0].Path != "env/prod.yml" || o.Pushes != 0 || s.main() != tip {
		t.Errorf("outcome %+v", o)
	}
	if !strings.Contains(o.Err().Error(), "env/prod.yml") {
		t.Errorf("error %q names no path", o.Err())
	}
}

func TestADeletedBranchIsNeverRecreated(t *testing.T) {
	s := newShop(t)
	r := s.open()
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	change := s.stage(r)
	if _, err := r.Tip(context.Background(), "main"); err != nil { // so that Land pushes first
		t.Fatal(err)
	}
	gittest.Git(t, s.rival, "push", "--quiet", "origin", "main:refs/heads/other")
	s.git("symbolic-ref", "HEAD", "refs/heads/other")
	s.git("update-ref", "-d", "refs/heads/main")
	for _, when := range []string{"at the push", "before it"} {
		o := s.land(r, change, "land")
		s.want(o, Rejected)
		if o.Kind != policy.GitRewritten || o.Tip != "" {
			t.Errorf("%s: outcome %+v", when, o)
		}
	}
	if out, err := gittest.TryGit(s.Dir(shopRepo), "rev-parse", "--verify", "--quiet", "refs/heads/main"); err == nil {
		t.Errorf("main is back, at %s", out)
	}
}

func TestARewrittenBranchIsNotLandedOn(t *testing.T) {
	for name, test := range map[string]struct {
		cloneArgs []string
		another   bool
	}{
		"full clone, another history": {nil, true},
		"depth 1, another history":    {[]string{"--depth=1"}, true},
		"full clone, set back":        {nil, false},
		"depth 1, set back":           {[]string{"--depth=1"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, test.cloneArgs...)
			r := s.open()
			s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
			change := s.stage(r)
			gittest.Git(t, s.rival, "reset", "--quiet", "--hard", "HEAD^")
			if test.another {
				gittest.Commit(t, s.rival, "another second", map[string]string{"b.txt": "b\n"})
			}
			gittest.Git(t, s.rival, "push", "--quiet", "--force", "origin", "HEAD:main")
			tip := s.main()
			o := s.land(r, change, "land")
			s.want(o, Rejected)
			if o.Kind != policy.GitRewritten || s.main() != tip || o.Pushes != 0 {
				t.Errorf("outcome %+v", o)
			}
		})
	}
}

func TestARerunFindsWhatAnEarlierAttemptLanded(t *testing.T) {
	s := newShop(t, "--depth=1")
	start := s.main()
	land := func() Outcome {
		s.work = gittest.Clone(t, s.url)
		gittest.Git(t, s.work, "reset", "--quiet", "--hard", string(start))
		r := s.open()
		s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
		o, err := r.Land(context.Background(), s.stage(r), LandRequest{Branch: "main", Identity: run("land"), Since: start, Committer: ada})
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	first := land()
	s.want(first, Landed)
	s.push("rival", map[string]string{"b.txt": "b\n"})
	second := land()
	s.want(second, AlreadyLanded)
	if diff := cmp.Diff(first.Commits, second.Commits); diff != "" || second.Before != start {
		t.Errorf("before %s, commits (-first +second):\n%s", second.Before, diff)
	}

	// A rollback takes it back, as a merge of a pull request; then the run may land again.
	gittest.Git(t, s.rival, "fetch", "--quiet")
	gittest.Git(t, s.rival, "checkout", "--quiet", "-B", "rollback", "origin/main")
	gittest.Git(t, s.rival, "revert", "--no-edit", string(first.Commits[0].Hash))
	gittest.Git(t, s.rival, "commit", "--amend", "--quiet", "-m", "Revert it\n\nBelay-Reverts: "+first.Commits[0].ID)
	gittest.Git(t, s.rival, "checkout", "--quiet", "-B", "main", "origin/main")
	gittest.Git(t, s.rival, "merge", "--quiet", "--no-ff", "-m", "merge", "rollback")
	gittest.Git(t, s.rival, "push", "--quiet", "origin", "main")
	third := land()
	s.want(third, Landed)
	if s.file("env/prod.yml") != "tag: v2\n" || s.count("Belay-Id: "+first.Commits[0].ID) != 2 {
		t.Errorf("file %q", s.file("env/prod.yml"))
	}
	s.want(land(), AlreadyLanded)
}

func TestAChangeTheBranchHasAlreadyIsAbsorbed(t *testing.T) {
	s := newShop(t)
	r := s.open()
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	change := s.stage(r)
	tip := s.push("the same bump", map[string]string{"env/prod.yml": "tag: v2\n"})
	o := s.land(r, change, "land")
	s.want(o, Absorbed)
	if len(o.Absorbed) != 1 || o.Pushes != 0 || s.main() != tip {
		t.Errorf("outcome %+v", o)
	}
}

func TestNothingChangedIsEmpty(t *testing.T) {
	s := newShop(t)
	r := s.open()
	change := s.stage(r)
	if !change.Empty() {
		t.Fatalf("change %+v", change)
	}
	o := s.land(r, change, "land")
	s.want(o, Empty)
	if o.Pushes != 0 {
		t.Errorf("outcome %+v", o)
	}
}

func TestLandingOnAnotherBranchThanTheOneCheckedOut(t *testing.T) {
	s := newShop(t)
	gittest.Git(t, s.rival, "checkout", "--quiet", "-b", "deploy", "HEAD^")
	gittest.CommitAndPush(t, s.rival, "deploy", "deployments", map[string]string{"state.txt": "1\n", "README": "deployments\n"})
	r := s.open()
	s.write(map[string]string{"env/stage.yml": "tag: v2\n"})
	o, err := r.Land(context.Background(), s.stage(r), LandRequest{Branch: "deploy", Identity: run("land"), Committer: ada})
	if err != nil {
		t.Fatal(err)
	}
	s.want(o, Landed)
	if got := s.git("show", "--format=", "--name-only", "deploy"); got != "env/stage.yml" {
		t.Errorf("the commit changed %q", got)
	}
	s.sound()
}

func TestAPullRequestsRunLandsOnEitherBranch(t *testing.T) {
	for _, branch := range []string{"main", "topic"} {
		t.Run(branch, func(t *testing.T) {
			s := newShop(t)
			gittest.Git(t, s.rival, "checkout", "--quiet", "-b", "topic", "HEAD^")
			gittest.CommitAndPush(t, s.rival, "topic", "topic", map[string]string{"topic.txt": "1\n"})
			gittest.Git(t, s.rival, "merge", "--quiet", "-m", "try", "origin/main")
			gittest.Git(t, s.rival, "push", "--quiet", "origin", "HEAD:refs/pull/1/merge")
			start := ID(gittest.Git(t, s.rival, "rev-parse", "HEAD"))
			for _, want := range []State{Landed, AlreadyLanded} {
				// As actions/checkout does it: one commit, detached.
				s.work = filepath.Join(t.TempDir(), "work")
				gittest.Git(t, s.Root, "init", "--quiet", s.work)
				gittest.Git(t, s.work, "fetch", "--quiet", "--depth=1", s.url, "+"+string(start)+":refs/remotes/pull/1/merge")
				gittest.Git(t, s.work, "checkout", "--quiet", "--detach", "refs/remotes/pull/1/merge")
				r := s.open()
				s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
				o, err := r.Land(context.Background(), s.stage(r), LandRequest{Branch: branch, Identity: run("land"), Since: start})
				if err != nil {
					t.Fatal(err)
				}
				s.want(o, want)
				if got := s.git("show", "--format=", "--name-only", branch); got != "env/prod.yml" {
					t.Errorf("landed %q", got)
				}
			}
			s.sound()
		})
	}
}

func TestAServerThatCanNotBeReachedIsAnError(t *testing.T) {
	s := newShop(t)
	r := s.open()
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	change := s.stage(r)
	s.Around(func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusServiceUnavailable)
		})
	})
	_, err := r.Land(context.Background(), change, LandRequest{Branch: "main", Identity: run("land")})
	failure, ok := err.(*Error)
	if !ok || failure.Kind() != policy.Network || !failure.Again || failure.RetryAfter.Seconds() != 7 {
		t.Errorf("error %#v", err)
	}
}

func TestWrongCredentialsAreTold(t *testing.T) {
	s := newShop(t)
	s.guard("x-access-token", "secret")
	r := s.open(func(o *Options) { o.Remote.Credentials = Credentials{Username: "x-access-token", Password: "expired"} })
	_, err := r.Land(context.Background(), s.stage(r), LandRequest{Branch: "main", Identity: run("land")})
	if kindOf(err) != policy.GitAuth {
		t.Errorf("error %v, kind %s", err, kindOf(err))
	}
}

func TestChangesStagedAtOnceAreAllRecordedAsTheyLand(t *testing.T) {
	s := newShop(t)
	s.git("branch", "release", "main")
	r := s.open()
	s.write(map[string]string{"env/prod.yml": "tag: v2\n", "env/dev.yml": "tag: v2\n"})
	prod, dev := s.stage(r, "env/prod.yml"), s.stage(r, "env/dev.yml")
	s.want(s.land(r, prod, "land"), Landed)
	o, err := r.Land(context.Background(), dev, LandRequest{Branch: "release", Identity: run("land"), Committer: ada})
	if err != nil {
		t.Fatal(err)
	}
	s.want(o, Landed)
	if left := s.stage(r); !left.Empty() {
		t.Errorf("staged again: %v", s.land(r, left, "next"))
	}
	s.write(map[string]string{"env/prod.yml": "tag: v3\n"})
	s.want(s.land(r, s.stage(r), "later"), Landed)
	if got := s.git("show", "--format=", "--name-only", "main"); got != "env/prod.yml" {
		t.Errorf("the later commit changed %q", got)
	}
}

func TestAConflictWithATipThatIsOldNewsIsLookedAtAgain(t *testing.T) {
	s := newShop(t)
	r := s.open()
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	change := s.stage(r)
	s.push("rival", map[string]string{"README": "rival's shop\n"})
	s.want(s.land(r, change, "one"), Landed) // on top of the rival's
	s.push("rival takes it back", map[string]string{"README": "shop\n"})
	s.write(map[string]string{"README": "our shop\n"})
	s.want(s.land(r, s.stage(r), "two"), Landed)
	s.write(map[string]string{"README": "our own shop\n"})
	change = s.stage(r)
	s.push("rival changes it again", map[string]string{"README": "rival's shop\n"})
	s.want(s.land(r, change, "three"), Raced)
	s.want(s.land(r, change, "three"), Conflicted)
}

func TestABranchThatMovesOnIsNotPushedToWhereItIsLookedAtAgain(t *testing.T) {
	for name, tt := range map[string]struct {
		look, moves bool // the try looks once more; the branch moves on while it is made ready
		state       State
		pushes      int
	}{
		"it moves on":            {true, true, Raced, 0},
		"it has come to rest":    {true, false, Landed, 1},
		"nobody looks once more": {false, true, Raced, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			r := s.open()
			s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
			change := s.stage(r)
			req := LandRequest{Branch: "main", Identity: run("land"), Committer: ada, Look: tt.look}
			first := s.push("rival", map[string]string{"b.txt": "new\n"})
			second := s.push("another rival", map[string]string{"b.txt": "newer\n"})
			s.git("update-ref", "refs/heads/main", string(first))
			var move sync.Once
			s.Around(func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
					next.ServeHTTP(w, req)
					move.Do(func() { // the tip is read, and what happened since is not
						if tt.moves {
							s.git("update-ref", "refs/heads/main", string(second))
						}
					})
				})
			})
			o, err := r.Land(t.Context(), change, req)
			if err != nil {
				t.Fatal(err)
			}
			s.want(o, tt.state)
			if o.Pushes != tt.pushes {
				t.Errorf("%d pushes, want %d", o.Pushes, tt.pushes)
			}
			s.Around(nil)
			if tt.state == Raced { // and what it saw is what the next try begins with
				o, err := r.Land(t.Context(), change, req)
				if err != nil {
					t.Fatal(err)
				}
				s.want(o, Landed)
			}
			if s.file("env/prod.yml") != "tag: v2\n" || tt.moves && s.file("b.txt") != "newer\n" {
				t.Errorf("the files are %q and %q", s.file("env/prod.yml"), s.file("b.txt"))
			}
			s.sound()
		})
	}
}
