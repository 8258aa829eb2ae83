package gitops

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/belay-ci/belay/internal/gittest"
)

func TestWritersAtOnceEachLandExactlyOnce(t *testing.T) {
	const writers, each = 4, 3
	s := newShop(t)
	var posts atomic.Int64
	s.onPush(func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
		if posts.Add(1)%4 == 0 { // every fourth answer is lost
			serve(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		serve(w, r)
	})
	var all sync.WaitGroup
	for w := range writers {
		work := gittest.Clone(t, s.url, "--depth=1")
		r := s.open(func(o *Options) { o.Checkout = work })
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
	for w := range writers {
		for n := range each {
			if got := s.count(fmt.Sprintf("writer %d, %d", w, n)); got != 1 {
				t.Errorf("writer %d landed its change %d %d times", w, n, got)
			}
		}
		if got := s.file(fmt.Sprintf("w%d.txt", w)); got != fmt.Sprintln(each-1) {
			t.Errorf("writer %d left %q", w, got)
		}
	}
	s.sound()
}

// landUntilGood is the loop around Land at its shortest.
func landUntilGood(r *Repo, message string) error {
	ctx := context.Background()
	change, err := r.Stage(ctx, StageRequest{Paths: []string{"."}, Message: message, Author: ada})
	if err != nil {
		return err
	}
	for range 200 {
		o, err := r.Land(ctx, change, LandRequest{Branch: "main", Identity: run(message), Committer: ada})
		if err != nil || o.Good() {
			return err
		}
		if !o.Again {
			return o.Err()
		}
		for range rand.IntN(4) { // stand back for as long as some reads take
			if _, err := r.Tip(ctx, "main"); err != nil {
				return err
			}
		}
	}
	return fmt.Errorf("%s: lost every race", message)
}
