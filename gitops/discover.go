package gitops

import (
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/config"
)

// Discovered is what a checkout says of itself.
type Discovered struct {
	Root      string // the top of the work tree
	GitDir    string // the work tree's own folder in the repository
	Head      ID
	Branch    string      // empty when detached
	RemoteURL string      // of the remote `origin`, without credentials; empty where there is none
	SSHKey    bool        // the checkout names a key of its own, as actions/checkout does where it is given one
	Login     Credentials // what the address of `origin` held before they were taken out
}

// Discover reads the checkout that dir is in. It starts no process and asks no server; insteadOf is not applied. Of a
// repository without a commit it returns what there is, with the error.
func Discover(dir string) (Discovered, error) {
	found, err := findCheckout(dir)
	if err != nil {
		return Discovered{}, failed("open checkout "+dir, err)
	}
	d := Discovered{Root: found.root, GitDir: found.gitDir}
	var headErr error
	d.Head, d.Branch, headErr = found.head()
	origin, command, err := found.settings()
	if err != nil {
		return Discovered{}, failed("open checkout "+dir, err)
	}
	if u, err := url.Parse(origin); err == nil && u.User != nil {
		password, _ := u.User.Password()
		d.Login = Credentials{Username: u.User.Username(), Password: password}
		u.User = nil
		origin = u.String()
	}
	d.RemoteURL, d.SSHKey = origin, strings.Contains(command, " -i ")
	return d, failed("open checkout "+dir, headErr)
}

// settings reads the address of the remote `origin`, and git's ssh command, from the repository's own configuration.
func (c checkout) settings() (origin, sshCommand string, err error) {
	file, err := os.Open(filepath.Join(c.common, "config"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", "", nil
	}
	if err != nil {
		return "", "", err
	}
	defer file.Close()
	var settings config.Config
	if err := config.NewDecoder(file).Decode(&settings); err != nil {
		return "", "", err
	}
	return settings.Section("remote").Subsection("origin").Option("url"), settings.Section("core").Option("sshCommand"), nil
}
