package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// SSH says who belay is to an SSH server, and by which keys it knows the server. FindCredentials fills it from what a
// user's ssh would use. Printed with package fmt it shows no secret.
type SSH struct {
	Keys       []SSHKey // tried first, in order
	Agent      string   // the socket of an agent whose keys are tried next; empty for none
	HostKeys   string   // known hosts, in the form of sshd(8)'s file; they alone count where given
	KnownHosts []string // files of known hosts; missing ones don't matter
	User       string   // for an address that names none
	HostName   string   // the server's real name, where the address has an alias of the user's
	Port       string   // for an address that names none
	Through    string   // how the user's configuration gets there, such as "ProxyJump bastion": belay does not, and says so
	Unread     []string // files that may matter and could not be read, with why
}

// SSHKey is a private key.
type SSHKey struct {
	Name       string // for messages: the file it is from
	PEM        string
	Passphrase string
}

// String says what there is, and no more.
func (s SSH) String() string { return strings.Join(s.tries(), ", ") }

// GoString is String, so that %#v shows no secret either.
func (s SSH) GoString() string { return s.String() }

// String is the key's name.
func (k SSHKey) String() string { return "key " + k.Name }

// GoString is String.
func (k SSHKey) GoString() string { return k.String() }

// Secrets lists what must not be shown.
func (s SSH) Secrets() []string {
	var list []string
	for _, key := range s.Keys {
		if key.PEM != "" {
			list = append(list, strings.TrimSpace(key.PEM))
			for line := range strings.Lines(key.PEM) {
				if line = strings.TrimSpace(line); len(line) > 30 && !strings.HasPrefix(line, "-----") {
					list = append(list, line)
				}
			}
		}
		if key.Passphrase != "" {
			list = append(list, key.Passphrase)
		}
	}
	return list
}

func (s SSH) tries() []string {
	var list []string
	for _, key := range s.Keys {
		list = append(list, key.String())
	}
	if s.Agent != "" {
		list = append(list, "the keys of the ssh agent")
	}
	if list == nil {
		list = []string{"no key"}
	}
	return list
}

// unknownServer is a server that is not the one it should be, or that nobody here knows.
type unknownServer struct{ text string }

func (e *unknownServer) Error() string { return e.text }

// notLetIn is a login that failed for want of a key that fits.
type notLetIn struct {
	text string
	err  error
}

func (e *notLetIn) Error() string { return e.text + ": " + e.err.Error() }

func (e *notLetIn) Unwrap() error { return e.err }

// connect reaches the server, makes sure that it is the right one, and logs in.
func (s SSH) connect(ctx context.Context, at sshAddress, within time.Duration) (*ssh.Client, error) {
	target := at.with(s)
	known, err := s.hostKeys()
	if err != nil {
		return nil, err
	}
	signers, tried, closer, err := s.signers(ctx)
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	dialer := net.Dialer{Timeout: within}
	conn, err := dialer.DialContext(ctx, "tcp", target.endpoint())
	if err != nil {
		return nil, err
	}
	if err := conn.SetDeadline(time.Now().Add(within)); err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	var met *unknownServer
	trusted := false
	c, channels, requests, err := ssh.NewClientConn(conn, target.endpoint(), &ssh.ClientConfig{
		User:              target.user,
		Auth:              []ssh.AuthMethod{ssh.PublicKeys(signers...)},
		ClientVersion:     "SSH-2.0-belay",
		HostKeyAlgorithms: known.HostKeyAlgorithms(target.endpoint()),
		HostKeyCallback: func(name string, address net.Addr, key ssh.PublicKey) error {
			met = s.check(known, target, address, key)
			if trusted = met == nil; trusted {
				return nil
			}
			return met
		},
	})
	switch {
	case err == nil:
		return ssh.NewClient(c, channels, requests), conn.SetDeadline(time.Time{})
	case ctx.Err() != nil:
		err = ctx.Err()
	case met != nil:
		err = met
	case trusted && !broken(err): // the only thing left to go wrong
		err = &notLetIn{"the server lets none of these in: " + strings.Join(append(tried, s.Unread...), ", "), err}
	}
	_ = conn.Close()
	return nil, err
}

// broken reports whether an error is one of the connection.
func broken(err error) bool {
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// with fills in what an address leaves open.
func (a sshAddress) with(s SSH) sshAddress {
	if a.user == "" {
		a.user = s.User
	}
	if a.port == "" {
		a.port = s.Port
	}
	if a.port == "" {
		a.port = "22"
	}
	if s.HostName != "" {
		a.host = s.HostName
	}
	return a
}

func (a sshAddress) endpoint() string { return net.JoinHostPort(a.host, a.port) }

// signers returns the keys to try, and what they are. Those of an agent work until closer is closed.
func (s SSH) signers(ctx context.Context) (signers []ssh.Signer, tried []string, closer io.Closer, err error) {
	closer = io.NopCloser(nil)
	for _, key := range s.Keys {
		signer, err := key.signer()
		var locked *ssh.PassphraseMissingError
		switch {
		case errors.As(err, &locked):
			tried = append(tried, fmt.Sprintf("%s (locked: give its passphrase as BELAY_SSH_PASSPHRASE, or use an ssh agent)", key))
		case err != nil:
			return nil, nil, nil, &notLetIn{"read ssh " + key.String(), err}
		default:
			signers = append(signers, signer)
			tried = append(tried, fmt.Sprintf("%s (%s)", key, ssh.FingerprintSHA256(signer.PublicKey())))
		}
	}
	if s.Agent == "" {
		if tried == nil {
			tried = []string{"no key: give one as ssh_key or BELAY_SSH_KEY, or start an ssh agent"}
		}
		return signers, tried, closer, nil
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", s.Agent)
	if err != nil {
		return signers, append(tried, "an ssh agent that does not answer at SSH_AUTH_SOCK"), closer, nil
	}
	kept, err := agent.NewClient(conn).Signers()
	if err != nil {
		_ = conn.Close()
		return signers, append(tried, "an ssh agent that shows no keys"), closer, nil
	}
	tried = append(tried, fmt.Sprintf("the %d keys of the ssh agent", len(kept)))
	return append(signers, kept...), tried, conn, nil
}

func (k SSHKey) signer() (ssh.Signer, error) {
	text := strings.ReplaceAll(strings.TrimSpace(k.PEM), "\r\n", "\n") + "\n" // what gets lost in a CI's secret store
	if k.Passphrase == "" {
		return ssh.ParsePrivateKey([]byte(text))
	}
	signer, err := ssh.ParsePrivateKeyWithPassphrase([]byte(text), []byte(k.Passphrase))
	if err != nil { // the passphrase may be for another key
		if plain, plainErr := ssh.ParsePrivateKey([]byte(text)); plainErr == nil {
			return plain, nil
		}
	}
	return signer, err
}
