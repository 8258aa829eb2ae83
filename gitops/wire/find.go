package wire

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
)

// Lookup says where to look for credentials.
type Lookup struct {
	URL         string // the remote's address
	Token       string // what the user gave belay
	User        string // the user name that goes with Token; empty means "x-access-token"
	Dir         string // the checkout whose git configuration is asked; empty means the current folder
	Interactive bool   // someone is at a terminal: their credential helpers may be asked

	SSHKey        string // for an SSH address: a private key, in PEM; empty means the user's own
	SSHPassphrase string // of that key, or of the user's own
	CABundle      string // for an https address: certificates in PEM, or the path of a file of them
	HostKeys      string // for an SSH address: the known hosts; empty means the user's own
}

// Found is what FindCredentials found.
type Found struct {
	Credentials Credentials
	From        string // for a log line: "token", "checkout", "address", "askpass", "credential helper", "ssh key", "ssh agent", "nowhere"
	SSH         *SSH   // for an SSH address, else nil
	CA          string // for an https address: certificates in PEM that vouch for the server beside the system's
}

// FindCredentials looks for credentials for an http, https or SSH address; others need none. For SSH they are what the
// user's own ssh would use, see SSH. For http the first of these counts: the token given; the Authorization header that a
// checkout left for the address in the git configuration (http.<url>.extraheader, in whatever file or GIT_CONFIG_…
// variable git sees it); a password in the address; when Interactive, what `git credential fill` answers, and else what
// the program of GIT_ASKPASS does; a user name alone in the address. Nothing is written, and no secret is on a command
// line. Finding none is no error, and neither is a missing git.
func FindCredentials(ctx context.Context, l Lookup) (Found, error) {
	if IsSSH(l.URL) {
		s, from, err := l.findSSH(ctx)
		if err != nil {
			return Found{}, err
		}
		return Found{From: from, SSH: &s}, nil
	}
	u, err := url.Parse(l.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return Found{From: "nowhere"}, nil // Dial says what is wrong with an address
	}
	ca, err := l.certificates(ctx, u)
	if err != nil {
		return Found{}, err
	}
	found, err := l.findHTTP(ctx, u)
	found.CA = ca
	return found, err
}

func (l Lookup) findHTTP(ctx context.Context, u *url.URL) (Found, error) {
	if l.Token != "" {
		user := l.User
		if user == "" {
			user = "x-access-token"
		}
		return Found{Credentials: Credentials{Username: user, Password: l.Token}, From: "token"}, nil
	}
	header, err := l.header(ctx, u)
	if err != nil {
		return Found{}, err
	}
	if header != "" {
		return Found{Credentials: Credentials{Header: header}, From: "checkout"}, nil
	}
	inAddress := userinfo(u)
	if inAddress.Password != "" {
		return Found{Credentials: inAddress, From: "address"}, nil
	}
	if !l.Interactive { // where somebody is at a terminal, git asks that program by itself
		given, err := l.askPass(ctx, u)
		if err != nil {
			return Found{}, err
		}
		if given != (Credentials{}) {
			return Found{Credentials: given, From: "askpass"}, nil
		}
	} else {
		filled, err := l.fill(ctx, u)
		if err != nil {
			return Found{}, err
		}
		if filled != (Credentials{}) {
			return Found{Credentials: filled, From: "credential helper"}, nil
		}
	}
	if inAddress.Username != "" {
		return Found{Credentials: inAddress, From: "address"}, nil
	}
	return Found{From: "nowhere"}, nil
}

// header asks git for the Authorization header the configuration holds for an address. A later value stands in
// front of an earlier one and an empty one takes all before it away, see http.extraHeader in git-config(1).
func (l Lookup) header(ctx context.Context, u *url.URL) (string, error) {
	bare := *u
	bare.User = nil
	// In a container job the checkout often belongs to another user, and git would not look into its configuration.
	// Reading a value runs nothing.
	out, err := l.git(ctx, "", "-c", "safe.directory=*", "config", "--get-urlmatch", "http.extraheader", bare.String())
	if err != nil || out == "" {
		return "", err
	}
	header := strings.TrimSuffix(out, "\n")
	if _, ok := authorizationValue(header); !ok {
		return "", nil
	}
	return header, nil
}

// fill asks the user's credential helpers, see git-credential(1).
func (l Lookup) fill(ctx context.Context, u *url.URL) (Credentials, error) {
	out, err := l.git(ctx, fmt.Sprintf("url=%s\n\n", u), "credential", "fill")
	var c Credentials
	for line := range strings.Lines(out) {
		switch key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "="); key {
		case "username":
			c.Username = value
		case "password":
			c.Password = value
		}
	}
	if c.Password == "" {
		return Credentials{}, err
	}
	return c, err
}

// git runs git in the checkout, in the user's environment, and returns what it prints. That git is missing or
// finds nothing is no error; that the context ended is.
func (l Lookup) git(ctx context.Context, stdin string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = l.Dir
	cmd.Env = append(os.Environ(), "GIT_TERMINAL_PROMPT=0")
	cmd.Stdin = strings.NewReader(stdin)
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", fmt.Errorf("look for credentials: %w", ctx.Err())
		}
		return "", nil
	}
	return out.String(), nil
}
