package gitops

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// checkout is the user's work tree and the repository behind it. It is read here, file by file, and never written:
// no configuration of the repository has a say in what belay sees.
// The layout is gitrepository-layout(5).
type checkout struct {
	root   string // the top of the work tree
	gitDir string // this work tree's own folder: HEAD, index
	common string // what linked work trees share: objects, refs, shallow
}

// findCheckout looks for a work tree at dir and above it.
func findCheckout(dir string) (checkout, error) {
	root, err := filepath.Abs(dir)
	if err != nil {
		return checkout{}, err
	}
	for {
		gitDir, err := gitDirOf(root)
		if err == nil {
			return openCheckout(root, gitDir)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return checkout{}, err
		}
		parent := filepath.Dir(root)
		if parent == root {
			return checkout{}, fmt.Errorf("%s is not in a git work tree", dir)
		}
		root = parent
	}
}

func openCheckout(root, gitDir string) (checkout, error) {
	common := gitDir
	if text, err := os.ReadFile(filepath.Join(gitDir, "commondir")); err == nil {
		common = resolve(gitDir, strings.TrimSpace(string(text)))
	}
	if _, err := os.Stat(filepath.Join(common, "objects")); err != nil {
		return checkout{}, fmt.Errorf("%s is not a git repository: %w", common, err)
	}
	return checkout{root: root, gitDir: gitDir, common: common}, nil
}

// gitDirOf returns the repository folder of the work tree at root: .git itself, or where a .git file points.
func gitDirOf(root string) (string, error) {
	path := filepath.Join(root, ".git")
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if info.IsDir() {
		return path, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	target, ok := strings.CutPrefix(strings.TrimSpace(string(text)), "gitdir:")
	if !ok {
		return "", fmt.Errorf("%s does not name a repository", path)
	}
	return resolve(root, strings.TrimSpace(target)), nil
}

// resolve reads path as it stands in a file of folder.
func resolve(folder, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(folder, path)
}

// head returns the commit that is checked out, and the branch it is checked out as: empty when detached.
func (c checkout) head() (id ID, branch string, err error) {
	text, err := os.ReadFile(filepath.Join(c.gitDir, "HEAD"))
	if err != nil {
		return "", "", err
	}
	value := strings.TrimSpace(string(text))
	ref, symbolic := strings.CutPrefix(value, "ref: ")
	if symbolic {
		branch = strings.TrimPrefix(ref, "refs/heads/")
		if value, err = c.ref(ref); err != nil {
			return "", branch, err // a branch without a commit has a name all the same
		}
	}
	if !plumbing.IsHash(value) || len(value) != 40 {
		return "", "", fmt.Errorf("HEAD of %s is %q: belay reads SHA-1 repositories with loose or packed refs", c.root, value)
	}
	return ID(value), branch, nil
}

// ref returns the value of a full ref name. It fails where the ref does not exist.
func (c checkout) ref(name string) (string, error) {
	for _, dir := range []string{c.gitDir, c.common} {
		if text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name))); err == nil {
			return strings.TrimSpace(string(text)), nil
		}
	}
	packed, err := c.packedRefs()
	if err != nil {
		return "", err
	}
	if value, ok := packed[name]; ok {
		return value, nil
	}
	return "", fmt.Errorf("%s has no commit in %s", name, c.root)
}

func (c checkout) packedRefs() (map[string]string, error) {
	text, err := os.ReadFile(filepath.Join(c.common, "packed-refs"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	refs := map[string]string{}
	for line := range strings.Lines(string(text)) {
		value, name, ok := strings.Cut(strings.TrimSpace(line), " ")
		if ok && len(value) == 40 && value[0] != '#' {
			refs[name] = value
		}
	}
	return refs, nil
}

// tracking returns what the checkout last saw on its remotes: refs below refs/remotes, by name.
func (c checkout) tracking() (map[string]ID, error) {
	packed, err := c.packedRefs()
	if err != nil {
		return nil, err
	}
	refs := map[string]ID{}
	for name, value := range packed {
		if strings.HasPrefix(name, "refs/remotes/") {
			refs[name] = ID(value)
		}
	}
	top := filepath.Join(c.common, "refs", "remotes")
	err = filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(c.common, path)
		if err != nil {
			return err
		}
		if value := strings.TrimSpace(string(text)); len(value) == 40 { // origin/HEAD is symbolic
			refs[filepath.ToSlash(rel)] = ID(value)
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return refs, err
}

// shallow returns the commits whose parents the checkout does not have; none for a full clone.
func (c checkout) shallow() ([]ID, error) {
	text, err := os.ReadFile(filepath.Join(c.common, "shallow"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var ids []ID
	for _, word := range strings.Fields(string(text)) {
		ids = append(ids, ID(word))
	}
	return ids, err
}

// partial reports whether the checkout is a partial clone: one that left files for later, see partial clone in
// git's Documentation/technical.
func (c checkout) partial() bool {
	promised, err := filepath.Glob(filepath.Join(c.common, "objects", "pack", "*.promisor"))
	return err == nil && len(promised) > 0
}

// objectDirs returns the checkout's object folder and, after it, those it borrows from through alternates.
func (c checkout) objectDirs() ([]string, error) {
	dirs := []string{filepath.Join(c.common, "objects")}
	for i := 0; i < len(dirs); i++ {
		text, err := os.ReadFile(filepath.Join(dirs[i], "info", "alternates"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		lines := bufio.NewScanner(bytes.NewReader(text))
		for lines.Scan() {
			if line := lines.Text(); line != "" && !strings.HasPrefix(line, "#") {
				if dir := resolve(dirs[i], line); !slices.Contains(dirs, dir) {
					dirs = append(dirs, dir)
				}
			}
		}
	}
	return dirs, nil
}
