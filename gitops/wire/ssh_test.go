package wire

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/belay-ci/belay/internal/gittest"
	"github.com/belay-ci/belay/policy"
	"github.com/google/go-cmp/cmp"
)

// serveSSH is serve with an SSH server in front.
func serveSSH(t *testing.T) (*repository, *gittest.SSHServer) {
	t.Helper()
	r := serve(t)
	return r, gittest.ServeSSH(t, r.server)
}

func dialedSSH(t *testing.T, s *gittest.SSHServer, login *SSH) *Conn {
	t.Helper()
	c := dial(t, s.URL+"/shop.git", Options{SSH: login})
	t.Cleanup(c.Close)
	return c
}

func TestAnUnknownServerIsNeverBelieved(t *testing.T) {
	r, s := serveSSH(t)
	other := gittest.ServeSSH(t, r.server)
	at, _, _ := strings.Cut(s.HostKeys, " ")
	_, key, _ := strings.Cut(other.HostKeys, " ")
	empty := filepath.Join(t.TempDir(), "known_hosts")
	gittest.Write(t, filepath.Dir(empty), map[string]string{"known_hosts": ""})
	for name, test := range map[string]struct {
		login SSH
		says  []string
	}{
		"nobody knows it":  {SSH{KnownHosts: []string{empty}}, []string{"is not known", "SHA256:", "add this line to " + empty, strings.TrimSpace(s.HostKeys)}},
		"no file at all":   {SSH{KnownHosts: []string{empty + "2"}}, []string{"is not known"}},
		"another key":      {SSH{HostKeys: at + " " + key}, []string{"is not the known one", "somebody may be in between"}},
		"a revoked key":    {SSH{HostKeys: "@revoked " + s.HostKeys}, []string{"revoked"}},
		"unreadable lines": {SSH{HostKeys: "what is this"}, []string{"known hosts"}},
	} {
		t.Run(name, func(t *testing.T) {
			test.login.Keys = loginTo(s).Keys
			before := s.Commands()
			_, err := dialedSSH(t, s, &test.login).Push(t.Context(), onto(t, r.tip, "x").push(mainRef, r.tip))
			e := asError(t, err)
			if e.Kind() != policy.GitAuth || e.Sent || s.Commands() != before {
				t.Errorf("kind %q, sent %v, %d commands", e.Kind(), e.Sent, s.Commands()-before)
			}
			for _, part := range test.says {
				if !strings.Contains(strings.ToLower(e.Error()), strings.ToLower(part)) {
					t.Errorf("error %v\ndoes not say %q", e, part)
				}
			}
		})
	}
}

func TestAKnownHostsFileOfManyKeysIsEnough(t *testing.T) {
	r, s := serveSSH(t)
	dir := t.TempDir()
	gittest.Write(t, dir, map[string]string{"known_hosts": "# ours\nother.example " + strings.SplitN(s.HostKeys, " ", 2)[1] + s.HostKeys})
	login := SSH{Keys: loginTo(s).Keys, KnownHosts: []string{filepath.Join(dir, "missing"), filepath.Join(dir, "known_hosts")}}
	if refs, err := dialedSSH(t, s, &login).Refs(t.Context(), mainRef); err != nil || refs[0].Hash != r.tip {
		t.Errorf("refs %v, error %v", refs, err)
	}
}

