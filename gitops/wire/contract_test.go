package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/belay-ci/belay/internal/gittest"
	"github.com/belay-ci/belay/policy"
	"github.com/go-git/go-git/v5/storage/memory"
	"github.com/google/go-cmp/cmp"
)

// reach is a way to a repository, and how it is opened.
type reach struct {
	name    string
	options Options
	url     string
	count   func() int // connections made; nil where there are none
}

// overEach runs a test over every transport, each with a repository of its own. What holds for one holds for all.
func overEach(t *testing.T, test func(t *testing.T, r *repository, via reach)) {
	for name, open := range map[string]func(t *testing.T) (*repository, reach){
		"http": func(t *testing.T) (*repository, reach) {
			r := serve(t)
			return r, reach{url: r.url, count: r.server.Connections}
		},
		"https": func(t *testing.T) (*repository, reach) {
			s := gittest.ServeTLS(t)
			r := serveOn(t, s)
			pool := x509.NewCertPool()
			pool.AppendCertsFromPEM([]byte(s.CA))
			client := NewClient()
			client.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
			return r, reach{url: r.url, options: Options{HTTP: client}, count: s.Connections}
		},
		"ssh": func(t *testing.T) (*repository, reach) {
			r := serve(t)
			s := gittest.ServeSSH(t, r.server)
			return r, reach{url: s.URL + "/shop.git", options: Options{SSH: loginTo(s)}, count: s.Connections}
		},
		"sshd": func(t *testing.T) (*repository, reach) {
			r := serve(t)
			url, login := sshd(t)
			return r, reach{url: url + filepath.ToSlash(r.dir), options: Options{SSH: login}}
		},
		"file": func(t *testing.T) (*repository, reach) {
			r := serve(t)
			return r, reach{url: "file://" + filepath.ToSlash(r.dir)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, via := open(t)
			via.name = name
			test(t, r, via)
		})
	}
}

func (via reach) dial(t *testing.T) *Conn {
	t.Helper()
	c := dial(t, via.url, via.options)
	t.Cleanup(c.Close)
	return c
}

func loginTo(s *gittest.SSHServer) *SSH {
	return &SSH{Keys: []SSHKey{{Name: "test", PEM: s.Key}}, HostKeys: s.HostKeys}
}

func TestATransportFetchesAndPushesOverOneConnection(t *testing.T) {
	overEach(t, func(t *testing.T, r *repository, via reach) {
		before := 0
		if via.count != nil {
			before = via.count()
		}
		c := via.dial(t)
		refs, err := c.Refs(t.Context(), mainRef)
		if err != nil || len(refs) != 1 || refs[0].Hash != r.tip {
			t.Fatalf("refs %v, error %v", refs, err)
		}
		tip := r.tip
		for range 3 { // a landing that loses twice: advertise, fetch, push, read back
			store := memory.NewStorage()
			fetched := fetch(t, c, FetchRequest{Wants: []Hash{tip}, Depth: 1, Filter: "blob:none"}, store)
			if !fetched.Filtered || fetched.Objects == 0 {
				t.Errorf("fetched %+v", fetched)
			}
			if _, err := c.Advertise(t.Context()); err != nil {
				t.Fatal(err)
			}
			ours := onto(t, tip, tip.String())
			push(t, c, ours.push(mainRef, tip))
			refs, err := c.Refs(t.Context(), mainRef)
			if err != nil || len(refs) != 1 || refs[0].Hash != ours.commit {
				t.Fatalf("after the push: refs %v, error %v", refs, err)
			}
			tip = ours.commit
		}
		gittest.Git(t, r.dir, "fsck", "--strict")
		if via.count != nil && via.count()-before != 1 {
			t.Errorf("%d connections, want 1", via.count()-before)
		}
	})
}

func TestATransportFetchesOneExactObject(t *testing.T) {
	overEach(t, func(t *testing.T, r *repository, via reach) {
		blob := gittest.Git(t, r.dir, "rev-parse", "main:a.txt")
		hash, err := parseHash(blob)
		if err != nil {
			t.Fatal(err)
		}
		store := memory.NewStorage()
		if got := fetch(t, via.dial(t), FetchRequest{Wants: []Hash{hash}}, store); got.Objects != 1 || store.HasEncodedObject(hash) != nil {
			t.Errorf("fetched %+v", got)
		}
	})
}

