package gitops

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/belay-ci/belay/internal/gittest"
	"github.com/belay-ci/belay/policy"
)

func TestARefusalIsToldByTheServersWords(t *testing.T) {
	for name, test := range map[string]struct {
		script string
		kind   policy.Kind
		again  bool
	}{
		"a hook":             {"echo no pushes on Friday; exit 1", policy.GitRejectedHook, false},
		"a protected branch": {"echo 'error: GH006: Protected branch update failed for refs/heads/main.'; exit 1", policy.GitRejectedProtected, false},
		"a broken server":    {"echo 'GitLab: internal API unreachable'; exit 1", policy.GitRejectedOther, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			r := s.open()
			s.Hook(t, shopRepo, "pre-receive", test.script)
			s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
			before := s.main()
			o := s.land(r, s.stage(r), "land")
			s.want(o, Rejected)
			if o.Kind != test.kind || o.Again != test.again || o.Pushes != 1 || s.main() != before {
				t.Errorf("outcome %+v, want kind %s, again %t", o, test.kind, test.again)
			}
			if text := strings.SplitN(test.script, "'", 3); !strings.Contains(o.ServerText, "hook declined") || len(text) > 1 && !strings.Contains(o.ServerText, text[1]) {
				t.Errorf("text %q", o.ServerText)
			}
		})
	}
}

func TestALockLeftBehindIsNoRace(t *testing.T) {
	s := newShop(t)
	r := s.open()
	gittest.Write(t, s.Dir(shopRepo), map[string]string{"refs/heads/main.lock": ""})
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	o := s.land(r, s.stage(r), "land")
	s.want(o, Rejected)
	if o.Kind != policy.GitRejectedOther || !o.Again {
		t.Errorf("outcome %+v", o)
	}
}

func TestALostAnswerIsReadBackFromTheBranch(t *testing.T) {
	s := newShop(t)
	r := s.open()
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	change := s.stage(r)
	s.onPush(func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
		serve(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	})
	o := s.land(r, change, "land")
	s.want(o, Landed)
	if s.count("bump") != 1 || s.Pushes() != 3 { // two by the fixture
		t.Errorf("%d commits, %d pushes", s.count("bump"), s.Pushes())
	}
}

func TestAPushThatNeverArrivedMayBeTriedAgain(t *testing.T) {
	s := newShop(t)
	r := s.open()
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	change := s.stage(r)
	s.onPush(func(http.ResponseWriter, *http.Request, http.HandlerFunc) { panic(http.ErrAbortHandler) })
	o := s.land(r, change, "land")
	s.want(o, Rejected)
	if o.Kind != policy.Network || !o.Again {
		t.Errorf("outcome %+v", o)
	}
	s.Around(nil)
	s.want(s.land(r, change, "land"), Landed)
	if s.count("bump") != 1 {
		t.Errorf("%d commits", s.count("bump"))
	}
}

func TestAServerThatCanNotBeReadBackLeavesTheOutcomeUnknown(t *testing.T) {
	for name, applied := range map[string]bool{"applied": true, "not applied": false} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			r := s.open()
			s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
			change := s.stage(r)
			var pushed atomic.Bool
			s.Around(func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					post := r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/git-receive-pack")
					if post && applied {
						next.ServeHTTP(httptest.NewRecorder(), r)
					}
					if post {
						pushed.Store(true)
					}
					if pushed.Load() {
						_, _ = io.Copy(io.Discard, r.Body)
						panic(http.ErrAbortHandler)
					}
					next.ServeHTTP(w, r)
				})
			})
			o := s.land(r, change, "land")
			s.want(o, Unknown)
			if o.Kind != policy.GitUnknown || !o.Again || o.Tip != "" {
				t.Errorf("outcome %+v", o)
			}
			s.Around(nil)
			again := s.land(r, change, "land")
			if want := map[bool]State{true: AlreadyLanded, false: Landed}[applied]; again.State != want {
				t.Errorf("then %s, want %s", again.State, want)
			}
			if s.count("bump") != 1 || again.Tip != s.main() {
				t.Errorf("%d commits, tip %s, main %s", s.count("bump"), again.Tip, s.main())
			}
		})
	}
}

func TestALostRaceIsToldByTheTip(t *testing.T) {
	s := newShop(t)
	r := s.open()
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	change := s.stage(r)
	var theirs ID
	s.onPush(func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
		s.Around(nil)
		theirs = s.push("rival", map[string]string{"b.txt": "b\n"})
		serve(w, r)
	})
	o := s.land(r, change, "land")
	s.want(o, Raced)
	if o.Kind != policy.GitRace || o.Tip != theirs || !o.Again {
		t.Errorf("outcome %+v, rival at %s", o, theirs)
	}
	s.want(s.land(r, change, "land"), Landed)
	s.sound()
}

func TestWhatARefusalSaysOfTheTipProvesNothing(t *testing.T) {
	for name, words := range map[string]func(tip, first ID) (old, new string){
		"nothing, as git since 2.51":   func(tip, _ ID) (string, string) { return "but expected", "and expected" },
		"a commit that is not the tip": func(tip, first ID) (string, string) { return string(tip), string(first) },
		"a commit that does not exist": func(tip, _ ID) (string, string) { return string(tip), strings.Repeat("12", 20) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			r := s.open()
			s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
			change := s.stage(r)
			s.onPush(func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
				s.Around(nil)
				theirs := s.push("rival", map[string]string{"b.txt": "b\n"})
				answer := httptest.NewRecorder()
				serve(answer, r)
				w.Header().Set("Content-Type", answer.Header().Get("Content-Type"))
				old, changed := words(theirs, ID(s.git("rev-list", "--max-parents=0", "main")))
				if !strings.Contains(answer.Body.String(), old) {
					t.Errorf("git says %q", answer.Body)
				}
				_, _ = io.WriteString(w, strings.ReplaceAll(answer.Body.String(), old, changed))
			})
			s.want(s.land(r, change, "land"), Raced)
			s.want(s.land(r, change, "land"), Landed)
			s.sound()
		})
	}
}

func TestALandingThatWasBuiltUponAtOnceIsStillLanded(t *testing.T) {
	s := newShop(t)
	r := s.open()
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	change := s.stage(r)
	s.onPush(func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
		s.Around(nil)
		serve(w, r)
		s.push("rival", map[string]string{"b.txt": "b\n"})
	})
	o := s.land(r, change, "land")
	s.want(o, Landed)
	if o.Tip != s.main() || s.git("rev-parse", "main^") != string(o.Commits[0].Hash) {
		t.Errorf("outcome %+v, main %s", o, s.main())
	}
}

func TestAServerWhoseReadsLagLeavesTheOutcomeUnknown(t *testing.T) {
	s := newShop(t)
	r := s.open()
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	change := s.stage(r)
	gittest.Git(t, s.Root, "clone", "--quiet", "--mirror", s.Dir(shopRepo), s.Dir("lagging.git"))
	s.Around(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/git-upload-pack") {
				r.URL.Path = strings.Replace(r.URL.Path, shopRepo, "lagging.git", 1)
			}
			next.ServeHTTP(w, r)
		})
	})
	s.want(s.land(r, change, "land"), Unknown)
	s.Around(nil)
	s.want(s.land(r, change, "land"), AlreadyLanded)
	if s.count("bump") != 1 {
		t.Errorf("%d commits", s.count("bump"))
	}
}
