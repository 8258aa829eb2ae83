package host

import (
	"net/url"
	"strings"
)

// credential is a variable that may hold a token, and the user name that goes with it.
type credential struct{ variable, user string }

// withTokens fills in the first credential that is set. belay's own variables and inputs go before the host's, so
// that a job can always give belay a token of its own.
func withTokens(f Facts, getenv func(string) string, hosts ...credential) Facts {
	user := "x-access-token"
	if len(hosts) > 0 {
		user = hosts[0].user
	}
	for _, c := range append([]credential{{"BELAY_TOKEN", user}, {"INPUT_TOKEN", user}}, hosts...) {
		if token := strings.TrimSpace(getenv(c.variable)); token != "" {
			f.Token, f.User = token, c.user
			break
		}
	}
	f.SSH = SSH{
		Key:        strings.TrimSpace(first(getenv, "BELAY_SSH_KEY", "INPUT_SSH_KEY")),
		Passphrase: getenv("BELAY_SSH_PASSPHRASE"),
		KnownHosts: strings.TrimSpace(first(getenv, "BELAY_SSH_KNOWN_HOSTS", "INPUT_SSH_KNOWN_HOSTS")),
	}
	f.Web = Web{CABundle: strings.TrimSpace(first(getenv, "BELAY_CA_BUNDLE", "INPUT_CA_BUNDLE")), ProxySecrets: proxySecrets(getenv)}
	f.ForgeToken = strings.TrimSpace(first(getenv, "BELAY_PR_TOKEN", "INPUT_PR_TOKEN"))
	f.QueueKey = strings.TrimSpace(first(getenv, "BELAY_QUEUE_KEY", "INPUT_QUEUE_KEY"))
	if f.ForgeToken == "" {
		f.ForgeToken = f.Token
	}
	return f
}

// plainRemote takes credentials, query and fragment off an address. What is not a URL, such as git@host:path, holds
// no password and stays.
func plainRemote(remote string) string {
	u, err := url.Parse(remote)
	if err != nil || u.Host == "" {
		if strings.Contains(remote, "://") {
			return ""
		}
		return remote
	}
	if u.Scheme == "ssh" {
		u.User = url.User(u.User.Username())
	} else {
		u.User = nil
	}
	u.RawQuery, u.Fragment = "", ""
	return u.String()
}

// splitRemote reads server and owner/name from a remote's address: https://host/owner/name.git, ssh://… or
// git@host:owner/name.git. Both are empty for a path on this machine.
func splitRemote(remote string) (server, repository string) {
	if u, err := url.Parse(remote); err == nil && u.Host != "" {
		scheme, address := u.Scheme, u.Host
		if scheme != "http" {
			scheme, address = "https", u.Hostname()
			if u.Scheme == "https" {
				address = u.Host
			}
		}
		return scheme + "://" + address, repositoryPath(u.Path)
	}
	account, path, ok := strings.Cut(remote, ":")
	if !ok || strings.ContainsAny(account, `/\`) || len(account) < 2 {
		return "", ""
	}
	_, address, ok := strings.Cut(account, "@")
	if !ok {
		address = account
	}
	return "https://" + address, repositoryPath(path)
}

// isSSH reports whether a remote's address is one that git reaches by SSH.
func isSSH(remote string) bool {
	server, _ := splitRemote(remote)
	return server != "" && !strings.HasPrefix(remote, "http://") && !strings.HasPrefix(remote, "https://")
}

// proxySecrets lists the passwords of the proxies that the environment names.
func proxySecrets(getenv func(string) string) []string {
	var list []string
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"} {
		for _, name := range []string{name, strings.ToLower(name)} {
			u, err := url.Parse(getenv(name))
			if err != nil || u.User == nil {
				continue
			}
			if password, _ := u.User.Password(); password != "" {
				written, _ := strings.CutPrefix(u.User.String(), url.User(u.User.Username()).String()+":")
				list = append(list, password, written)
			}
		}
	}
	return list
}

func repositoryPath(path string) string {
	return strings.TrimSuffix(strings.Trim(path, "/"), ".git")
}
