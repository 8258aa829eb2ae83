package spec

import (
	"github.com/belay-ci/belay/internal/pattern"
	"github.com/belay-ci/belay/internal/source"
)

// nameGrammar is GitHub's for inputs and step ids, but for their length.
var nameGrammar = pattern.New(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// maxName is how long a name may be. It is no part of the patterns: to compile a hundred repetitions takes longer than to
// read the file.
const maxName = 100

// isName reports whether a text can name an input or a step.
func isName(text string) bool { return len(text) <= maxName && nameGrammar.MatchString(text) }

func (r *reader) readInputs(n *source.Node) []Input {
	if n == nil {
		return nil
	}
	var inputs []Input
	for _, e := range n.Entries {
		in := Input{Name: e.Key.Text}
		if !isName(in.Name) {
			r.Report(e.Key.Pos, "id", "an input's name begins with a letter or _ and goes on with letters, digits, _ and -: not %q", in.Name)
		}
		switch {
		case e.Value.Kind == source.Null: // `tag:` alone declares an input
		case e.Value.Scalar():
			r.Report(e.Value.Pos, "type", "an input is declared by a mapping; to give it a value when a run gives none, write `%s: { default: %s }`", in.Name, e.Value.Text)
		default:
			rec := r.Record(e.Value, "an input", InputKeys())
			in.Description = r.plain(rec, "description")
			in.Default = r.plain(rec, "default")
			in.HasDefault = rec.Has("default")
			required, _ := rec.Bool("required")
			in.Required = required.Is
			if in.Required && in.HasDefault {
				r.Report(rec.KeyPos("default"), "value", "an input that is required can't have a default; remove one of the two")
			}
		}
		inputs = append(inputs, in)
	}
	return inputs
}
