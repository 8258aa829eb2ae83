package spec

import (
	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/policy"
)

// reader decodes one file. Its fields say what is known at the place it has come to.
type reader struct {
	source.Decoder
	builtins   []Builtin
	children   *children
	at         string // the file's path in the repository
	depth      int    // 1, and more when the file runs files
	inPolicy   bool   // the file is a policy: it knows no inputs and no steps
	isChild    bool   // the file is run as a step of another
	inputs     []string
	defaults   Step
	classified []policy.Kind         // the kinds that the file's classify gives
	ids        map[string]source.Pos // of the steps that have an id so far
	order      []string              // the ids of the main steps, in their order
	before     []string              // the ids of the steps that run before this place
	counts
}

// top refuses what is no mapping, in the words of someone who opened the wrong file.
func (r *reader) top(root *source.Node, what, example string) bool {
	switch root.Kind {
	case source.Mapping:
		other, first := otherFile(root)
		if first != nil {
			r.Report(first.Pos, "type", "this is %s; %s begins like this: %s", other, what, example)
		}
		return first == nil
	case source.Null:
		r.Report(root.Pos, "missing-key", "the file is empty; %s begins like this: %s", what, example)
	default:
		r.Report(root.Pos, "type", "%s is a mapping, as in %s; this is %s", what, example, root.Kind)
	}
	return false
}

// errors returns how many errors were reported so far.
func (r *reader) errors() int {
	n := 0
	for _, d := range r.Problems {
		if !d.Warning {
			n++
		}
	}
	return n
}
