package wire

import (
	"fmt"
	"net/url"
	"strings"
)

// sshAddress is where a repository is reached by SSH.
type sshAddress struct {
	user string // empty: the user's own configuration says
	host string
	port string // empty: the same
	path string // as the server's shell is to see it
}

// IsSSH reports whether a remote's address is one that git reaches by SSH: ssh://host/path or host:path.
func IsSSH(remote string) bool {
	_, ok := cutSSH(remote)
	return ok
}

// cutSSH takes what git takes for an SSH address (git-fetch(1), "GIT URLS"): ssh:// and its two old spellings, or
// [user@]host:path with no slash before the colon.
func cutSSH(remote string) (rest string, ok bool) {
	for _, scheme := range []string{"ssh://", "git+ssh://", "ssh+git://"} {
		if rest, ok := strings.CutPrefix(remote, scheme); ok {
			return "//" + rest, true
		}
	}
	host, path, ok := strings.Cut(remote, ":")
	if strings.HasPrefix(remote, "[") || strings.Contains(host, "@[") { // [::1]:path
		end := strings.Index(remote, "]:")
		ok = end >= 0
		host, path = remote, "x"
	}
	// A single letter is a drive of Windows; helper::address is for a remote helper.
	if !ok || strings.ContainsAny(host, `/\`) || len(host) < 2 || strings.HasPrefix(path, ":") || strings.Contains(remote, "://") {
		return "", false
	}
	return remote, true
}

// parseSSH reads an SSH address.
func parseSSH(remote string) (sshAddress, error) {
	rest, _ := cutSSH(remote)
	a, err := sshAddress{}, error(nil)
	if slashes, ok := strings.CutPrefix(rest, "//"); ok {
		a, err = parseSSHURL("ssh://" + slashes)
	} else {
		a = parseSCP(rest)
	}
	switch {
	case err != nil, a.host == "", a.path == "" || a.path == "/":
		return sshAddress{}, fmt.Errorf("%s is not an ssh address of a repository", withoutUserinfo(remote))
	case strings.HasPrefix(a.host, "-"), strings.HasPrefix(a.user, "-"), strings.HasPrefix(a.path, "-"):
		return sshAddress{}, fmt.Errorf("%s: no part of an ssh address may begin with a dash", withoutUserinfo(remote))
	case strings.ContainsAny(a.path+a.user+a.host, "\x00\n\r"):
		return sshAddress{}, fmt.Errorf("%s: an ssh address is one line", withoutUserinfo(remote))
	}
	return a, nil
}

func parseSSHURL(remote string) (sshAddress, error) {
	u, err := url.Parse(remote)
	if err != nil {
		return sshAddress{}, err
	}
	path := u.Path
	if strings.HasPrefix(path, "/~") { // ~user is for the server's shell to find
		path = path[1:]
	}
	return sshAddress{user: u.User.Username(), host: u.Hostname(), port: u.Port(), path: path}, nil
}

// parseSCP reads [user@]host:path, where host may be [address] or [address:port].
func parseSCP(remote string) sshAddress {
	var a sshAddress
	host, path, _ := strings.Cut(remote, ":")
	if at := strings.Index(remote, "["); at >= 0 && at <= strings.Index(remote, "@")+1 {
		end := strings.Index(remote, "]:")
		host, path = remote[:end], remote[end+2:]
	}
	if at := strings.LastIndex(host, "@"); at >= 0 {
		a.user, host = host[:at], host[at+1:]
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		host = inner
		if name, port, ok := strings.Cut(inner, ":"); ok && !strings.Contains(port, ":") {
			host, a.port = name, port
		}
	}
	a.host, a.path = host, path
	return a
}

// String is the address without a password.
func (a sshAddress) String() string {
	u := url.URL{Scheme: "ssh", Host: a.host, Path: "/" + strings.TrimPrefix(a.path, "/")}
	if strings.Contains(a.host, ":") {
		u.Host = "[" + a.host + "]"
	}
	if a.port != "" {
		u.Host += ":" + a.port
	}
	if a.user != "" {
		u.User = url.User(a.user)
	}
	return u.String()
}

// command is what the server is asked to run. The path goes through its shell, so it is quoted as git does.
func (a sshAddress) command(service string) string {
	return service + " '" + strings.NewReplacer(`'`, `'\''`, `!`, `'\!'`).Replace(a.path) + "'"
}
