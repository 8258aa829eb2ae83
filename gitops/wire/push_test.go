package wire

import (
	"errors"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/belay-ci/belay/internal/gittest"
	"github.com/belay-ci/belay/policy"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/storage/memory"
	"github.com/google/go-cmp/cmp"
)

const mainRef = "refs/heads/main"

func push(t *testing.T, c *Conn, r PushRequest) PushResult {
	t.Helper()
	result, err := c.Push(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestPushOntoAKnownTipIsOneRequest(t *testing.T) {
	r := serve(t)
	ours := onto(t, r.tip, "ours\n")
	before := len(r.server.Requests())
	result := push(t, dial(t, r.url, Options{}), ours.push(mainRef, r.tip))
	if diff := cmp.Diff(PushResult{Unpack: "ok", Refs: map[string]string{mainRef: ""}}, result); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	if got := r.at(t, mainRef); got != ours.commit {
		t.Errorf("main is at %s, want %s", got, ours.commit)
	}
	if n := len(r.server.Requests()) - before; n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
	gittest.Git(t, r.dir, "fsck", "--strict")
}

func TestPushIntoAnEmptyRepository(t *testing.T) {
	s := gittest.Serve(t)
	c := dial(t, s.Create(t, "empty.git"), Options{})
	advertisement, err := c.Advertise(t.Context())
	if err != nil || len(advertisement.Refs) != 0 || !advertisement.Capabilities.Has("atomic") {
		t.Fatalf("advertisement %v, error %v", advertisement, err)
	}
	first := onto(t, Hash{}, "first\n")
	push(t, c, first.push(mainRef, Hash{}))
	if got := gittest.Git(t, s.Dir("empty.git"), "rev-parse", mainRef); got != first.commit.String() {
		t.Errorf("main is at %s, want %s", got, first.commit)
	}
}

func TestABranchAtAnExistingCommitNeedsNoObjects(t *testing.T) {
	r := serve(t)
	push(t, dial(t, r.url, Options{}), PushRequest{Updates: []Update{{"refs/heads/side", Hash{}, r.tip}}})
	if got := r.at(t, "refs/heads/side"); got != r.tip {
		t.Errorf("side is at %s, want %s", got, r.tip)
	}
}

func TestALostRaceIsTheServersAnswer(t *testing.T) {
	r := serve(t)
	ours := onto(t, r.tip, "ours\n")
	theirs := r.commit(t, map[string]string{"a.txt": "theirs\n"})
	result := push(t, dial(t, r.url, Options{}), ours.push(mainRef, r.tip))
	if result.Refs[mainRef] == "" {
		t.Error("the push went through")
	}
	if got := r.at(t, mainRef); got != theirs {
		t.Errorf("main is at %s, want %s", got, theirs)
	}
}

func TestADeletedBranchIsNotMadeAgain(t *testing.T) {
	r := serve(t)
	c := dial(t, r.url, Options{})
	push(t, c, PushRequest{Updates: []Update{{"refs/heads/side", Hash{}, r.tip}}})
	push(t, c, PushRequest{Updates: []Update{{"refs/heads/side", r.tip, Hash{}}}})
	if got := r.at(t, "refs/heads/side"); !got.IsZero() {
		t.Fatalf("side is at %s, want it deleted", got)
	}
	result := push(t, c, onto(t, r.tip, "ours\n").push("refs/heads/side", r.tip))
	if got := r.at(t, "refs/heads/side"); !got.IsZero() || result.Refs["refs/heads/side"] == "" {
		t.Errorf("side is at %s, result %v", got, result)
	}
}

func TestAHookDeclinesInItsOwnWords(t *testing.T) {
	r := serve(t)
	r.server.Hook(t, "shop.git", "pre-receive", `printf '\033[31mGH006: Protected branch update failed for refs/heads/main.\033[0m\a\r\n' >&2; exit 1`)
	result := push(t, dial(t, r.url, Options{}), onto(t, r.tip, "ours\n").push(mainRef, r.tip))
	want := PushResult{
		Unpack: "ok",
		Refs:   map[string]string{mainRef: "pre-receive hook declined"},
		Text:   "GH006: Protected branch update failed for refs/heads/main.",
	}
	if diff := cmp.Diff(want, result); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
}

func TestAFailingPostReceiveHookIsASuccessWithWords(t *testing.T) {
	r := serve(t)
	r.server.Hook(t, "shop.git", "post-receive", `echo the mirror is down >&2; exit 1`)
	result := push(t, dial(t, r.url, Options{}), onto(t, r.tip, "ours\n").push(mainRef, r.tip))
	if result.Refs[mainRef] != "" || result.Text != "the mirror is down" {
		t.Errorf("result %v", result)
	}
}

func TestAHookThatFloodsIsKeptShort(t *testing.T) {
	r := serve(t)
	r.server.Hook(t, "shop.git", "pre-receive", `yes "all work and no play" | head -c 300000 >&2; echo the end >&2; exit 1`)
	result := push(t, dial(t, r.url, Options{}), onto(t, r.tip, "ours\n").push(mainRef, r.tip))
	if len(result.Text) > maxText || !strings.HasSuffix(result.Text, "the end") {
		t.Errorf("kept %d bytes that end in %q", len(result.Text), result.Text[max(0, len(result.Text)-20):])
	}
}

func TestAtomicIsAllOrNothing(t *testing.T) {
	r := serve(t)
	ours := onto(t, r.tip, "ours\n")
	c := dial(t, r.url, Options{})
	request := ours.push(mainRef, r.tip)
	request.Atomic = true
	request.Updates = append(request.Updates, Update{"refs/tags/v1", r.tip, ours.commit}) // no such tag: stale
	result := push(t, c, request)
	if result.Refs[mainRef] == "" || result.Refs["refs/tags/v1"] == "" || r.at(t, mainRef) != r.tip {
		t.Errorf("main is at %s, result %v", r.at(t, mainRef), result)
	}
	request.Updates[1].Old = Hash{}
	push(t, c, request)
	if r.at(t, mainRef) != ours.commit || r.at(t, "refs/tags/v1") != ours.commit {
		t.Errorf("main is at %s, v1 at %s, want both at %s", r.at(t, mainRef), r.at(t, "refs/tags/v1"), ours.commit)
	}
}

func TestWhatIsNotOfferedIsNotSent(t *testing.T) {
	r := serve(t)
	gittest.Git(t, r.dir, "config", "receive.advertiseAtomic", "false")
	gittest.Git(t, r.dir, "config", "receive.advertisePushOptions", "false")
	for name, change := range map[string]func(*PushRequest){
		"atomic":       func(p *PushRequest) { p.Atomic = true },
		"push-options": func(p *PushRequest) { p.Options = []string{"ci.skip"} },
	} {
		t.Run(name, func(t *testing.T) {
			before := r.server.Pushes()
			request := onto(t, r.tip, "ours\n").push(mainRef, r.tip)
			change(&request)
			_, err := dial(t, r.url, Options{}).Push(t.Context(), request)
			if !errors.Is(err, ErrNotOffered) || !strings.Contains(err.Error(), name) || asError(t, err).Sent {
				t.Errorf("error %v", err)
			}
			if n := r.server.Pushes() - before; n != 0 {
				t.Errorf("%d pushes were sent", n)
			}
		})
	}
}

func TestPushOptionsReachTheHook(t *testing.T) {
	r := serve(t)
	r.server.Hook(t, "shop.git", "pre-receive", `echo "$GIT_PUSH_OPTION_COUNT: $GIT_PUSH_OPTION_0, $GIT_PUSH_OPTION_1" >&2`)
	request := onto(t, r.tip, "ours\n").push(mainRef, r.tip)
	request.Options = []string{"ci.skip", "merge_request.title=a b"}
	if result := push(t, dial(t, r.url, Options{}), request); result.Text != "2: ci.skip, merge_request.title=a b" {
		t.Errorf("the hook saw %q", result.Text)
	}
}

func TestMissingObjectsAreReported(t *testing.T) {
	r := serve(t)
	ours := onto(t, r.tip, "ours\n")
	ours.objects = ours.objects[:1] // no tree
	result := push(t, dial(t, r.url, Options{}), ours.push(mainRef, r.tip))
	if result.Refs[mainRef] == "" || r.at(t, mainRef) != r.tip {
		t.Errorf("result %v", result)
	}
}

func TestALargePackIsStreamed(t *testing.T) {
	r := serve(t)
	r.server.Around(func(next http.Handler) http.Handler { // CGI wants a length: stand in for a server that does not
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if req.Method == http.MethodPost && req.ContentLength != -1 {
				http.Error(w, "the length was known", http.StatusInternalServerError)
				return
			}
			cmd := exec.CommandContext(req.Context(), "git", "receive-pack", "--stateless-rpc", r.dir)
			cmd.Env, cmd.Stdin, cmd.Stdout = gittest.Env(r.dir), req.Body, w
			w.Header().Set("Content-Type", "application/x-git-receive-pack-result")
			if err := cmd.Run(); err != nil {
				t.Error(err)
			}
		})
	})
	noise := make([]byte, 3<<20)
	for i, state := 0, uint32(1); i < len(noise); i++ { // zlib can't shorten it
		state = state*1664525 + 1013904223
		noise[i] = byte(state >> 24)
	}
	ours := onto(t, r.tip, string(noise))
	push(t, dial(t, r.url, Options{}), ours.push(mainRef, r.tip))
	if got := r.at(t, mainRef); got != ours.commit {
		t.Errorf("main is at %s, want %s", got, ours.commit)
	}
}

