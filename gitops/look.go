package gitops

import (
	"bytes"
	"context"
	"fmt"
)

// sight is what git sees of the work tree. A folder has a slash at its end: a repository of its own among the untracked,
// and among the ignored a folder that is ignored as a whole.
type sight struct {
	staged    bool     // the index is not HEAD's
	changed   []string // tracked, and not as the index has them
	untracked []string // neither tracked nor ignored
	ignored   []string
}

// look asks git about the work tree, and leaves the user's index alone. submodules is what is seen of those, as
// `git status --ignore-submodules` takes it. Without git, belay looks itself.
func (r *Repo) look(ctx context.Context, submodules string) (sight, error) {
	if r.child == nil {
		return r.lookByHand()
	}
	out, err := r.child.run(ctx, []string{"GIT_OPTIONAL_LOCKS=0"}, "status", "--porcelain=v1", "-z", "--no-renames",
		"--untracked-files=all", "--ignored=matching", "--ignore-submodules="+submodules)
	if err != nil {
		return sight{}, err
	}
	return parseStatus(out)
}

// parseStatus reads what `git status --porcelain=v1 -z --no-renames` prints: two letters, for the index and the work tree,
// a space, a path, NUL.
func parseStatus(out []byte) (sight, error) {
	var s sight
	for len(out) > 0 {
		line, rest, ok := bytes.Cut(out, []byte{0})
		if !ok || len(line) < 4 || line[2] != ' ' {
			return sight{}, fmt.Errorf("git status: malformed line %.100q", line)
		}
		name := string(line[3:])
		switch index, tree := line[0], line[1]; {
		case index == '?':
			s.untracked = append(s.untracked, name)
		case index == '!':
			s.ignored = append(s.ignored, name)
		default:
			s.staged = s.staged || index != ' '
			if tree != ' ' {
				s.changed = append(s.changed, name)
			}
		}
		out = rest
	}
	return s, nil
}
