package wire

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/belay-ci/belay/internal/gittest"
	"github.com/belay-ci/belay/policy"
	"github.com/go-git/go-git/v5/storage/memory"
)

func TestARepositoryOnThisMachineIsReachedByPathAndFileAddress(t *testing.T) {
	r := serve(t)
	for _, remote := range []string{r.dir, "file://" + filepath.ToSlash(r.dir)} {
		c := dial(t, remote, Options{})
		refs, err := c.Refs(t.Context(), mainRef)
		if err != nil || len(refs) != 1 {
			t.Fatalf("refs %v, error %v", refs, err)
		}
		tip := refs[0].Hash
		fetch(t, c, FetchRequest{Wants: []Hash{tip}, Depth: 1}, memory.NewStorage())
		ours := onto(t, tip, remote)
		request := ours.push(mainRef, tip)
		request.Atomic = true
		push(t, c, request)
		if got := r.at(t, mainRef); got != ours.commit {
			t.Errorf("main is at %s, want %s", got, ours.commit)
		}
	}
}

func TestTheSpawnedGitSeesNothingOfTheCaller(t *testing.T) {
	r := serve(t)
	r.server.Hook(t, "shop.git", "pre-receive", `env >&2`)
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, ".gitconfig"), []byte("[core]\n\thooksPath = /nowhere\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", home)
	t.Setenv("GIT_CONFIG_COUNT", "1")
	t.Setenv("GIT_CONFIG_KEY_0", "core.hooksPath")
	t.Setenv("GIT_CONFIG_VALUE_0", "/nowhere")
	t.Setenv("GITHUB_TOKEN", "secret-token")
	c := dial(t, r.dir, Options{Credentials: Credentials{Username: "me", Password: "secret-password"}})
	result := push(t, c, onto(t, r.tip, "ours\n").push(mainRef, r.tip))
	if !strings.Contains(result.Text, "PATH=") {
		t.Errorf("the repository's own hook did not run: %q", result.Text)
	}
	for _, secret := range []string{"secret", "/nowhere"} {
		if strings.Contains(result.Text, secret) {
			t.Errorf("the hook saw %q", secret)
		}
	}
}

func TestAFailingGitSaysWhy(t *testing.T) {
	c := dial(t, t.TempDir(), Options{})
	_, err := c.Refs(t.Context())
	if err == nil || !strings.Contains(err.Error(), "not appear to be a git repository") || kindOf(t, err) != policy.GitRejectedOther {
		t.Errorf("error %v", err)
	}
	_, err = c.Push(t.Context(), onto(t, Hash{}, "x").push(mainRef, Hash{}))
	if err == nil || !strings.Contains(err.Error(), "not appear to be a git repository") {
		t.Errorf("push: error %v", err)
	}
}

func TestAMissingGitIsAnErrorBeforeAnythingIsSent(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := dial(t, t.TempDir(), Options{}).Push(t.Context(), onto(t, Hash{}, "x").push(mainRef, Hash{}))
	if e := asError(t, err); e.Sent || e.Kind() != policy.GitRejectedOther {
		t.Errorf("sent %v, kind %q: %v", e.Sent, e.Kind(), e)
	}
}

func TestADroppedTransactionIsUnknown(t *testing.T) {
	r := serve(t)
	r.server.Hook(t, "shop.git", "reference-transaction", `exit 1`)
	for _, remote := range []string{r.url, r.dir} {
		result, err := dial(t, remote, Options{}).Push(t.Context(), onto(t, r.tip, "ours\n").push(mainRef, r.tip))
		if err != nil && !asError(t, err).Sent || err == nil && result.Refs[mainRef] == "" || r.at(t, mainRef) != r.tip {
			t.Errorf("result %v, error %v", result, err)
		}
	}
}

func TestOnlyTheBeginningOfWhatGitPrintsIsKept(t *testing.T) {
	r := serve(t)
	gittest.Write(t, r.dir, map[string]string{"flood": strings.Repeat("no ", 10_000)})
	r.server.Hook(t, "shop.git", "reference-transaction", `cat flood >&2; kill -9 $PPID`)
	_, err := dial(t, r.dir, Options{}).Push(t.Context(), onto(t, r.tip, "ours\n").push(mainRef, r.tip))
	if err == nil || !strings.Contains(err.Error(), "no no no") || len(err.Error()) > maxOutput+500 {
		t.Errorf("error of %d bytes: %.200v", len(err.Error()), err)
	}
}

func TestAnAnswerNobodyReadsEndsItsGit(t *testing.T) {
	r := serve(t)
	tip := r.commit(t, many("files", 2000, "more than a pipe holds"))
	c := dial(t, r.dir, Options{})
	offered, err := c.offers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	request, err := c.fetchRequest(FetchRequest{Wants: []Hash{tip}}, offered)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := c.transport.post(t.Context(), uploadPack, bytes.NewReader(request), int64(len(request)))
	if err != nil {
		t.Fatal(err)
	}
	if err := answer.Close(); err != nil { // would wait for ever for a git that waits for its reader
		t.Error(err)
	}
	if _, err := answer.Read(make([]byte, 1)); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a closed answer reads with error %v", err)
	}
}
