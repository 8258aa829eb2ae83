package gitops

import (
	"bytes"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"

	"github.com/belay-ci/belay/gitops/merge"
	"github.com/belay-ci/belay/policy"
)

// lfsPointer is how every pointer file of Git LFS begins, and lfsPointerMost is what none is longer than.
// https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
const (
	lfsPointer     = "version https://git-lfs.github.com/spec/v1\n"
	lfsPointerMost = 1024
)

// refuseBesideLFS refuses files that belong in Git LFS and were stored as they are: git does so, without a word, where
// git-lfs is not installed or not set up.
func (r *Repo) refuseBesideLFS(changes []merge.Change) error {
	attributes := &rules{root: r.checkout.root, entered: map[string]bool{}}
	for _, c := range changes {
		if c.Mode != filemode.Regular && c.Mode != filemode.Executable {
			continue
		}
		if err := attributes.enter(path.Dir(c.Path)); err != nil {
			return err
		}
	}
	if err := attributes.readAttributes(filepath.Join(r.checkout.common, "info", "attributes"), nil); err != nil {
		return err
	}
	for _, c := range changes {
		if c.Mode != filemode.Regular && c.Mode != filemode.Executable || attributes.value(c.Path, "filter") != "lfs" {
			continue
		}
		pointer, err := r.isPointer(c.Hash)
		if err != nil {
			return err
		}
		if !pointer {
			return &Error{Reason: policy.StepStart, Message: fmt.Sprintf(
				"%s belongs in Git LFS (filter=lfs in .gitattributes), and git stored the file itself: install git-lfs and run `git lfs install` before the landing, or leave the file out", c.Path)}
		}
	}
	return nil
}

// isPointer reports whether a blob is a pointer of Git LFS. An empty file stays one.
func (r *Repo) isPointer(hash plumbing.Hash) (bool, error) {
	blob, err := r.store.EncodedObject(plumbing.BlobObject, hash)
	if err != nil {
		return false, fmt.Errorf("read staged file %s: %w", hash, err)
	}
	if blob.Size() == 0 || blob.Size() > lfsPointerMost {
		return blob.Size() == 0, nil
	}
	in, err := blob.Reader()
	if err != nil {
		return false, err
	}
	defer in.Close()
	text, err := io.ReadAll(in)
	return bytes.HasPrefix(text, []byte(lfsPointer)), err
}

// value is the value of an attribute of a file, empty where it has none: the last rule that speaks of it counts,
// gitattributes(5).
func (r *rules) value(name, attribute string) string {
	parts := strings.Split(name, "/")
	value := ""
	for _, rule := range r.attributes {
		if rule.Pattern == nil || !rule.Pattern.Match(parts) {
			continue
		}
		for _, a := range r.meanings(rule.Attributes) {
			if a.Name() == attribute {
				value = a.Value()
			}
		}
	}
	return value
}
