package forge

import (
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/belay-ci/belay/internal/pattern"
)

// known lists the forges belay can talk to.
var known = []struct {
	name string
	host string // the public instance
}{
	{"github", "github.com"},
	{"gitlab", "gitlab.com"},
	{"gitea", "gitea.com"},
	{"forgejo", "codeberg.org"},
	{"local", ""},
}

// Choose says which forge the remote belongs to: the name in `forge:` where the user wrote one (explicit), else
// the one the CI host is a part of (hostForge, empty where it is of none), else what the remote's address
// tells. A path, a file: address and this machine are "local". It fails, in one line that says what to write,
// for a name it does not know and for an address that tells nothing.
func Choose(hostForge, remoteURL, explicit string) (name string, err error) {
	name = explicit
	if name == "" {
		name = hostForge
	}
	if name == "" {
		name = byAddress(remoteURL)
	}
	if name == "" {
		return "", fmt.Errorf("choose forge: %q does not tell which forge it is: write %s as `forge`; with local, pull requests are written to the report", remoteHost(remoteURL), Names())
	}
	for _, k := range known {
		if k.name == name {
			return name, nil
		}
	}
	return "", fmt.Errorf("choose forge: unknown forge %q: write %s", name, Names())
}

// Names lists the forges belay can talk to, for messages: "github, gitea or local".
func Names() string {
	var names []string
	for _, k := range known {
		names = append(names, k.name)
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}

// byAddress knows the public instances, and those whose first label is the forge's name, as gitlab.example.com.
func byAddress(remoteURL string) string {
	host := remoteHost(remoteURL)
	if ip := net.ParseIP(host); host == "" || host == "localhost" || ip != nil && ip.IsLoopback() {
		return "local"
	}
	for _, k := range known {
		if k.host != "" && (host == k.host || strings.HasSuffix(host, "."+k.host) || strings.HasPrefix(host, k.name+".")) {
			return k.name
		}
	}
	return ""
}

// scpLike is git's short form user@host:path (git-fetch(1), GIT URLS).
var scpLike = pattern.New(`^(?:[^@/]+@)?(\[[^\]/]+\]|[^:/\[\]]{2,}):`)

// remoteHost returns the host of a git remote in lower case, empty for a path and a file: address.
func remoteHost(remote string) string {
	if strings.Contains(remote, "://") {
		u, err := url.Parse(remote)
		if err != nil || u.Scheme == "file" {
			return ""
		}
		return strings.ToLower(u.Hostname())
	}
	if m := scpLike.FindStringSubmatch(remote); m != nil && !filepath.IsAbs(remote) {
		return strings.ToLower(strings.Trim(m[1], "[]"))
	}
	return ""
}