func TestRequestsThatMakeNoSenseAreNotSent(t *testing.T) {
	r := serve(t)
	c := dial(t, r.url, Options{})
	missing := plumbing.NewHash("1234567890123456789012345678901234567890")
	for name, request := range map[string]PushRequest{
		"no updates":          {},
		"a short name":        {Updates: []Update{{"main", r.tip, r.tip}}},
		"a name with newline": {Updates: []Update{{"refs/heads/a\nb", r.tip, r.tip}}},
		"nothing to nothing":  {Updates: []Update{{mainRef, Hash{}, Hash{}}}},
		"a two-line option":   {Updates: []Update{{mainRef, r.tip, r.tip}}, Options: []string{"a\nb"}},
		"a missing object":    {Updates: []Update{{mainRef, r.tip, missing}}, Objects: []Hash{missing}, Source: memory.NewStorage()},
	} {
		t.Run(name, func(t *testing.T) {
			before := r.server.Pushes()
			_, err := c.Push(t.Context(), request)
			var exchanged *Error
			if err == nil || errors.As(err, &exchanged) || r.server.Pushes() != before {
				t.Errorf("error %v after %d pushes", err, r.server.Pushes()-before)
			}
		})
	}
}

func TestAReportWithoutSidebandIsUnderstood(t *testing.T) {
	got, err := readReport(strings.NewReader(lines("unpack ok", "ng refs/heads/main stale info\x1b")+"0000"), 1<<20, []Update{{Ref: mainRef}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(PushResult{Unpack: "ok", Refs: map[string]string{mainRef: "stale info"}}, got); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
}

// lines are packets.
func lines(texts ...string) string {
	var b strings.Builder
	w := NewPacketWriter(&b)
	for _, text := range texts {
		w.Linef("%s\n", text)
	}
	return b.String()
}

func TestAnIncompleteReportIsUnknown(t *testing.T) {
	for name, answer := range map[string]string{
		"nothing":            "",
		"no flush":           lines("unpack ok", "ok refs/heads/main"),
		"no unpack line":     lines("ok refs/heads/main") + "0000",
		"no word on the ref": lines("unpack ok") + "0000",
		"another word":       lines("unpack ok", "go refs/heads/main") + "0000",
		"an ERR packet":      lines("ERR gone"),
	} {
		t.Run(name, func(t *testing.T) {
			r := serve(t)
			r.server.Around(func(http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", "application/x-git-receive-pack-result")
					_, _ = w.Write([]byte(answer))
				})
			})
			_, err := dial(t, r.url, Options{}).Push(t.Context(), onto(t, r.tip, "ours\n").push(mainRef, r.tip))
			if e := asError(t, err); !e.Sent {
				t.Errorf("%v: want it marked as sent", e)
			}
		})
	}
}

