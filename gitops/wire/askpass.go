package wire

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// askPass asks the program that GIT_ASKPASS names, as git does (gitcredentials(7)): CI hosts hand credentials to git that
// way. It runs without belay's own tokens. One that fails or stays silent has no credentials to give; the same goes for
// one that has not answered after half a minute.
func (l Lookup) askPass(ctx context.Context, u *url.URL) (Credentials, error) {
	program := os.Getenv("GIT_ASKPASS")
	if program == "" {
		return Credentials{}, nil
	}
	asked, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	ask := func(what string, at url.URL) string {
		cmd := exec.CommandContext(asked, program, fmt.Sprintf("%s for '%s': ", what, at.String()))
		cmd.Dir, cmd.Env = l.Dir, withoutOwnTokens(os.Environ())
		cmd.WaitDelay = time.Second
		out, err := cmd.Output()
		if err != nil {
			return ""
		}
		line, _, _ := strings.Cut(string(out), "\n")
		return strings.TrimSuffix(line, "\r")
	}
	at := url.URL{Scheme: u.Scheme, Host: u.Host}
	c := Credentials{Username: u.User.Username()}
	if c.Username == "" {
		c.Username = ask("Username", at)
	}
	if c.Username != "" {
		at.User = url.User(c.Username)
	}
	c.Password = ask("Password", at)
	if ctx.Err() != nil {
		return Credentials{}, fmt.Errorf("look for credentials: %w", ctx.Err())
	}
	if c.Password == "" {
		return Credentials{}, nil
	}
	return c, nil
}

// withoutOwnTokens is an environment without what was given to belay alone.
func withoutOwnTokens(env []string) []string {
	own := []string{"BELAY_TOKEN", "BELAY_PR_TOKEN", "BELAY_SSH_KEY", "BELAY_SSH_PASSPHRASE", "INPUT_TOKEN", "INPUT_PR_TOKEN", "INPUT_SSH_KEY"}
	return slices.DeleteFunc(slices.Clone(env), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return slices.Contains(own, strings.ToUpper(name))
	})
}