func TestAKeyThatIsNotLetInIsGitAuth(t *testing.T) {
	r, s := serveSSH(t)
	stranger, locked := gittest.NewSSHKey(t, ""), gittest.NewSSHKey(t, "open sesame")
	for name, test := range map[string]struct {
		keys []SSHKey
		says string
	}{
		"a stranger's":     {[]SSHKey{{Name: "deploy", PEM: stranger}}, "key deploy (SHA256:"},
		"a locked one":     {[]SSHKey{{Name: "deploy", PEM: locked}}, "BELAY_SSH_PASSPHRASE"},
		"an unlocked one":  {[]SSHKey{{Name: "deploy", PEM: locked, Passphrase: "open sesame"}}, "key deploy (SHA256:"},
		"none":             {nil, "give one as ssh_key"},
		"a wrong password": {[]SSHKey{{Name: "deploy", PEM: locked, Passphrase: "please"}}, "read ssh key deploy"},
		"no key at all":    {[]SSHKey{{Name: "deploy", PEM: "ssh-ed25519 AAAA"}}, "read ssh key deploy"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := dialedSSH(t, s, &SSH{Keys: test.keys, HostKeys: s.HostKeys}).Push(t.Context(), onto(t, r.tip, "x").push(mainRef, r.tip))
			e := asError(t, err)
			if e.Kind() != policy.GitAuth || e.Sent || !strings.Contains(e.Error(), test.says) {
				t.Errorf("kind %q, sent %v: %v", e.Kind(), e.Sent, e)
			}
			if strings.Contains(e.Error(), "please") || strings.Contains(e.Error(), "sesame") {
				t.Errorf("a passphrase is shown: %v", e)
			}
		})
	}
}

func TestAServerWithoutProtocolV2IsRefusedInOneLine(t *testing.T) {
	_, s := serveSSH(t)
	s.AcceptEnv = false
	_, err := dialedSSH(t, s, loginTo(s)).Refs(t.Context(), mainRef)
	if !errors.Is(err, ErrNotOffered) || !strings.Contains(err.Error(), "AcceptEnv GIT_PROTOCOL") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v", err)
	}
}