func TestATransportTellsALostRaceAndADeletedBranch(t *testing.T) {
	overEach(t, func(t *testing.T, r *repository, via reach) {
		c := via.dial(t)
		ours := onto(t, r.tip, "ours\n")
		theirs := r.commit(t, map[string]string{"a.txt": "theirs\n"})
		if result := push(t, c, ours.push(mainRef, r.tip)); result.Refs[mainRef] == "" || r.at(t, mainRef) != theirs {
			t.Errorf("main is at %s, result %v", r.at(t, mainRef), result)
		}
		if result := push(t, c, ours.push("refs/heads/gone", r.tip)); result.Refs["refs/heads/gone"] == "" || !r.at(t, "refs/heads/gone").IsZero() {
			t.Errorf("gone is at %s, result %v", r.at(t, "refs/heads/gone"), result)
		}
	})
}

func TestATransportHasOneWinnerOfEveryRace(t *testing.T) {
	overEach(t, func(t *testing.T, r *repository, via reach) {
		const writers = 4
		var wins [writers]bool
		var all sync.WaitGroup
		for i := range writers {
			c := via.dial(t)
			ours := onto(t, r.tip, strings.Repeat("x", i+1))
			all.Go(func() {
				result, err := c.Push(t.Context(), ours.push(mainRef, r.tip))
				wins[i] = err == nil && result.Unpack == "ok" && result.Refs[mainRef] == ""
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		won := 0
		for _, win := range wins {
			if win {
				won++
			}
		}
		if won != 1 || r.at(t, mainRef) == r.tip {
			t.Errorf("%d of %d writers won", won, writers)
		}
	})
}

func TestATransportCarriesHooksWordsOptionsAndAtomic(t *testing.T) {
	overEach(t, func(t *testing.T, r *repository, via reach) {
		r.server.Hook(t, "shop.git", "pre-receive", `echo "option $GIT_PUSH_OPTION_0" >&2; test "$GIT_PUSH_OPTION_0" != no`)
		r.server.Hook(t, "shop.git", "post-receive", `exit 1`)
		c := via.dial(t)
		ours := onto(t, r.tip, "ours\n")
		request := ours.push(mainRef, r.tip)
		request.Atomic, request.Options = true, []string{"no"}
		want := PushResult{Unpack: "ok", Refs: map[string]string{mainRef: "pre-receive hook declined"}, Text: "option no"}
		if diff := cmp.Diff(want, push(t, c, request)); diff != "" {
			t.Errorf("a declined push (-want +got):\n%s", diff)
		}
		request.Options[0] = "yes"
		request.Updates = append(request.Updates, Update{"refs/tags/v1", r.tip, ours.commit})
		if result := push(t, c, request); result.Refs[mainRef] == "" || r.at(t, mainRef) != r.tip {
			t.Errorf("half of an atomic push went through: %v", result)
		}
		request.Updates[1].Old = Hash{}
		want = PushResult{Unpack: "ok", Refs: map[string]string{mainRef: "", "refs/tags/v1": ""}, Text: "option yes"}
		if diff := cmp.Diff(want, push(t, c, request)); diff != "" {
			t.Errorf("an atomic push (-want +got):\n%s", diff)
		}
	})
}

func TestATransportRefusesWhatIsNotOffered(t *testing.T) {
	overEach(t, func(t *testing.T, r *repository, via reach) {
		gittest.Git(t, r.dir, "config", "receive.advertiseAtomic", "false")
		request := onto(t, r.tip, "ours\n").push(mainRef, r.tip)
		request.Atomic = true
		if _, err := via.dial(t).Push(t.Context(), request); !errors.Is(err, ErrNotOffered) || asError(t, err).Sent {
			t.Errorf("error %v", err)
		}
	})
}

func TestATransportPushesMoreThanABuffer(t *testing.T) {
	overEach(t, func(t *testing.T, r *repository, via reach) {
		ours := onto(t, r.tip, noise(2<<20))
		push(t, via.dial(t), ours.push(mainRef, r.tip))
		if got := r.at(t, mainRef); got != ours.commit {
			t.Errorf("main is at %s, want %s", got, ours.commit)
		}
		store := memory.NewStorage()
		fetch(t, via.dial(t), FetchRequest{Wants: []Hash{ours.commit}, Depth: 1}, store)
		if file(t, store, ours.commit, "ours.txt") != noise(2<<20) {
			t.Error("the file came back changed")
		}
	})
}

// noise is what zlib can't shorten.
func noise(size int) string {
	b := make([]byte, size)
	for i, state := 0, uint32(1); i < len(b); i++ {
		state = state*1664525 + 1013904223
		b[i] = byte(state >> 24)
	}
	return string(b)
}

func TestATransportCutBeforeOrAfterTheUpdateLeavesThePushUnknown(t *testing.T) {
	overEach(t, func(t *testing.T, r *repository, via reach) {
		for _, state := range []string{"committed", "prepared"} { // the second leaves a lock behind
			lands := state == "committed"
			const hook = "reference-transaction"
			r.server.Hook(t, "shop.git", hook, `test "$1" != `+state+` || kill -9 $PPID`)
			before := r.at(t, mainRef)
			ours := onto(t, before, state)
			c := via.dial(t)
			_, err := c.Push(t.Context(), ours.push(mainRef, before))
			if e := asError(t, err); !e.Sent {
				t.Errorf("cut when %s: %v: want it marked as sent", state, e)
			}
			if landed := r.at(t, mainRef) == ours.commit; landed != lands {
				t.Errorf("cut when %s: landed %t", state, landed)
			}
			if refs, err := c.Refs(t.Context(), mainRef); err != nil || len(refs) != 1 {
				t.Errorf("cut when %s: the connection can't be used again: %v, error %v", state, refs, err)
			}
			r.server.Hook(t, "shop.git", hook, `exit 0`)
		}
	})
}

func TestATransportEndsWithItsContext(t *testing.T) {
	overEach(t, func(t *testing.T, r *repository, via reach) {
		marker := filepath.Join(r.dir, "waiting")
		r.server.Hook(t, "shop.git", "pre-receive", `touch waiting; while test -e waiting; do sleep 0.05; done; exit 1`)
		ctx, cancel := context.WithCancel(t.Context())
		c := via.dial(t)
		done := make(chan error, 1)
		go func() {
			_, err := c.Push(ctx, onto(t, r.tip, "ours\n").push(mainRef, r.tip))
			done <- err
		}()
		waitFor(t, marker)
		cancel()
		err := <-done
		gittest.Remove(t, marker)
		if e := asError(t, err); !e.Sent || via.name != "file" && !errors.Is(err, context.Canceled) {
			t.Errorf("sent %v: %v", e.Sent, e)
		}
	})
}

func waitFor(t *testing.T, file string) {
	t.Helper()
	for range 2000 {
		if gittest.Exists(file) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%s never came", file)
}

func TestATransportSaysThatThereIsNoRepository(t *testing.T) {
	overEach(t, func(t *testing.T, _ *repository, via reach) {
		via.url = strings.Replace(via.url, "shop.git", "nowhere.git", 1)
		want := policy.GitAuth // the server may hide what the credentials may not see
		if via.name == "file" {
			want = policy.GitRejectedOther
		}
		c := via.dial(t)
		_, refs := c.Refs(t.Context(), mainRef)
		_, advertise := c.Advertise(t.Context())
		_, push := c.Push(t.Context(), onto(t, Hash{}, "x").push(mainRef, Hash{}))
		for op, err := range map[string]error{"Refs": refs, "Advertise": advertise, "Push": push} {
			if e := asError(t, err); e.Kind() != want || op == "Push" && e.Sent && via.name != "file" {
				t.Errorf("%s: kind %q, sent %v: %v", op, e.Kind(), e.Sent, e)
			}
		}
	})
}

func TestATransportKeepsToItsLimits(t *testing.T) {
	overEach(t, func(t *testing.T, r *repository, via reach) {
		r.server.Hook(t, "shop.git", "pre-receive", `yes "all work and no play" | head -c 5000 >&2; exit 1`)
		c := via.dial(t)
		c.limits = limits{refs: 1 << 20, report: 1000, pack: 64}
		_, err := c.Push(t.Context(), onto(t, r.tip, "x").push(mainRef, r.tip))
		if e := asError(t, err); !e.Sent || !strings.Contains(e.Error(), "longer than the 1000 bytes") {
			t.Errorf("push: %v", err)
		}
		_, err = c.Fetch(t.Context(), FetchRequest{Wants: []Hash{r.tip}}, memory.NewStorage())
		if err == nil || !strings.Contains(err.Error(), "longer than the 64 bytes") {
			t.Errorf("fetch: %v", err)
		}
		c.limits.refs = 64
		for i := range 10 {
			gittest.Git(t, r.dir, "update-ref", "refs/heads/b"+strings.Repeat("x", i), r.tip.String())
		}
		if _, err = c.Refs(t.Context()); err == nil || !strings.Contains(err.Error(), "longer than the 64 bytes") {
			t.Errorf("refs: %v", err)
		}
	})
}
