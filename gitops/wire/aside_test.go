package wire

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/belay-ci/belay/internal/gittest"
)

// beginning tells when a request has begun, before any of its body came.
func (r *repository) beginning() <-chan struct{} {
	begun := make(chan struct{}, 9)
	r.server.Around(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			begun <- struct{}{}
			next.ServeHTTP(w, req)
		})
	})
	return begun
}

func TestAHeldReadBeginsAtOnceAndSeesWhatIsThereWhenItAsks(t *testing.T) {
	for name, server := range map[string]func(testing.TB) *gittest.Server{"HTTP/1.1": gittest.Serve, "HTTP/2": gittest.ServeTLS} {
		t.Run(name, func(t *testing.T) {
			r := serveOn(t, server(t))
			next := onto(t, r.tip, "next\n")
			c := dial(t, r.url, Options{CA: r.server.CA})
			push(t, c, next.push("refs/heads/other", Hash{}))
			begun, hold, read := r.beginning(), make(chan struct{}), make(chan Hash, 1)
			go func() {
				refs, err := c.Aside(hold).Refs(t.Context(), mainRef)
				if err != nil || len(refs) != 1 {
					t.Errorf("refs %v, error %v", refs, err)
					refs = []Ref{{}}
				}
				read <- refs[0].Hash
			}()
			select {
			case <-begun:
			case <-time.After(time.Minute):
				t.Fatal("the request did not begin")
			}
			gittest.Git(t, r.dir, "update-ref", mainRef, next.commit.String())
			close(hold)
			if got := <-read; got != next.commit {
				t.Errorf("main is shown at %s, want %s", got, next.commit)
			}
		})
	}
}

func TestAHeldReadThatNeverAsksEndsWithItsContext(t *testing.T) {
	r := serve(t)
	begun := r.beginning()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-begun
		cancel()
	}()
	if refs, err := dial(t, r.url, Options{}).Aside(make(chan struct{})).Refs(ctx, mainRef); !errors.Is(err, context.Canceled) {
		t.Errorf("refs %v, error %v", refs, err)
	}
}

func TestAPushSaysWhenAllOfItIsSent(t *testing.T) {
	r := serve(t)
	arrived := r.beginning()
	c := dial(t, r.url, Options{})
	ours := onto(t, r.tip, "ours\n").push(mainRef, r.tip)
	sent := make(chan bool, 9)
	ours.Sent = func() { sent <- true }
	push(t, c, ours)
	<-arrived
	if len(sent) != 1 {
		t.Errorf("told %d times", len(sent))
	}
}