func TestAPushAppliedBeforeTheAnswerWasLostIsUnknown(t *testing.T) {
	for name, fault := range map[string]func(http.Handler) http.Handler{
		"cut":   cutAfter(0),
		"cut 7": cutAfter(7),
		"502": func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				next.ServeHTTP(&cutWriter{ResponseWriter: discard{}, left: 1 << 20}, req)
				w.WriteHeader(http.StatusBadGateway)
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := serve(t)
			c := dial(t, r.url, Options{})
			if _, err := c.Advertise(t.Context()); err != nil { // so that the push goes over a kept connection
				t.Fatal(err)
			}
			r.server.Around(fault)
			ours := onto(t, r.tip, "ours\n")
			before := r.server.Pushes()
			_, err := c.Push(t.Context(), ours.push(mainRef, r.tip))
			if e := asError(t, err); !e.Sent || e.Kind() != policy.Network {
				t.Errorf("sent %v, kind %q: %v", e.Sent, e.Kind(), e)
			}
			if n := r.server.Pushes() - before; n != 1 {
				t.Errorf("the push was sent %d times", n)
			}
			if got := r.at(t, mainRef); got != ours.commit {
				t.Errorf("main is at %s: the test did not apply the push", got)
			}
		})
	}
}

// discard is an answer nobody gets.
type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) WriteHeader(int)             {}
