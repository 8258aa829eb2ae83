package gitops

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// exchanges puts f around every exchange with the server, by what it is: "ls-refs", "fetch" or "push". n counts those of a kind.
func (s *shop) exchanges(f func(what string, n int, serve func())) {
	counted := make(chan map[string]int, 1)
	counted <- map[string]int{}
	s.Around(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				s.t.Error(err)
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			what := "push"
			if _, command, ok := strings.Cut(string(body), "command="); ok {
				what, _, _ = strings.Cut(command, "\n")
			}
			count := <-counted
			count[what]++
			n := count[what]
			counted <- count
			f(what, n, func() { next.ServeHTTP(w, r) })
		})
	})
}

// soon waits for something that another exchange does.
func (s *shop) soon(what string, done <-chan struct{}) {
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		s.t.Errorf("waited in vain: %s", what)
	}
}

// landLooking lands a change on main as one does that lost some races.
func (s *shop) landLooking(r *Repo, change Change) Outcome {
	s.t.Helper()
	o, err := r.Land(s.t.Context(), change, LandRequest{Branch: "main", Identity: run("land"), Committer: ada, Look: true})
	if err != nil {
		s.t.Fatal(err)
	}
	return o
}

func TestABranchIsLookedAtAgainWhileItIsFetched(t *testing.T) {
	s := newShop(t)
	r := s.open()
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	change := s.stage(r)
	s.push("rival", map[string]string{"b.txt": "new\n"})
	looked := make(chan struct{})
	s.exchanges(func(what string, n int, serve func()) {
		if what == "fetch" {
			s.soon("the branch is looked at during the fetch", looked)
		}
		serve()
		if what == "ls-refs" && n == 2 {
			close(looked)
		}
	})
	s.want(s.landLooking(r, change), Landed)
}

func TestWhereExchangesCannotRunBesideEachOtherABranchIsLookedAtAfterTheFetch(t *testing.T) {
	s := newShop(t)
	r := s.open(func(o *Options) { o.Remote.URL = s.Dir(shopRepo) })
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	change := s.stage(r)
	s.push("rival", map[string]string{"b.txt": "new\n"})
	l := landing{r, LandRequest{Branch: "main", Look: true}}
	again := l.lookAgain(t.Context())
	defer again.end()
	was := r.tips["main"]
	if now := s.push("another rival", map[string]string{"b.txt": "newer\n"}); !l.movedOn(again, Outcome{Before: was}) || r.tips["main"] != now {
		t.Errorf("the branch is at %s, not %s", r.tips["main"], now)
	}
	s.want(s.land(r, change, "land"), Landed)
}

func TestALandingIsReadBackDuringItsPush(t *testing.T) {
	for name, tt := range map[string]struct {
		early bool // the read comes before the push has moved the branch
		rival bool // somebody else lands first
		state State
		reads int // of the branch, with those before the push
	}{
		"the read sees the push": {false, false, Landed, 3},
		"it comes too early":     {true, false, Landed, 4},
		"the race is lost":       {true, true, Raced, 3},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			r := s.open()
			s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
			change := s.stage(r)
			first := s.push("rival", map[string]string{"b.txt": "new\n"})
			second := s.push("another rival", map[string]string{"b.txt": "newer\n"})
			s.git("update-ref", "refs/heads/main", string(first))
			r.pace.push = time.Millisecond // of an earlier race
			reads, moved, read := make(chan int, 1), make(chan struct{}), make(chan struct{})
			reads <- 0
			s.exchanges(func(what string, n int, serve func()) {
				switch {
				case what == "ls-refs":
					<-reads
					reads <- n
					if n == 3 && !tt.early {
						s.soon("the push moves the branch", moved)
					}
					serve()
					if n == 3 {
						close(read)
					}
				case what == "push":
					if tt.early {
						s.soon("the branch is read during the push", read)
					}
					if tt.rival {
						s.git("update-ref", "refs/heads/main", string(second))
					}
					serve()
					close(moved)
					s.soon("the branch is read during the push", read)
				default:
					serve()
				}
			})
			s.want(s.landLooking(r, change), tt.state)
			if n := <-reads; n != tt.reads {
				t.Errorf("the branch was read %d times, want %d", n, tt.reads)
			}
		})
	}
}

func TestAReadBesideAPushThatStallsHoldsNobodyUp(t *testing.T) {
	s := newShop(t)
	r := s.open()
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	change := s.stage(r)
	s.push("rival", map[string]string{"b.txt": "new\n"})
	r.pace.push = time.Millisecond // of an earlier race
	over := make(chan struct{})
	defer close(over)
	s.exchanges(func(what string, n int, serve func()) {
		if what == "ls-refs" && n == 3 {
			<-over
			return
		}
		serve()
	})
	begun := time.Now()
	s.want(s.landLooking(r, change), Landed)
	if took := time.Since(begun); took > 12*besideAtLeast { // the connection gives up after two minutes
		t.Errorf("it took %s", took)
	}
}

func TestAPushThatIsThroughSoonIsReadBackAtOnce(t *testing.T) {
	s := newShop(t)
	r := s.open()
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	change := s.stage(r)
	s.push("rival", map[string]string{"b.txt": "new\n"})
	r.pace.push = time.Hour // on a server with more to do
	before := len(s.Requests())
	s.want(s.landLooking(r, change), Landed)
	if n := len(s.Requests()) - before; n != 5 {
		t.Errorf("%d requests, want 5: the branch, what is new there, the branch again, the push, the branch read back", n)
	}
}
