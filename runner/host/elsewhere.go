package host

import "strings"

// Elsewhere returns the facts as they are for a checkout of another repository than the run's own, which steps put into the
// workspace. The host's tokens and keys are for its own server: to another one goes what is given for it, or nothing. token, where
// it is not empty, takes the place of all of them.
//
// Nobody vouches for the commit that is checked out there: an earlier attempt of the run may have begun from an earlier one.
func (f Facts) Elsewhere(c Checkout, token string) Facts {
	server, repository := splitRemote(c.RemoteURL)
	if server == "" || !strings.EqualFold(server, f.ServerURL) {
		f.Token, f.User, f.ForgeToken, f.SSH.Key, f.SSH.Passphrase = "", "", "", "", ""
		f.ServerURL, f.APIURL, f.Forge = server, "", ""
	}
	if token != "" {
		f.Token, f.ForgeToken, f.SSH.Key, f.SSH.Passphrase = token, token, "", ""
	}
	if c.SSHKey {
		f.SSH.Key, f.SSH.Passphrase = "", "" // the checkout has its own
	}
	f.RemoteURL, f.Repository, f.Branch, f.Commit, f.Earlier = c.RemoteURL, repository, c.Branch, c.Commit, true
	f.Review, f.Base = 0, ""
	return f.bySSH()
}
