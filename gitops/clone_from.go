package gitops

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/storer"

	"github.com/belay-ci/belay/gitops/wire"
	"github.com/belay-ci/belay/internal/pattern"
	"github.com/belay-ci/belay/policy"
)

// CloneRequest says what to clone, and where to.
type CloneRequest struct {
	Remote Remote
	Ref    string   // a branch, a tag, a full name (refs/…) or a commit's 40 digits; empty: what the server's HEAD stands for
	Depth  int      // how many commits; 0 for all of them
	Dir    string   // must not exist; the folder above it must
	Env    []string // the environment for the installed git, secrets are taken out of it; nil means the process's
	NoGit  bool     // act as if git were not installed
}

// Cloned is what a clone has checked out.
type Cloned struct {
	Commit ID
	Branch string // empty for a tag or a commit
}

// CloneFrom makes a checkout of any repository. belay fetches; the installed git, which sees no credential, writes the
// files, or belay itself as they are stored where git is not installed. What was written is taken away where the clone
// fails. Errors are *Error; the kind of a ref that the server does
// not have is git.rejected.other.
func CloneFrom(ctx context.Context, req CloneRequest) (Cloned, error) {
	cloned, err := req.clone(ctx)
	return cloned, failed("clone "+shownURL(req.Remote.URL), err)
}

// CloneFrom is CloneFrom with r's own credentials where the repository is on the same server and the request brings none.
// No other server gets them.
func (r *Repo) CloneFrom(ctx context.Context, req CloneRequest) (Cloned, error) {
	own := r.options.Remote
	req.Remote.HTTP, req.Remote.CA = own.HTTP, own.CA
	if server := serverOf(own.URL); server != "" && server == serverOf(req.Remote.URL) {
		req.Remote.SSH = own.SSH
		if req.Remote.Credentials == (Credentials{}) {
			req.Remote.Credentials = own.Credentials
		}
	}
	return CloneFrom(ctx, req)
}

// serverOf returns scheme, host and port of an address, empty for what is on no server: user@host:path is SSH.
func serverOf(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return strings.ToLower(u.Scheme + "://" + u.Host)
	}
	before, _, scp := strings.Cut(address, ":")
	if !scp || !IsSSH(address) {
		return ""
	}
	return "ssh://" + strings.ToLower(before[strings.LastIndexByte(before, '@')+1:])
}

// shownURL is an address without a login in it.
func shownURL(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.User == nil {
		return text
	}
	u.User = nil
	return u.String()
}

func (req CloneRequest) clone(ctx context.Context) (Cloned, error) {
	conn, err := req.Remote.dial()
	if err != nil {
		return Cloned{}, err
	}
	head, err := findHead(ctx, conn, req.Ref)
	if err != nil {
		return Cloned{}, err
	}
	err = checkOut(ctx, conn, shownURL(req.Remote.URL), head, req.Depth, req.Dir, func(store storer.EncodedObjectStorer, tip plumbing.Hash) error {
		return req.writeFiles(ctx, store, tip)
	})
	return Cloned{Commit: idOf(head.tip), Branch: head.branch}, err
}

// writeFiles has the files of the commit written.
func (req CloneRequest) writeFiles(ctx context.Context, store storer.EncodedObjectStorer, tip plumbing.Hash) error {
	git, err := exec.LookPath("git")
	if req.NoGit || errors.Is(err, exec.ErrNotFound) {
		return writeFiles(req.Dir, store, tip)
	}
	if err != nil {
		return fmt.Errorf("find git: %w", err)
	}
	env := req.Env
	if env == nil {
		env = os.Environ()
	}
	child := child{git: git, dir: req.Dir, env: childEnv(env, req.Remote.Secrets()...)}
	_, err = child.run(ctx, nil, "reset", "--quiet", "--hard")
	return err
}

// head is what a checkout is of.
type head struct {
	branch string // empty: detached
	tip    plumbing.Hash
}

var (
	fullHash = pattern.New(`^[0-9a-f]{40}$`)
	refWord  = pattern.New(`^[^\x00-\x20\x7f~^:?*\[\\-][^\x00-\x20\x7f~^:?*\[\\]*$`) // git-check-ref-format(1), in short
)

// findHead asks the server what a ref is.
func findHead(ctx context.Context, conn *wire.Conn, ref string) (head, error) {
	const branches, tags = "refs/heads/", "refs/tags/"
	names := []string{"HEAD"}
	switch {
	case fullHash.MatchString(ref):
		return head{tip: plumbing.NewHash(ref)}, nil
	case strings.HasPrefix(ref, "refs/"):
		names = []string{ref}
	case ref != "":
		names = []string{branches + ref, tags + ref}
	}
	if ref != "" && !refWord.MatchString(ref) {
		return head{}, &Error{Reason: policy.GitRejectedOther, Message: fmt.Sprintf("%q can't be the name of a branch or tag", ref)}
	}
	refs, err := conn.Refs(ctx, names...)
	if err != nil {
		return head{}, err
	}
	for _, name := range names {
		i := slices.IndexFunc(refs, func(r wire.Ref) bool { return r.Name == name })
		if i < 0 {
			continue
		}
		found := head{tip: refs[i].Hash}
		if !refs[i].Peeled.IsZero() {
			found.tip = refs[i].Peeled
		}
		if name == "HEAD" {
			name = refs[i].Target
		}
		// The name may be the server's word, and becomes one of a file.
		if branch, ok := strings.CutPrefix(name, branches); ok && refWord.MatchString(branch) && filepath.IsLocal(branch) && !strings.Contains(branch, "..") {
			found.branch = branch
		}
		return found, nil
	}
	if ref == "" {
		return head{}, &Error{Reason: policy.GitRejectedOther, Message: "the repository is empty: it has no HEAD"}
	}
	return head{}, &Error{Reason: policy.GitRejectedOther, Message: fmt.Sprintf("the repository has no branch or tag %q", ref)}
}

// configValue writes a value as git-config(1) reads it, whatever it holds.
func configValue(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", "").Replace(text) + `"`
}

// unfinished marks a checkout that is being made. It stays where belay dies meanwhile.
const unfinished = "belay-unfinished"

// IsUnfinished reports whether dir is what is left of a clone by belay that was cut off: of use to nobody.
func IsUnfinished(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, ".git", unfinished))
	return err == nil
}

// checkOut fetches a commit into a new repository at dir, and has its files written; or leaves nothing there.
func checkOut(ctx context.Context, conn *wire.Conn, address string, at head, depth int, dir string, write func(storer.EncodedObjectStorer, plumbing.Hash) error) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	gitDir := filepath.Join(dir, ".git")
	mark := filepath.Join(gitDir, unfinished)
	err := errors.Join(os.Mkdir(gitDir, 0o755), os.WriteFile(mark, nil, 0o644))
	if err == nil {
		var store *disk
		if store, err = fetchRepository(ctx, conn, gitDir, address, at, depth); err == nil {
			err = write(store, at.tip)
			store.close()
		}
	}
	if err == nil {
		err = os.Remove(mark)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	return nil
}
