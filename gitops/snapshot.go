package gitops

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Snapshot is what the work tree was like at the start, as far as Refresh needs it to tell what the run made.
type Snapshot struct {
	Dirty     bool // tracked files had changes that were not committed
	untracked map[string]bool
	taken     bool
}

// MarshalJSON keeps a snapshot for another process of the same run.
func (s Snapshot) MarshalJSON() ([]byte, error) {
	return json.Marshal(keptSnapshot{s.Dirty, slices.Sorted(maps.Keys(s.untracked)), s.taken})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (s *Snapshot) UnmarshalJSON(text []byte) error {
	var kept keptSnapshot
	if err := json.Unmarshal(text, &kept); err != nil {
		return err
	}
	*s = Snapshot{Dirty: kept.Dirty, untracked: map[string]bool{}, taken: kept.Taken}
	for _, name := range kept.Untracked {
		s.untracked[name] = true
	}
	return nil
}

type keptSnapshot struct {
	Dirty     bool     `json:"dirty"`
	Untracked []string `json:"untracked,omitempty"`
	Taken     bool     `json:"taken"`
}

// Snapshot looks at the work tree: at tracked files that changed, and at files that are neither tracked nor ignored.
// It needs git installed. The user's index is read, not refreshed.
func (r *Repo) Snapshot(ctx context.Context) (Snapshot, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	s, err := r.snapshot(ctx)
	return s, failed("look at the work tree", err)
}

func (r *Repo) snapshot(ctx context.Context) (Snapshot, error) {
	if err := r.needsGit(); err != nil {
		return Snapshot{}, err
	}
	out, err := r.child.run(ctx, []string{"GIT_OPTIONAL_LOCKS=0"}, "status", "--porcelain", "-z", "--no-renames",
		"--untracked-files=no", "--ignore-submodules=untracked")
	if err != nil {
		return Snapshot{}, err
	}
	untracked, err := r.untracked(ctx)
	if err != nil {
		return Snapshot{}, err
	}
	s := Snapshot{Dirty: len(out) > 0, untracked: map[string]bool{}, taken: true}
	for _, name := range untracked {
		s.untracked[name] = true
	}
	return s, nil
}

// untracked lists files that are neither tracked nor ignored. A repository of its own is one name, with a slash at
// its end.
func (r *Repo) untracked(ctx context.Context) ([]string, error) {
	out, err := r.child.run(ctx, nil, "ls-files", "--others", "--exclude-standard", "-z")
	if err != nil {
		return nil, err
	}
	return strings.FieldsFunc(string(out), func(c rune) bool { return c == 0 }), nil
}

// removeNew removes what is untracked now and was not at the start, and the folders that leaves empty.
func (r *Repo) removeNew(ctx context.Context, start Snapshot) error {
	now, err := r.untracked(ctx)
	if err != nil {
		return err
	}
	for _, name := range now {
		if start.untracked[name] {
			continue
		}
		path := filepath.Join(r.checkout.root, filepath.FromSlash(name))
		if err := os.RemoveAll(path); err != nil {
			return fmt.Errorf("remove what the run made: %w", err)
		}
		for dir := filepath.Dir(path); dir != r.checkout.root && os.Remove(dir) == nil; {
			dir = filepath.Dir(dir)
		}
	}
	return nil
}

// HasGit reports whether git is installed, which Snapshot, Refresh and Clone need besides a checkout.
func (r *Repo) HasGit() bool { return r.child != nil }

func (r *Repo) needsGit() error {
	switch {
	case r.checkout == nil:
		return errNoCheckout
	case r.child == nil:
		return errNoGit
	}
	return nil
}