func TestADroppedConnectionIsMadeAgain(t *testing.T) {
	r, s := serveSSH(t)
	c := dialedSSH(t, s, loginTo(s))
	if _, err := c.Refs(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Drop()
	if _, err := c.Refs(t.Context()); err != nil {
		t.Errorf("reading: %v", err)
	}
	s.Drop()
	ours := onto(t, r.tip, "ours\n")
	push(t, c, ours.push(mainRef, r.tip))
	if s.Connections() != 3 || r.at(t, mainRef) != ours.commit {
		t.Errorf("%d connections, main is at %s", s.Connections(), r.at(t, mainRef))
	}
}

func TestAnUnusedConnectionIsClosed(t *testing.T) {
	_, s := serveSSH(t)
	c := dialedSSH(t, s, loginTo(s))
	ssh := c.transport.(*sshTransport)
	ssh.times.keep = time.Millisecond
	if _, err := c.Advertise(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		ssh.mu.Lock()
		closed := ssh.client == nil
		ssh.mu.Unlock()
		if closed {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the connection stays open")
}

func TestAServerThatStallsIsGivenUp(t *testing.T) {
	r, s := serveSSH(t)
	r.server.Hook(t, "shop.git", "pre-receive", `while test ! -e done; do sleep 0.05; done`)
	defer gittest.Write(t, r.dir, map[string]string{"done": ""})
	gittest.Git(t, r.dir, "config", "receive.keepAlive", "0")
	c := dialedSSH(t, s, loginTo(s))
	c.transport.(*sshTransport).times.idle = time.Second
	_, err := c.Push(t.Context(), onto(t, r.tip, "x").push(mainRef, r.tip))
	if e := asError(t, err); !e.Sent || e.Kind() != policy.Network || !errors.Is(err, errStalled) {
		t.Errorf("kind %q, sent %v: %v", e.Kind(), e.Sent, e)
	}
}

func TestAnAnswerCutAnywhereIsNeverTakenForWhole(t *testing.T) {
	r, s := serveSSH(t)
	for _, after := range []int{0, 3, 4, 100, 1000} {
		tip := r.at(t, mainRef)
		s.Around(func(service string, answer io.Writer) io.Writer { return &shortWriter{answer, after} })
		_, err := dialedSSH(t, s, loginTo(s)).Refs(t.Context())
		if after < 200 && asError(t, err).Kind() != policy.Network {
			t.Errorf("refs cut after %d bytes: %v", after, err)
		}
		ours := onto(t, tip, fmt.Sprint(after))
		result, err := dialedSSH(t, s, loginTo(s)).Push(t.Context(), ours.push(mainRef, tip))
		if landed := r.at(t, mainRef) == ours.commit; err == nil && (result.Refs[mainRef] != "" || !landed) {
			t.Errorf("push cut after %d bytes: result %v, landed %t", after, result, landed)
		} else if err != nil && landed && !asError(t, err).Sent {
			t.Errorf("push cut after %d bytes landed, and is not marked as sent: %v", after, err)
		}
		s.Around(nil)
	}
}

type shortWriter struct {
	io.Writer
	left int
}

func (w *shortWriter) Write(p []byte) (int, error) {
	if len(p) > w.left {
		n, _ := w.Writer.Write(p[:w.left])
		w.left -= n
		return n, errors.New("cut")
	}
	w.left -= len(p)
	return w.Writer.Write(p)
}

func TestJumpHostsAreRefused(t *testing.T) {
	_, err := Dial("git@forge.example:shop.git", Options{SSH: &SSH{Through: "ProxyJump bastion"}})
	if err == nil || !strings.Contains(err.Error(), "ProxyJump bastion") || !strings.Contains(err.Error(), "directly only") {
		t.Errorf("error %v", err)
	}
}

func TestSSHAddresses(t *testing.T) {
	for remote, want := range map[string]sshAddress{
		"ssh://git@forge.example/org/shop.git":       {"git", "forge.example", "", "/org/shop.git"},
		"ssh://git@forge.example:2222/org/shop.git":  {"git", "forge.example", "2222", "/org/shop.git"},
		"ssh://forge.example/~ada/shop.git":          {"", "forge.example", "", "~ada/shop.git"},
		"ssh://[::1]:22/shop.git":                    {"", "::1", "22", "/shop.git"},
		"git+ssh://forge.example/shop.git":           {"", "forge.example", "", "/shop.git"},
		"git@forge.example:org/shop.git":             {"git", "forge.example", "", "org/shop.git"},
		"forge:/srv/shop.git":                        {"", "forge", "", "/srv/shop.git"},
		"org-12@ssh.forge.example:v3/org/a/shop":     {"org-12", "ssh.forge.example", "", "v3/org/a/shop"},
		"git@[::1]:shop.git":                         {"git", "::1", "", "shop.git"},
		"[forge.example:2222]:shop.git":              {"", "forge.example", "2222", "shop.git"},
		"ssh://git:password@forge.example/org/a.git": {"git", "forge.example", "", "/org/a.git"},
	} {
		got, err := parseSSH(remote)
		if err != nil || !IsSSH(remote) {
			t.Errorf("%s: ssh %t, error %v", remote, IsSSH(remote), err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(sshAddress{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", remote, diff)
		}
	}
	for _, remote := range []string{"https://forge.example/shop.git", "/srv/shop.git", `C:\shop.git`, "C:/shop.git", "./a:b", "shop.git", "ext::sh -c x", "file:///srv/a:b"} {
		if IsSSH(remote) {
			t.Errorf("%s is taken for an ssh address", remote)
		}
	}
	for _, remote := range []string{
		"ssh://-oProxyCommand=x/shop.git", "-oProxyCommand=x:shop.git", "ssh://forge.example", "ssh://forge.example/", "git@forge.example:",
		"forge.example:-x", "ssh://-x@forge.example/shop.git", "ssh://forge.example/a%0ab", "ssh://forge.example:port/x", "ssh:///x",
	} {
		if at, err := parseSSH(remote); err == nil {
			t.Errorf("%s is read as %+v", remote, at)
		}
	}
}

func TestThePathIsQuotedForTheServersShell(t *testing.T) {
	got := sshAddress{path: "/it's $(here)!"}.command(uploadPack)
	if want := `git-upload-pack '/it'\''s $(here)'\!''`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSSHShowsNoSecret(t *testing.T) {
	s := SSH{Keys: []SSHKey{{Name: "deploy", PEM: "-----BEGIN secret", Passphrase: "secret"}}, Agent: "/run/agent"}
	for _, shown := range []string{fmt.Sprint(s), fmt.Sprintf("%+v %#v", s, s), fmt.Sprintf("%v %#v", &s, s.Keys)} {
		if strings.Contains(shown, "secret") {
			t.Errorf("shown: %s", shown)
		}
	}
}
