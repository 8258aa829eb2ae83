package gitops

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/format/config"

	"github.com/belay-ci/belay/gitops/merge"
)

// withoutCheckouts leaves out of a staging what is a checkout of another repository, which a step or the CI host put into the
// work tree. `git add` would make a link of it that no clone can follow. One that .gitmodules names is a submodule, and so is
// one that the tree has as such. A checkout that is asked for by its very path is an error, which says what to do instead.
func (r *Repo) withoutCheckouts(tree plumbing.Hash, changes []merge.Change, paths []string) ([]merge.Change, error) {
	var kept []merge.Change
	for i, c := range changes {
		other := c.Mode == filemode.Submodule
		if other {
			var err error
			if other, err = r.embedded(tree, c.Path); err != nil {
				return nil, err
			}
		}
		switch {
		case !other && kept != nil:
			kept = append(kept, c)
		case other && slices.ContainsFunc(paths, func(p string) bool { return path.Clean(filepath.ToSlash(p)) == c.Path }):
			return nil, embeddedError(c.Path)
		case other && kept == nil:
			kept = append(make([]merge.Change, 0, len(changes)), changes[:i]...)
		}
	}
	if kept == nil {
		return changes, nil
	}
	return kept, nil
}

func embeddedError(name string) error {
	return fmt.Errorf("%s is a checkout of another repository, and no submodule of this one: `checkout: %s` lands what changed there on that one", name, name)
}

// embedded reports whether a repository in the work tree is no submodule of the checkout.
func (r *Repo) embedded(tree plumbing.Hash, name string) (bool, error) {
	known, err := r.leaves(tree, name)
	if err != nil || known[name].Mode == filemode.Submodule {
		return false, err
	}
	text, err := os.ReadFile(filepath.Join(r.checkout.root, ".gitmodules"))
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	var modules config.Config
	if err := config.NewDecoder(bytes.NewReader(text)).Decode(&modules); err != nil {
		return false, fmt.Errorf("read .gitmodules: %w", err)
	}
	named := slices.ContainsFunc(modules.Section("submodule").Subsections, func(s *config.Subsection) bool { return s.Option("path") == name })
	return !named, nil
}
