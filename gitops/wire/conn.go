// Package wire speaks the git protocol: protocol v2 for reading (ls-refs and fetch), receive-pack for pushing,
// over http and https, over SSH, and over a spawned git for repositories on the same machine. It tries once and says what
// happened, but for a read that the server did not understand (see offering); it never repeats a push, reads no git
// configuration and runs no git with a token.
//
// The protocol is git's own: gitprotocol-common(5), gitprotocol-v2(5), gitprotocol-pack(5), gitprotocol-http(5).
package wire

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// Hash is the SHA-1 name of a git object.
type Hash = plumbing.Hash

// Options say how to reach a repository. The zero value is good for a public one.
type Options struct {
	Credentials Credentials  // sent with every http request to the repository's own host, and to no other
	HTTP        *http.Client // nil means a NewClient of its own; its redirect policy is replaced by wire's
	UserAgent   string       // also the agent the protocol names; empty means "git/belay"
	CA          string       // for the client of nil: certificates in PEM that vouch for servers beside the system's
	SSH         *SSH         // keys and known hosts for an SSH address; nil means none
}

// Conn is a repository one can talk to. It keeps what the server said it offers, and over http one connection
// alive, and another where an Aside of it is used at the same time. It is for one goroutine at a time.
type Conn struct {
	url       string // without userinfo, for messages
	agent     string
	transport transport
	limits    limits
	upload    Capabilities // upload-pack's, nil until asked
	receive   Capabilities // receive-pack's, nil until asked
}

// limits bound what a hostile or broken server can make a Conn read, in bytes of pkt-lines.
type limits struct {
	refs   int64 // a list of refs or capabilities
	report int64 // the answer to a push, hooks' output included
	pack   int64 // the answer to a fetch
}

// transport carries one exchange with a git service. Reading an answer to its end or closing it ends the exchange.
type transport interface {
	// get asks what a service offers.
	get(ctx context.Context, service string) (io.ReadCloser, error)
	// post sends a request of length bytes, -1 where that is not known.
	post(ctx context.Context, service string, body io.Reader, length int64) (io.ReadCloser, error)
}

const (
	uploadPack  = "git-upload-pack"
	receivePack = "git-receive-pack"
)

// Dial makes a Conn for the repository at remote: an http:// or https:// address, an SSH one (ssh://host/path or
// host:path), or, for repositories on this machine, file:///path or /path. Userinfo in an http address stands in for
// missing credentials. Dial does no IO.
func Dial(remote string, o Options) (*Conn, error) {
	c := &Conn{
		agent:  o.UserAgent,
		limits: limits{refs: 256 << 20, report: 16 << 20, pack: 4 << 30},
	}
	if c.agent == "" {
		c.agent = "git/belay"
	}
	if filepath.IsAbs(remote) {
		c.url, c.transport = remote, processTransport{dir: remote}
		return c, nil
	}
	if IsSSH(remote) {
		t, err := dialSSH(remote, o.SSH)
		if err != nil {
			return nil, err
		}
		c.url, c.transport = t.at.String(), t
		return c, nil
	}
	u, err := url.Parse(remote)
	if err != nil { // url.Parse's error repeats the address, password and all
		return nil, fmt.Errorf("dial %s: not an http, https, ssh or file address of a repository", withoutUserinfo(remote))
	}
	switch {
	case u.Scheme == "file" && u.Path != "" && (u.Host == "" || u.Host == "localhost"):
		dir := localPath(u.Path)
		c.url, c.transport = dir, processTransport{dir: dir}
	case (u.Scheme == "http" || u.Scheme == "https") && u.Host != "":
		t := newHTTPTransport(u, o, c.agent)
		c.url, c.transport = t.base.String(), t
	default:
		return nil, fmt.Errorf("dial %s: belay reaches repositories by http, https, ssh and file addresses only", withoutUserinfo(remote))
	}
	return c, nil
}

// Close ends connections that are kept for the next exchange. Unused ones end by themselves after 90 seconds.
func (c *Conn) Close() {
	if kept, ok := c.transport.(interface{ close() }); ok {
		kept.close()
	}
}

// localPath turns the path of a file address into one of this machine: /C:/shop.git is C:\shop.git on Windows.
func localPath(path string) string {
	if drive := filepath.FromSlash(strings.TrimPrefix(path, "/")); filepath.VolumeName(drive) != "" {
		return drive
	}
	return filepath.FromSlash(path)
}

// withoutUserinfo shortens an address that may not even parse to what may be shown.
func withoutUserinfo(remote string) string {
	scheme, rest, ok := strings.Cut(remote, "://")
	if !ok {
		scheme, rest = "", remote
	} else {
		scheme += "://"
	}
	if at := strings.LastIndex(rest, "@"); at >= 0 {
		rest = rest[at+1:]
	}
	return fmt.Sprintf("%q", scheme+rest)
}

// finish reads the little that follows the end of a complete answer, so that the connection can be used again.
func finish(answer io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, answer, 64<<10) // the answer itself is complete: nothing that happens here matters
	_ = answer.Close()
}

func parseHash(s string) (Hash, error) {
	var h Hash
	if len(s) != hex.EncodedLen(len(h)) {
		return h, fmt.Errorf("malformed answer: %.60q is not an object name", s)
	}
	if _, err := hex.Decode(h[:], []byte(s)); err != nil {
		return h, fmt.Errorf("malformed answer: %.60q is not an object name", s)
	}
	return h, nil
}
