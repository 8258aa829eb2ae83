package host

import (
	"cmp"
	"net/url"
	"strings"
)

// Checkout is what the workspace's repository says of itself.
type Checkout struct {
	RemoteURL string // of `origin`, without credentials; empty where there is none
	Branch    string // empty when detached
	Commit    string
	SSHKey    bool // the checkout names a key of its own to reach an SSH address with
}

// In returns the facts of a run that works in a checkout. A workflow often checks out another branch than the one it was
// started from, or another repository altogether: its configuration's. What belay lands goes where the checkout came
// from, as a `git push` there would.
//
// Of its own repository the host knows the address, and the commit that is the same over all attempts of the run. To
// another server than the host's go none of the host's tokens: an earlier step of the job may have written that address.
func (f Facts) In(c Checkout) Facts {
	if f.Untrusted {
		c = Checkout{Commit: c.Commit} // somebody else may have chosen what was checked out, and from where
	}
	f.Branch = cmp.Or(c.Branch, f.Branch)
	server, repository := splitRemote(c.RemoteURL)
	if isSSH(c.RemoteURL) && (c.SSHKey || f.SSH.Key != "") && strings.EqualFold(server+repository, f.ServerURL+f.Repository) {
		f.RemoteURL = c.RemoteURL // the host's own is by https, and the key is not for that
	}
	if c.RemoteURL == "" || f.RemoteURL != "" && strings.EqualFold(repository, f.Repository) {
		f.Earlier = f.Earlier || f.Commit == ""
		f.Commit = cmp.Or(f.Commit, c.Commit)
		return f.bySSH()
	}
	if !strings.EqualFold(server, f.ServerURL) {
		if f.ServerURL != "" {
			f.Token, f.User, f.ForgeToken = "", "", ""
		}
		f.ServerURL, f.APIURL, f.Forge = server, "", ""
	}
	f.RemoteURL, f.Repository, f.Commit, f.Earlier = c.RemoteURL, repository, c.Commit, true
	return f.bySSH()
}

// bySSH gives the remote its SSH address where belay was given a key for it.
func (f Facts) bySSH() Facts {
	u, err := url.Parse(f.RemoteURL)
	if err == nil && f.SSH.Key != "" && (u.Scheme == "http" || u.Scheme == "https") {
		f.RemoteURL = "ssh://git@" + u.Hostname() + "/" + f.Repository + ".git"
	}
	return f
}
