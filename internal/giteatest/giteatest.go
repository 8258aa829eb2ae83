// Package giteatest runs a real Gitea for tests: a server of its own on loopback, with a fresh database. .ci/gitea builds
// it once, outside of the repository, and runs the tests that need it; elsewhere they skip and say so.
package giteatest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Version is the Gitea that .ci/gitea builds.
const Version = "1.26.0"

// Server is a running Gitea.
type Server struct {
	URL   string // http://127.0.0.1:port
	Token string // the administrator's, with every scope

	binary, config, home string
}

// Admin is the administrator's login name.
const Admin = "root1"

// Start starts a server and stops it with the test. It skips the test unless BELAY_GITEA says where Gitea is.
func Start(t testing.TB) *Server {
	t.Helper()
	dir := os.Getenv("BELAY_GITEA")
	if dir == "" {
		t.Skip("needs a real Gitea: run .ci/gitea, which builds one, once, in some minutes")
	}
	binary := filepath.Join(dir, "gitea")
	static, err := filepath.EvalSymlinks(filepath.Join(dir, "static"))
	if err != nil {
		t.Skipf("Gitea's templates are gone: run .ci/gitea: %v", err)
	}
	work := t.TempDir()
	port := freePort(t)
	s := &Server{
		URL: fmt.Sprintf("http://127.0.0.1:%d", port), binary: binary, config: filepath.Join(work, "app.ini"), home: filepath.Join(work, "home"),
	}
	if err := os.MkdirAll(s.home, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.config, []byte(s.ini(work, static, port)), 0o600); err != nil {
		t.Fatal(err)
	}
	s.run(t, "migrate")
	s.run(t, "admin", "user", "create", "--admin", "--username", Admin, "--password", password, "--email", "root1@example.invalid", "--must-change-password=false")
	s.Token = s.TokenFor(t, Admin, "all")
	s.serve(t)
	return s
}

const password = "pw-Aa1!xyz"

func (s *Server) ini(work, static string, port int) string {
	return fmt.Sprintf(`APP_NAME = belay
RUN_USER = %s
RUN_MODE = prod
WORK_PATH = %s
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = %d
ROOT_URL = %s/
LOCAL_ROOT_URL = %s/
STATIC_ROOT_PATH = %s
DISABLE_SSH = true
OFFLINE_MODE = true
LFS_START_SERVER = false
[database]
DB_TYPE = sqlite3
PATH = %s
SQLITE_JOURNAL_MODE = WAL
[repository]
ROOT = %s
[repository.signing]
SIGNING_KEY = none
[queue]
TYPE = channel
[indexer]
ISSUE_INDEXER_TYPE = db
[cron]
ENABLED = false
[actions]
ENABLED = false
[security]
INSTALL_LOCK = true
SECRET_KEY = a-key-for-tests
INTERNAL_TOKEN = eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJuYmYiOjE1MDAwMDAwMDB9.w8TzVUZJ5cYCLRkYr6PgSp6dJ7mBYjJ6Qd4J5T1eO5M
PASSWORD_HASH_ALGO = pbkdf2$1$10
[log]
LEVEL = Warn
MODE = file
ROOT_PATH = %s
`, whoami(), work, port, s.URL, s.URL, static, filepath.Join(work, "gitea.db"), filepath.Join(work, "repositories"), filepath.Join(work, "log"))
}

func whoami() string {
	out, err := exec.Command("id", "-un").Output()
	if err != nil {
		return "root"
	}
	return strings.TrimSpace(string(out))
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func (s *Server) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, s.binary, append([]string{"--config", s.config}, args...)...)
	cmd.Env = append(os.Environ(), "HOME="+s.home, "GIT_CONFIG_NOSYSTEM=1")
	return cmd
}

func (s *Server) run(t testing.TB, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := s.command(t.Context(), args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("gitea %v: %v\n%s%s", args, err, out.String(), errs.String())
	}
	return out.String()
}

// TokenFor makes a token of a user with these scopes, as "all" or "read:repository,read:user".
func (s *Server) TokenFor(t testing.TB, user, scopes string) string {
	t.Helper()
	out := strings.TrimSpace(s.run(t, "admin", "user", "generate-access-token", "--username", user,
		"--token-name", fmt.Sprintf("t%d", time.Now().UnixNano()), "--scopes", scopes, "--raw"))
	return out[strings.LastIndexByte(out, '\n')+1:] // warnings come before it
}

// serve runs the web server until the test ends.
func (s *Server) serve(t testing.TB) {
	t.Helper()
	cmd := s.command(context.Background(), "web")
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-done:
		case <-time.After(20 * time.Second):
			_ = cmd.Process.Kill()
			<-done
		}
	})
	for tries := 0; ; tries++ {
		resp, err := http.Get(s.URL + "/api/healthz")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case err := <-done:
			t.Fatalf("gitea ended: %v\n%s", err, log.String())
		case <-time.After(100 * time.Millisecond):
		}
		if tries == 600 {
			t.Fatal("gitea does not come up")
		}
	}
}

// Call makes one call of the API as the administrator, with in as its body and the answer in out; both may be nil. It fails the
// test unless the answer is a success.
func (s *Server) Call(t testing.TB, method, path string, in, out any) {
	t.Helper()
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+"/api/v1"+path, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "token "+s.Token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 300 {
		t.Fatalf("%s %s: %d %v\n%s", method, path, resp.StatusCode, err, text)
	}
	if out != nil {
		if err := json.Unmarshal(text, out); err != nil {
			t.Fatalf("%s %s: %v\n%s", method, path, err, text)
		}
	}
}

// User makes a user.
func (s *Server) User(t testing.TB, name string) {
	t.Helper()
	s.Call(t, "POST", "/admin/users", map[string]any{
		"username": name, "email": name + "@example.invalid", "password": password, "must_change_password": false,
	}, nil)
}

// Repository makes an empty repository of the administrator's, or of an organization's where owner is not [Admin].
func (s *Server) Repository(t testing.TB, owner, name string) {
	t.Helper()
	path := "/user/repos"
	if owner != Admin {
		path = "/orgs/" + owner + "/repos"
	}
	s.Call(t, "POST", path, map[string]any{"name": name, "default_branch": "main"}, nil)
}

// Remote is a repository's address with the administrator's credentials in it.
func (s *Server) Remote(repository string) string {
	return strings.Replace(s.URL, "://", "://"+Admin+":"+s.Token+"@", 1) + "/" + repository + ".git"
}
