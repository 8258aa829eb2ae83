package gitops

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// child runs the installed git in the user's work tree. It is asked about files and never about the remote: no
// credential of belay is in its arguments or its environment.
type child struct {
	git string   // the program
	dir string   // the top of the work tree
	env []string // the user's environment without secrets
}

// run returns what git printed. set overrides variables of the environment.
func (c child) run(ctx context.Context, set []string, args ...string) ([]byte, error) {
	return c.feed(ctx, nil, set, args...)
}

// feed is run for a git that reads its standard input.
func (c child) feed(ctx context.Context, in []byte, set []string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, c.git, append([]string{
		// The private index must not send git looking for a monitor, or writing index parts into the user's repository.
		"-c", "core.fsmonitor=false", "-c", "core.splitIndex=false",
		// In a container the checkout often belongs to another user. The steps run its code in any case.
		"-c", "safe.directory=*",
	}, args...)...)
	cmd.Dir = c.dir
	cmd.Env = append(c.env[:len(c.env):len(c.env)], set...)
	cmd.Cancel = func() error { return stop(cmd.Process) }
	cmd.WaitDelay = 5 * time.Second // a filter that outlives git may hold the pipes open
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &out, &errs
	err := cmd.Run()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		if text := strings.TrimSpace(errs.String()); text != "" {
			err = fmt.Errorf("%w: %s", err, text)
		}
		return nil, fmt.Errorf("git %s: %w", args[0], err)
	}
	return out.Bytes(), nil
}

// stop ends a git as it can clean up after itself: one that is killed outright leaves its locks in the user's repository.
func stop(git *os.Process) error {
	if err := git.Signal(syscall.SIGTERM); err == nil || errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return git.Kill() // Windows knows no such signal
}

// tokenVariables are where CI hosts and people keep tokens that can push.
func tokenVariables() []string {
	return []string{
		"ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_RUNTIME_TOKEN", "BELAY_QUEUE_KEY", "BELAY_TOKEN", "CI_JOB_JWT", "CI_JOB_TOKEN",
		"CI_REPOSITORY_URL", "GH_ENTERPRISE_TOKEN", "GH_TOKEN", "GITEA_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "GITHUB_TOKEN",
		"BELAY_PR_TOKEN", "BELAY_SSH_KEY", "BELAY_SSH_PASSPHRASE", "GITLAB_TOKEN", "INPUT_PR_TOKEN", "INPUT_QUEUE_KEY", "INPUT_SSH_KEY", "INPUT_TOKEN",
	}
}

// repositoryVariables point git at another repository than the one of the work tree; git itself sets them for hooks.
// The list is `git rev-parse --local-env-vars` without the configuration.
func repositoryVariables() []string {
	return []string{
		"GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_DIR", "GIT_GRAFT_FILE", "GIT_IMPLICIT_WORK_TREE",
		"GIT_INDEX_FILE", "GIT_INTERNAL_SUPER_PREFIX", "GIT_NO_REPLACE_OBJECTS", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX",
		"GIT_QUARANTINE_PATH", "GIT_REPLACE_REF_BASE", "GIT_SHALLOW_FILE", "GIT_WORK_TREE",
	}
}

// childEnv is env without tokens: not the well-known variables, and no other that holds one of the secrets, as it
// stands or as the Basic authentication it makes.
func childEnv(env []string, secrets ...string) []string {
	drop := map[string]bool{}
	for _, name := range append(tokenVariables(), repositoryVariables()...) {
		drop[name] = true
	}
	var kept []string
	for _, variable := range env {
		name, value, _ := strings.Cut(variable, "=")
		switch {
		case drop[strings.ToUpper(name)]:
		case holdsSecret(value, secrets):
			// Configuration in the environment is counted: a value that goes missing is an error to git.
			if strings.HasPrefix(name, "GIT_CONFIG_VALUE_") {
				kept = append(kept, name+"=")
			}
		default:
			kept = append(kept, variable)
		}
	}
	return append(kept, "GIT_TERMINAL_PROMPT=0")
}

func holdsSecret(value string, secrets []string) bool {
	for _, secret := range secrets {
		if secret != "" && (strings.Contains(value, secret) || strings.Contains(value, base64.StdEncoding.EncodeToString([]byte(secret)))) {
			return true
		}
	}
	return false
}
