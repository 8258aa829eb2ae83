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
)

// FindCredentials looks for credentials: see wire.FindCredentials.
func FindCredentials(ctx context.Context, l Lookup) (Found, error) {
	return wire.FindCredentials(ctx, l)
}

// secrets lists what must not reach a child: the credentials as they are and as they are sent.
func secrets(remote Remote) []string {
	list := remote.Credentials.Secrets()
	if u, err := url.Parse(remote.URL); err == nil && u.User != nil {
		password, _ := u.User.Password()
		list = append(list, Credentials{Username: u.User.Username(), Password: password}.Secrets()...)
	}
	return list
}
