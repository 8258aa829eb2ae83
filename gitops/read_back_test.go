package gitops

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// A read-back that began while the push was under way has asked only when that was through.
func TestAReadBackThatBeganDuringThePushCountsWhereItShowsThatTheBranchMoved(t *testing.T) {
	type told struct {
		state State
		reads int // of the branch, with the one before the push
	}
	snapshot := func(s *shop, before ID, serve func()) { // as a server does that looks at the branch when the read begins
		now := s.main()
		s.git("update-ref", "refs/heads/main", string(before))
		serve()
		s.git("update-ref", "refs/heads/main", string(now))
	}
	for name, tt := range map[string]struct {
		rival  bool // lands first
		answer func(s *shop, before ID, serve func())
		want   told
	}{
		"it shows the push":             {false, nil, told{Landed, 2}},
		"it shows the branch as it was": {false, snapshot, told{Landed, 3}},
		"it breaks":                     {false, func(*shop, ID, func()) { panic(http.ErrAbortHandler) }, told{Landed, 3}},
		"a race was lost":               {true, nil, told{Raced, 2}},
		"a race was lost, it shows the branch as it was": {true, snapshot, told{Raced, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			r := s.open()
			s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
			change := s.stage(r)
			before := s.main()
			theirs := s.push("rival", map[string]string{"b.txt": "b\n"})
			s.git("update-ref", "refs/heads/main", string(before))
			var reads atomic.Int64
			begun := make(chan struct{})
			s.Around(func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if strings.HasSuffix(r.URL.Path, "/git-receive-pack") {
						if tt.rival {
							s.git("update-ref", "refs/heads/main", string(theirs))
						}
						answer := httptest.NewRecorder()
						next.ServeHTTP(answer, r)
						s.soon("the read-back begins", begun)
						w.Header().Set("Content-Type", answer.Header().Get("Content-Type"))
						_, _ = io.WriteString(w, strings.ReplaceAll(answer.Body.String(), "but expected", "and expected")) // as git says since 2.51
						return
					}
					n := reads.Add(1)
					if n == 2 {
						close(begun)
					}
					body, err := io.ReadAll(r.Body)
					if err != nil {
						t.Error(err)
					}
					r.Body = io.NopCloser(bytes.NewReader(body))
					if n == 2 && tt.answer != nil {
						tt.answer(s, before, func() { next.ServeHTTP(w, r) })
						return
					}
					next.ServeHTTP(w, r)
				})
			})
			o := s.land(r, change, "land")
			s.want(o, tt.want.state)
			if n := int(reads.Load()); n != tt.want.reads || o.Tip != s.main() {
				t.Errorf("the branch was read %d times, want %d; said to be at %s, is at %s", n, tt.want.reads, o.Tip, s.main())
			}
		})
	}
}

func TestWhoIsLikelyToLoseReadsTheBranchBackAfterThePush(t *testing.T) {
	for name, tt := range map[string]struct {
		crowded     bool
		connections int // a read beside a push needs one of its own
	}{
		"before any race":   {false, 2},
		"after a lost race": {true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			r := s.open()
			s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
			change := s.stage(r)
			r.queue.crowded["main"] = tt.crowded
			before := s.Connections()
			s.want(s.land(r, change, "land"), Landed)
			if n := s.Connections() - before; n != tt.connections {
				t.Errorf("%d connections, want %d", n, tt.connections)
			}
		})
	}
}
