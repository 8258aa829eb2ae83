package wire

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/belay-ci/belay/policy"
	"github.com/go-git/go-git/v5/storage/memory"
)

func TestCredentialsAreSentFromTheFirstRequestOn(t *testing.T) {
	r := serve(t)
	r.server.Demand("x-access-token", "secret")
	const header = "AUTHORIZATION: basic eC1hY2Nlc3MtdG9rZW46c2VjcmV0"
	for name, c := range map[string]*Conn{
		"user name and password": dial(t, r.url, Options{Credentials: Credentials{Username: "x-access-token", Password: "secret"}}),
		"a ready header":         dial(t, r.url, Options{Credentials: Credentials{Header: header}}),
		"userinfo":               dial(t, strings.Replace(r.url, "//", "//x-access-token:secret@", 1), Options{}),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := c.Refs(t.Context()); err != nil {
				t.Error(err)
			}
			push(t, c, PushRequest{Updates: []Update{{mainRef, r.tip, r.tip}}})
		})
	}
}

func TestRefusedCredentialsAreGitAuthAndStayHidden(t *testing.T) {
	r := serve(t)
	r.server.Demand("x-access-token", "right")
	c := dial(t, strings.Replace(r.url, "//", "//me:hunter2@", 1), Options{})
	_, refs := c.Refs(t.Context())
	_, push := c.Push(t.Context(), onto(t, r.tip, "ours\n").push(mainRef, r.tip))
	for op, err := range map[string]error{"Refs": refs, "Push": push} {
		e := asError(t, err)
		if e.Kind() != policy.GitAuth || e.Status != http.StatusUnauthorized || e.Sent {
			t.Errorf("%s: kind %q, status %d, sent %v", op, e.Kind(), e.Status, e.Sent)
		}
		if strings.Contains(e.Error()+e.URL, "hunter2") {
			t.Errorf("%s shows the password: %v", op, e)
		}
	}
}

func TestStatusesHaveKinds(t *testing.T) {
	for name, tc := range map[string]struct {
		status int
		after  string
		kind   policy.Kind
		sent   bool
		wait   time.Duration
	}{
		"forbidden":              {403, "", policy.GitAuth, false, 0},
		"forbidden for a while":  {403, "60", policy.Network, false, time.Minute},
		"not found":              {404, "", policy.GitAuth, false, 0},
		"too large":              {413, "", policy.GitRejectedOther, false, 0},
		"timed out on the way":   {408, "", policy.Network, true, 0},
		"too many requests":      {429, "7", policy.Network, false, 7 * time.Second},
		"server error":           {500, "", policy.Network, true, 0},
		"unavailable for a time": {503, "120", policy.Network, true, 2 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if tc.after != "" {
					w.Header().Set("Retry-After", tc.after)
				}
				http.Error(w, "sorry \x1b[1mabout that", tc.status)
			}))
			defer web.Close()
			_, err := dial(t, web.URL+"/shop", Options{}).Push(t.Context(), onto(t, Hash{}, "x").push(mainRef, Hash{}))
			e := asError(t, err)
			if e.Kind() != tc.kind || e.Sent != tc.sent || e.RetryAfter != tc.wait || e.Status != tc.status {
				t.Errorf("kind %q, sent %v, wait %v, status %d", e.Kind(), e.Sent, e.RetryAfter, e.Status)
			}
			if !strings.Contains(e.Error(), "sorry about that") {
				t.Errorf("the server's words are missing: %v", e)
			}
		})
	}
}

func TestRetryAfterIsReadInBothForms(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		after, date string
		want        time.Duration
	}{
		"none":                             {"", "", 0},
		"seconds":                          {"90", "", 90 * time.Second},
		"nonsense":                         {"soon", "", 0},
		"negative":                         {"-5", "", 0},
		"centuries":                        {"4294967295", "", maxRetryAfter},
		"a date":                           {"Sun, 01 Mar 2026 12:01:00 GMT", "", time.Minute},
		"a date in the past":               {"Sun, 01 Mar 2026 11:00:00 GMT", "", 0},
		"a date by the server's own clock": {"Sun, 01 Mar 2026 15:00:30 GMT", "Sun, 01 Mar 2026 15:00:00 GMT", 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			h := http.Header{}
			h.Set("Retry-After", tc.after)
			h.Set("Date", tc.date)
			if got := retryAfter(h, now); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

func TestAWebPageIsNoRepository(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("<html>please log in"))
	}))
	defer web.Close()
	if _, err := dial(t, web.URL, Options{}).Refs(t.Context()); err == nil || !strings.Contains(err.Error(), "no git repository answers there") {
		t.Errorf("error %v", err)
	}
}

