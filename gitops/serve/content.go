package serve

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/belay-ci/belay/gitops/merge"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// Entry is one commit of a branch.
type Entry struct{ Hash, Subject, Author string }

// Commit makes a first commit on a branch that does not exist, from files by slash path.
func (r *Repository) Commit(branch, subject, author string, files map[string]string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	ref := "refs/heads/" + branch
	if _, exists := r.refs[ref]; exists {
		return fmt.Errorf("commit on %s: it exists", branch)
	}
	var changes []merge.Change
	for _, path := range slices.Sorted(maps.Keys(files)) {
		blob := r.store.NewEncodedObject()
		blob.SetType(plumbing.BlobObject)
		w, err := blob.Writer()
		if err != nil {
			return err
		}
		if _, err := w.Write([]byte(files[path])); err != nil {
			return err
		}
		hash, err := r.store.SetEncodedObject(blob)
		if err != nil {
			return err
		}
		changes = append(changes, merge.Change{Path: path, Mode: filemode.Regular, Hash: hash})
	}
	tree, err := merge.Update(r.store, plumbing.ZeroHash, changes)
	if err != nil {
		return err
	}
	who := object.Signature{Name: author, Email: author + "@example.invalid", When: time.Now()}
	commit := r.store.NewEncodedObject()
	if err := (&object.Commit{Author: who, Committer: who, Message: subject + "\n", TreeHash: tree}).Encode(commit); err != nil {
		return err
	}
	r.refs[ref], err = r.store.SetEncodedObject(commit)
	return err
}

// HasBranch reports whether there is a branch of that name.
func (r *Repository) HasBranch(branch string) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	_, ok := r.refs["refs/heads/"+branch]
	return ok
}

// Log lists a branch by first parents, newest first.
func (r *Repository) Log(branch string) ([]Entry, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var entries []Entry
	at := r.refs["refs/heads/"+branch]
	for !at.IsZero() {
		c, err := object.GetCommit(r.store, at)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", branch, err)
		}
		subject, _, _ := strings.Cut(c.Message, "\n")
		entries = append(entries, Entry{Hash: at.String(), Subject: subject, Author: c.Author.Name})
		at = plumbing.ZeroHash
		if len(c.ParentHashes) > 0 {
			at = c.ParentHashes[0]
		}
	}
	return entries, nil
}
