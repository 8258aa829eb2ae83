package gitops

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Snapshot is what the work tree was like at one moment: enough to tell afterwards what has been made since, and to bring
// back what only the work tree has. What git can bring back it does not hold.
type Snapshot struct {
	Dirty bool // tracked files had changes that were not committed

	taken   bool
	folder  string              // below the Repo's own: copies of files, and the index
	files   map[string]keptFile // tracked and changed, or neither tracked nor ignored
	ignored []string            // with a slash at the end of a folder that is ignored as a whole
	folders map[string]bool     // outside of those; nil where another process took the snapshot
	known   []string            // of files and ignored, sorted
	at      position
}

// keptFile is a file of the work tree as the snapshot found it.
type keptFile struct {
	Mode fs.FileMode `json:"mode"` // a folder is a repository of its own, whose files are nobody's business here
	Copy string      `json:"copy,omitempty"`
	Link string      `json:"link,omitempty"`
	Gone bool        `json:"gone,omitempty"` // it is tracked, and was deleted
}

// MostCopied is how many bytes of files a snapshot copies at most. In a CI job there is next to nothing to copy: this is
// for folders people work in.
const MostCopied = 512 << 20

// MarshalJSON keeps a snapshot for another process of the same run, which needs the folder Snapshots of this one, too.
func (s Snapshot) MarshalJSON() ([]byte, error) {
	return json.Marshal(keptSnapshot{s.Dirty, s.taken, s.folder, s.files, s.ignored, s.at})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (s *Snapshot) UnmarshalJSON(text []byte) error {
	var k keptSnapshot
	if err := json.Unmarshal(text, &k); err != nil {
		return err
	}
	*s = Snapshot{Dirty: k.Dirty, taken: k.Taken, folder: k.Folder, files: k.Files, ignored: k.Ignored, at: k.At}
	s.index()
	return nil
}

type keptSnapshot struct {
	Dirty   bool                `json:"dirty"`
	Taken   bool                `json:"taken"`
	Folder  string              `json:"folder,omitempty"`
	Files   map[string]keptFile `json:"files,omitempty"`
	Ignored []string            `json:"ignored,omitempty"`
	At      position            `json:"at"`
}

// Snapshots is the folder of the run's own in which snapshots keep what they copied.
const Snapshots = "snapshots"

// Snapshot looks at the work tree and copies the files that git could not bring back: those that are neither tracked nor
// ignored, and those that are not as the index has them. The user's index is read, not refreshed.
// More than MostCopied is an error. Drop ends it.
//
// Where git is not installed it reads every file, what is staged does not count as Dirty, and a sparse checkout is an error.
func (r *Repo) Snapshot(ctx context.Context) (Snapshot, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	s, err := r.snapshot(ctx)
	return s, failed("look at the work tree", err)
}

func (r *Repo) snapshot(ctx context.Context) (Snapshot, error) {
	if r.checkout == nil {
		return Snapshot{}, errNoCheckout
	}
	at, err := r.checkout.position()
	if err != nil {
		return Snapshot{}, err
	}
	seen, err := r.look(ctx, "untracked")
	if err != nil {
		return Snapshot{}, err
	}
	s := Snapshot{Dirty: seen.staged || len(seen.changed) > 0, taken: true, ignored: seen.ignored, at: at}
	tree, err := openWorkTree(r.checkout.root)
	if err != nil {
		return Snapshot{}, err
	}
	defer tree.Close()
	if err := os.MkdirAll(filepath.Join(filepath.Dir(r.staging), Snapshots), 0o700); err != nil {
		return Snapshot{}, err
	}
	folder, err := os.MkdirTemp(filepath.Join(filepath.Dir(r.staging), Snapshots), "")
	if err != nil {
		return Snapshot{}, err
	}
	s.folder = filepath.Base(folder)
	err = copyIndex(filepath.Join(folder, "index"), filepath.Join(r.checkout.gitDir, "index"))
	if err == nil {
		s.files, err = tree.keep(folder, slices.Concat(seen.changed, seen.untracked))
	}
	s.index()
	if err == nil {
		s.folders, err = tree.folders(s)
	}
	if err != nil {
		return Snapshot{}, fmt.Errorf("%w%s", err, notDropped(os.RemoveAll(folder)))
	}
	return s, nil
}

// notDropped says what else went wrong.
func notDropped(err error) string {
	if err == nil {
		return ""
	}
	return "; and what was copied could not be removed: " + err.Error()
}

// index makes the names findable.
func (s *Snapshot) index() {
	s.known = slices.Clone(s.ignored)
	for name := range s.files {
		s.known = append(s.known, name)
	}
	slices.Sort(s.known)
}

// had reports whether a name was there and is none of git's, by itself or in a folder that was.
func (s Snapshot) had(name string) bool {
	name = strings.TrimSuffix(name, "/")
	if _, is := slices.BinarySearch(s.known, name); is {
		return true
	}
	for ; name != "."; name = path.Dir(name) {
		if _, is := slices.BinarySearch(s.known, name+"/"); is {
			return true
		}
	}
	return false
}

// hadBelow reports whether something that was there is below a name.
func (s Snapshot) hadBelow(name string) bool {
	below := strings.TrimSuffix(name, "/") + "/"
	i, _ := slices.BinarySearch(s.known, below)
	return i < len(s.known) && strings.HasPrefix(s.known[i], below)
}

// Drop forgets a snapshot's copies. Nothing can be brought back from it any more.
func (r *Repo) Drop(s Snapshot) error {
	if s.folder == "" {
		return nil
	}
	return failed("drop a snapshot", os.RemoveAll(r.copies(s)))
}

func (r *Repo) copies(s Snapshot) string {
	return filepath.Join(filepath.Dir(r.staging), Snapshots, s.folder)
}

// HasGit reports whether git is installed, which Refresh and Clone need besides a checkout.
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
