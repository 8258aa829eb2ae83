package gitops

import (
	"context"
	"net/url"

	"github.com/belay-ci/belay/gitops/wire"
)

// The git server's credentials and the search for them, as package wire has them.
type (
	Credentials = wire.Credentials
	Lookup      = wire.Lookup
	Found       = wire.Found
	SSH         = wire.SSH
)

// FindCredentials looks for credentials: see wire.FindCredentials.
func FindCredentials(ctx context.Context, l Lookup) (Found, error) {
	return wire.FindCredentials(ctx, l)
}

// IsSSH reports whether a remote's address is one that is reached by SSH.
func IsSSH(remote string) bool { return wire.IsSSH(remote) }

// dial reaches a remote.
func (remote Remote) dial() (*wire.Conn, error) {
	return wire.Dial(remote.URL, wire.Options{Credentials: remote.Credentials, HTTP: remote.HTTP, SSH: remote.SSH, CA: remote.CA})
}

// Secrets lists what must be shown to nobody and reach no child: the credentials as they are and as they are sent.
func (remote Remote) Secrets() []string {
	list := remote.Credentials.Secrets()
	if remote.SSH != nil {
		list = append(list, remote.SSH.Secrets()...)
	}
	if u, err := url.Parse(remote.URL); err == nil && u.User != nil {
		password, _ := u.User.Password()
		list = append(list, Credentials{Username: u.User.Username(), Password: password}.Secrets()...)
	}
	return list
}
