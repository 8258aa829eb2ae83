package wire

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// processTransport serves a repository of this machine by spawning git the way git http-backend does, so that
// there is one protocol to speak.
type processTransport struct{ dir string }

func (t processTransport) get(ctx context.Context, service string) (io.ReadCloser, error) {
	return t.start(ctx, nil, service, "--stateless-rpc", "--advertise-refs", t.dir)
}

func (t processTransport) post(ctx context.Context, service string, body io.Reader, _ int64) (io.ReadCloser, error) {
	return t.start(ctx, body, service, "--stateless-rpc", t.dir)
}

func (t processTransport) start(ctx context.Context, stdin io.Reader, service string, args ...string) (io.ReadCloser, error) {
	p := &process{cmd: exec.CommandContext(ctx, "git", append([]string{strings.TrimPrefix(service, "git-")}, args...)...)}
	p.cmd.Env = cleanEnv(os.Environ())
	if service == uploadPack {
		p.cmd.Env = append(p.cmd.Env, "GIT_PROTOCOL=version=2")
	}
	p.cmd.Stdin, p.cmd.Stderr = stdin, &p.stderr
	p.cmd.WaitDelay = 5 * time.Second // for what hooks leave behind, holding on to our pipes
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("run git: %w", err)
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("run git: %w", err)
	}
	p.stdout = stdout
	return p, nil
}

// cleanEnv keeps what programs need to run at all: nothing of the caller's git settings and no token.
func cleanEnv(env []string) []string {
	kept := []string{"LC_ALL=C", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_TERMINAL_PROMPT=0"}
	for _, pair := range env {
		name, _, _ := strings.Cut(pair, "=")
		switch strings.ToUpper(name) { // Windows does not mind the case
		case "PATH", "HOME", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "PATHEXT", "USERPROFILE":
			kept = append(kept, pair)
		}
	}
	return kept
}

// process is the output of a running git.
type process struct {
	cmd    *exec.Cmd
	stdout io.ReadCloser
	stderr output
	end    error // why reading ended, once git has been waited for
}

// Read reads git's output. Where it ends because git failed, the error says so.
func (p *process) Read(b []byte) (int, error) {
	if p.end != nil {
		return 0, p.end
	}
	n, err := p.stdout.Read(b)
	if err != nil {
		p.end = err
		if failed := p.cmd.Wait(); failed != nil {
			p.end = fmt.Errorf("run git: %w: %s", failed, clean(string(p.stderr.kept)))
		}
	}
	return n, p.end
}

// Close ends git, where it has not ended by itself, by no longer reading its output.
func (p *process) Close() error {
	if p.end == nil {
		p.end = os.ErrClosed
		_ = p.stdout.Close()
		_ = p.cmd.Wait() // what mattered has been read
	}
	return nil
}

// maxOutput is how much is kept of what git prints on its standard error.
const maxOutput = 4 << 10

// output keeps the beginning of what a program prints.
type output struct{ kept []byte }

func (o *output) Write(p []byte) (int, error) {
	o.kept = append(o.kept, p[:min(len(p), maxOutput-len(o.kept))]...)
	return len(p), nil
}
