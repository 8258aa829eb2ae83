package gitops

import (
	"context"
	"net/url"
	"strings"

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
	c := remote.Credentials
	list := []string{c.Password}
	if c.Password != "" {
		list = append(list, c.Username+":"+c.Password)
	}
	if words := strings.Fields(c.Header); len(words) > 0 {
		list = append(list, words[len(words)-1])
	}
	if u, err := url.Parse(remote.URL); err == nil {
		if password, ok := u.User.Password(); ok {
			list = append(list, password, u.User.Username()+":"+password)
		}
	}
	return list
}