func TestAPushThatNeverLeftIsNotSent(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	_, err = dial(t, "http://"+address+"/shop", Options{}).Push(t.Context(), onto(t, Hash{}, "x").push(mainRef, Hash{}))
	if e := asError(t, err); e.Sent || e.Kind() != policy.Network {
		t.Errorf("sent %v, kind %q: %v", e.Sent, e.Kind(), e)
	}
}

// TestAPushIsNeverSentTwice drops the kept connection as soon as a push comes in over it, which makes net/http
// repeat a request that it takes for repeatable. A read is such a request.
func TestAPushIsNeverSentTwice(t *testing.T) {
	r := serve(t)
	var posts atomic.Int64
	drop := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if req.Method == http.MethodPost {
				if posts.Add(1) == 1 {
					conn, _, err := w.(http.Hijacker).Hijack()
					if err != nil {
						t.Error(err)
						return
					}
					conn.Close()
					return
				}
			}
			next.ServeHTTP(w, req)
		})
	}
	c := dial(t, r.url, Options{})
	if _, err := c.Advertise(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.server.Around(drop)
	_, err := c.Push(t.Context(), onto(t, r.tip, "ours\n").push(mainRef, r.tip))
	if e := asError(t, err); !e.Sent || posts.Load() != 1 || r.at(t, mainRef) != r.tip {
		t.Errorf("sent %v in %d requests: %v", e.Sent, posts.Load(), e)
	}
	r.server.Around(nil)
	if _, err := c.offers(t.Context()); err != nil {
		t.Fatal(err)
	}
	posts.Store(0)
	r.server.Around(drop)
	if _, err := c.Refs(t.Context()); err != nil || posts.Load() != 2 {
		t.Errorf("a read took %d requests, error %v; want it repeated", posts.Load(), err)
	}
}

func TestOneConnectionServesAWholeLanding(t *testing.T) {
	r := serve(t)
	var mu sync.Mutex
	from := map[string]bool{}
	r.server.Around(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			mu.Lock()
			from[req.RemoteAddr] = true
			mu.Unlock()
			next.ServeHTTP(w, req)
		})
	})
	c := dial(t, r.url, Options{})
	if _, err := c.Advertise(t.Context()); err != nil {
		t.Fatal(err)
	}
	push(t, c, onto(t, Hash{}, "stale\n").push(mainRef, Hash{}))
	if _, err := c.Refs(t.Context(), mainRef); err != nil {
		t.Fatal(err)
	}
	fetch(t, c, FetchRequest{Wants: []Hash{r.tip}, Depth: 1}, memory.NewStorage())
	push(t, c, onto(t, r.tip, "ours\n").push(mainRef, r.tip))
	mu.Lock()
	defer mu.Unlock()
	if len(from) != 1 {
		t.Errorf("%d connections, want 1", len(from))
	}
}

func TestASilentServerIsGivenUp(t *testing.T) {
	r := serve(t)
	release := make(chan struct{})
	defer close(release)
	r.server.Around(func(http.Handler) http.Handler {
		return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release })
	})
	for name, try := range map[string]func() error{
		"after its idle time": func() error {
			_, err := dial(t, r.url, Options{HTTP: newClient(50*time.Millisecond, nil)}).Push(t.Context(), onto(t, r.tip, "x").push(mainRef, r.tip))
			return err
		},
		"at the deadline": func() error {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			_, err := dial(t, r.url, Options{}).Push(ctx, onto(t, r.tip, "x").push(mainRef, r.tip))
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error %v, want the deadline's", err)
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			if e := asError(t, try()); !e.Sent || e.Kind() != policy.Network {
				t.Errorf("sent %v, kind %q: %v", e.Sent, e.Kind(), e)
			}
		})
	}
}
