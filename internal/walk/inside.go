package walk

import (
	"strings"

	"github.com/belay-ci/belay/internal/spec"
)

// Inside says which step runs the file that steps are of. It is zero for the run's own file.
type Inside struct {
	Rows   string // what the names of the file's steps begin with: "promote[eu]/"
	Routes string // what the ids of their routes begin with: "promote/"
	// Section is that of the run's own step, where it is not among the steps themselves.
	Section string
}

// File reports whether the file is run as a step.
func (in Inside) File() bool { return in.Routes != "" }

// Runs reports whether a step of the run's own file runs, maybe through others, the file that this is about.
func (in Inside) Runs(id string) bool { return strings.HasPrefix(in.Routes, id+"/") }

// Stopped says why steps are skipped after a cancellation.
func (in Inside) Stopped() string {
	if in.File() {
		return "the step that runs this file was stopped"
	}
	return "the run was cancelled"
}

// Of is one step further inside, and one item of it where item is not nil.
func (in Inside) Of(step spec.Step, item *spec.Item) Inside {
	name := step.ID
	if item != nil {
		name += "[" + item.Name + "]"
	}
	return Inside{Rows: in.Rows + name + "/", Routes: in.Routes + step.ID + "/", Section: in.Section}
}
