package wire

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"
	sshknownhosts "golang.org/x/crypto/ssh/knownhosts"
)

// hostKeys reads the known hosts. A server that is not among them is never believed at first sight.
func (s SSH) hostKeys() (*knownhosts.HostKeyDB, error) {
	if s.HostKeys == "" {
		var there []string
		for _, file := range s.KnownHosts {
			if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
				there = append(there, file)
			}
		}
		known, err := knownhosts.NewDB(there...)
		if err != nil {
			return nil, &unknownServer{fmt.Sprintf("read known hosts: %v", err)}
		}
		return known, nil
	}
	// The reader of known hosts takes files only.
	dir, err := os.MkdirTemp("", "belay-known-hosts-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "ssh_known_hosts")
	if err := os.WriteFile(file, []byte(s.HostKeys+"\n"), 0o600); err != nil {
		return nil, err
	}
	known, err := knownhosts.NewDB(file)
	if err != nil {
		return nil, &unknownServer{"read known hosts: " + strings.ReplaceAll(err.Error(), file, "ssh_known_hosts")}
	}
	return known, nil
}

// check says what is wrong with a server's key, nil for nothing.
func (s SSH) check(known *knownhosts.HostKeyDB, at sshAddress, address net.Addr, key ssh.PublicKey) *unknownServer {
	err := known.HostKeyCallback()(at.endpoint(), address, key)
	if err == nil {
		return nil
	}
	shown := fmt.Sprintf("%s key %s", key.Type(), ssh.FingerprintSHA256(key))
	line := knownhosts.Line([]string{at.endpoint()}, key)
	var revoked *sshknownhosts.RevokedError
	switch {
	case knownhosts.IsHostKeyChanged(err):
		return &unknownServer{fmt.Sprintf("the host key of %s is not the known one: it shows the %s. Somebody may be in between, or the server has a new key: if its owner says so, replace its line in %s by: %s",
			at.host, shown, s.sources(), line)}
	case knownhosts.IsHostUnknown(err):
		return &unknownServer{fmt.Sprintf("the host key of %s is not known: it shows the %s. Compare that with what the server's owner publishes, and add this line to %s: %s",
			at.host, shown, s.sources(), line)}
	case errors.As(err, &revoked):
		return &unknownServer{fmt.Sprintf("the host key of %s is marked as revoked in %s", at.host, s.sources())}
	}
	return &unknownServer{fmt.Sprintf("the host key of %s: %v", at.host, err)}
}

// sources says where the known hosts are from.
func (s SSH) sources() string {
	switch {
	case s.HostKeys != "":
		return "the input ssh_known_hosts"
	case len(s.KnownHosts) > 0:
		return s.KnownHosts[0] + " or the input ssh_known_hosts"
	}
	return "the input ssh_known_hosts"
}
