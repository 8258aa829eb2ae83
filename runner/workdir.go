package runner

import (
	"fmt"
	"path/filepath"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/internal/spec"
)

// workdir is where a script runs, and the folder it may not leave, behind no symbolic link either; empty for none. The
// author of the file may name any place on the machine. What an expression made of an input, and what the
// repository made of a relative path, may not: a branch called ../../etc is not to choose the place.
func (c *conductor) workdir(step spec.Step, values expr.Values) (dir, within string, err error) {
	text, err := step.WorkingDirectory.Eval(values)
	if err != nil {
		return "", "", fmt.Errorf("evaluate working-directory: %w", err)
	}
	_, written := step.WorkingDirectory.Literal()
	switch {
	case filepath.IsAbs(text) && written:
		return text, "", nil
	case filepath.IsAbs(text):
		dir = filepath.Clean(text)
	default:
		dir = filepath.Join(c.job.Dir, text)
	}
	within = c.job.Dir
	if c.job.Root != "" {
		within = c.job.Root
	}
	if below, err := filepath.Rel(within, dir); err != nil || !filepath.IsLocal(below) {
		return "", "", fmt.Errorf("the working-directory %q leads out of the workspace %s; go there with `cd` in the script if that is meant", text, within)
	}
	return dir, within, nil
}
