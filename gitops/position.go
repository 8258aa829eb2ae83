package gitops

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// position is where a checkout stands: its HEAD and what git has begun there.
type position struct {
	Branch string   `json:"branch,omitempty"` // a full ref name; empty when detached
	Commit string   `json:"commit,omitempty"` // empty on a branch that has none
	Begun  []string `json:"begun,omitempty"`  // merges, rebases and the like that were under way
	Locks  []string `json:"locks,omitempty"`  // that somebody held
}

// begun are the files and folders in which git keeps a merge, a rebase and the like that has begun.
func begun() []string {
	return []string{"AUTO_MERGE", "CHERRY_PICK_HEAD", "MERGE_HEAD", "MERGE_MODE", "MERGE_MSG", "REBASE_HEAD", "REVERT_HEAD",
		"SQUASH_MSG", "rebase-apply", "rebase-merge", "sequencer"}
}

// locks are what git holds while it writes a checkout's index, and where it stands.
func locks() []string { return []string{"index.lock", "HEAD.lock"} }

func (c checkout) position() (position, error) {
	text, err := os.ReadFile(filepath.Join(c.gitDir, "HEAD"))
	if err != nil {
		return position{}, err
	}
	p := position{Commit: strings.TrimSpace(string(text))}
	if ref, symbolic := strings.CutPrefix(p.Commit, "ref: "); symbolic {
		p.Branch = ref
		p.Commit, _ = c.ref(ref) // that there is none says the error
	}
	p.Begun, p.Locks = c.gitHasOf(begun()), c.gitHasOf(locks())
	return p, nil
}

// gitHasOf are those of some names that are in the checkout's git folder.
func (c checkout) gitHasOf(names []string) []string {
	var has []string
	for _, name := range names {
		if c.gitHas(name) {
			has = append(has, name)
		}
	}
	return has
}

func (c checkout) gitHas(name string) bool {
	_, err := os.Lstat(filepath.Join(c.gitDir, name))
	return err == nil
}

// abandon ends what git has begun since a position: a rebase that stopped at a conflict, a command that was killed and
// left its lock behind. Nothing of the run is at work any more; another's git has a moment to end by itself.
func (r *Repo) abandon(ctx context.Context, at position) error {
	kept := slices.Concat(at.Begun, at.Locks)
	ours := func(names []string) []string {
		return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(kept, name) })
	}
	for range 30 {
		if len(ours(r.checkout.gitHasOf(locks()))) == 0 {
			break
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	for _, name := range ours(slices.Concat(begun(), locks())) {
		if err := os.RemoveAll(filepath.Join(r.checkout.gitDir, name)); err != nil {
			return err
		}
	}
	return nil
}

// headTo puts HEAD and its branch back. Other branches, tags and configuration are left alone.
func (r *Repo) headTo(ctx context.Context, at position) error {
	now, err := r.checkout.position()
	if err != nil || now.Branch == at.Branch && now.Commit == at.Commit {
		return err
	}
	if r.child == nil {
		return r.checkout.headByHand(at)
	}
	commands := [][]string{{"update-ref", "--no-deref", "HEAD", at.Commit}}
	switch {
	case at.Branch != "" && at.Commit != "":
		commands = [][]string{{"update-ref", at.Branch, at.Commit}, {"symbolic-ref", "HEAD", at.Branch}}
	case at.Branch != "":
		commands = [][]string{{"symbolic-ref", "HEAD", at.Branch}, {"update-ref", "-d", at.Branch}}
	}
	for _, args := range commands {
		if _, err := r.child.run(ctx, nil, args...); err != nil {
			return err
		}
	}
	return nil
}

// indexTo puts the index back as it was, as git itself does: under its lock, by renaming.
func (c checkout) indexTo(copied string) (err error) {
	index := filepath.Join(c.gitDir, "index")
	was, err := os.ReadFile(copied)
	if errors.Is(err, fs.ErrNotExist) { // there was none yet
		return ignoreGone(os.Remove(index))
	}
	if err != nil {
		return err
	}
	if now, err := os.ReadFile(index); err == nil && bytes.Equal(now, was) {
		return nil
	}
	lock, err := os.OpenFile(index+".lock", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s.lock exists: another git is at work in the checkout", index)
	}
	if err != nil {
		return err
	}
	if err := errors.Join(lock.Close(), copyIndex(index+".lock", copied), os.Rename(index+".lock", index)); err != nil {
		return errors.Join(err, ignoreGone(os.Remove(index+".lock")))
	}
	return nil
}
