package policy

import "cmp"

// Workspace says what becomes of the files before something is done again.
type Workspace string

// The words for it. What the run had no part in, somebody's own files and what git ignores and was there, outlives them all.
const (
	KeepWorkspace  Workspace = "keep"  // every file stays as the failure left it
	CleanWorkspace Workspace = "clean" // what was changed or added is undone; files that git ignores stay
	ResetWorkspace Workspace = "reset" // as clean, and ignored files that were added are gone too
)

// Workspaces lists the words.
func Workspaces() []string {
	return []string{string(KeepWorkspace), string(CleanWorkspace), string(ResetWorkspace)}
}

// BringsBack reports whether files are changed at all.
func (w Workspace) BringsBack() bool { return w == CleanWorkspace || w == ResetWorkspace }

func (w Workspace) or(absent Workspace) Workspace { return cmp.Or(w, absent) }
