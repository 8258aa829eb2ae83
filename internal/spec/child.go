package spec

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/internal/source"
)

// children reads the steps files that steps run, each once, however many steps run it.
type children struct {
	tree  fs.FS             // the repository; nil: there is none to read from
	chain []string          // the paths of the files that are being read, the outermost first
	known map[string]*child // by path
	files []source.File
}

// child is a steps file that was read as a step.
type child struct {
	steps *Steps // nil when it is none
	count int    // of its steps, those of the files it runs included
	depth int    // 1, and more when it runs files itself
}

// isPath reports whether `uses` names a file and not a built-in step.
func isPath(uses string) bool {
	return strings.HasPrefix(uses, "./") || strings.HasPrefix(uses, "../")
}

// child reads the steps file that a step runs, and what it is given. The child is nil when it can't be read.
func (r *reader) child(rec *source.Record, uses *source.Node, names expr.Names) (*Steps, map[string]any) {
	if rec.Has("working-directory") {
		r.Report(rec.KeyPos("working-directory"), "step", "`working-directory` belongs to `run`; the steps of %s say themselves where they run", uses.Text)
	}
	if strings.Contains(uses.Text, opening) {
		r.noExpression(uses, "expression", "the path of a steps file is used as it is, so that the file can be checked before anything runs; an expression can't stand here")
		return nil, nil
	}
	at := path.Join(path.Dir(r.at), uses.Text)
	if !r.mayRead(at, uses) {
		return nil, nil
	}
	c, known := r.children.known[at]
	if !known {
		if c = r.readChild(at, uses); c == nil {
			return nil, nil
		}
	} else if len(r.children.chain)+c.depth > MaxDepth+1 {
		r.Report(uses.Pos, "child", "files run files at most %d deep, and %s runs some itself: this passes that", MaxDepth, uses.Text)
	}
	r.depth = max(r.depth, c.depth+1)
	few := r.count(&r.counts.steps, c.count, MaxSteps, "steps, those of the files it runs included", uses.Pos)
	if c.steps == nil || !few {
		return nil, nil
	}
	return c.steps, r.givenTo(c.steps, rec, uses, names)
}

// mayRead reports a path that leaves the repository, or leads back to a file that is being read.
func (r *reader) mayRead(at string, uses *source.Node) bool {
	chain := r.children.chain
	switch {
	case r.children.tree == nil:
		r.Report(uses.Pos, "child", "there is no repository here to read %s from", uses.Text)
	case at == ".." || strings.HasPrefix(at, "../"):
		r.Report(uses.Pos, "child", "%s is outside of the repository; a step can run files of the repository only", uses.Text)
	case slices.Contains(chain, at):
		r.Report(uses.Pos, "child", "a file can't run itself: %s", strings.Join(append(slices.Clone(chain[slices.Index(chain, at):]), at), " > "))
	case len(chain) > MaxDepth:
		r.Report(uses.Pos, "child", "files run files at most %d deep, and this is deeper: %s", MaxDepth, strings.Join(append(slices.Clone(chain), at), " > "))
	default:
		return true
	}
	return false
}

// readChild reads a file of the repository and adds what is wrong with it to what is wrong with this one.
func (r *reader) readChild(at string, uses *source.Node) *child {
	data, err := fs.ReadFile(r.children.tree, at)
	if err != nil {
		r.Report(uses.Pos, "child", "%s", r.unreadable(at, uses.Text, err))
		return nil
	}
	f := source.File{Name: path.Join(path.Dir(r.File), uses.Text), Data: data}
	r.children.files = append(r.children.files, f)
	inner := r.children.reader(at, f, r.builtins)
	inner.isChild = true
	steps := inner.stepsFile(f)
	r.Problems = append(r.Problems, inner.Problems...)
	c := &child{steps: steps, count: inner.counts.steps, depth: max(inner.depth, 1)}
	r.children.chain = r.children.chain[:len(r.children.chain)-1]
	r.children.known[at] = c
	return c
}

// reader returns the reader of one more file, on top of those being read.
func (c *children) reader(at string, f source.File, builtins []Builtin) *reader {
	c.chain = append(c.chain, at)
	return &reader{Decoder: source.Decoder{File: f.Name, Strays: strayKey}, builtins: builtins, children: c, at: at, depth: 1}
}

// unreadable says why a file can't be read, and what was meant perhaps.
func (r *reader) unreadable(at, uses string, err error) string {
	info, statErr := fs.Stat(r.children.tree, at)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		var beside []string
		entries, _ := fs.ReadDir(r.children.tree, path.Dir(at))
		for _, e := range entries {
			if ext := path.Ext(e.Name()); !e.IsDir() && (ext == ".yml" || ext == ".yaml") {
				beside = append(beside, e.Name())
			}
		}
		guess := ""
		if near := source.Nearest(path.Base(at), beside); near != "" {
			guess = ", did you mean " + uses[:strings.LastIndex(uses, "/")+1] + near + "?"
		}
		return "there is no file " + uses + guess + " (a path begins at the folder of the file that names it)"
	case statErr == nil && info.IsDir():
		return uses + " is a folder; name the steps file in it"
	}
	cause := err
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		cause = pathErr.Err
	}
	return uses + " can't be read: " + cause.Error() + "; it must be a file of the repository, not a link out of it"
}

// first returns the first of the file's steps, main ones and finally, that is what is looked for; nil when none is.
func (s *Steps) first(is func(*Step) bool) *Step {
	for _, list := range [][]Step{s.Steps, s.Finally} {
		for i := range list {
			if is(&list[i]) {
				return &list[i]
			}
		}
	}
	return nil
}

// givenTo reads what a step gives to the inputs of the file it runs.
func (r *reader) givenTo(s *Steps, rec *source.Record, uses *source.Node, names expr.Names) map[string]any {
	var keys []source.Key
	for _, in := range s.Inputs {
		keys = append(keys, source.Key{Name: in.Name, Type: source.TypeText, Required: in.Required && !in.HasDefault, Means: in.Description, Example: "…"})
	}
	return r.given(rec, "`with` of "+uses.Text, keys, names)
}

// outputs reads what a steps file leaves to whoever runs it.
func (r *reader) outputs(n *source.Node) []Var {
	if n == nil {
		return nil
	}
	names := r.scope("inputs", "env", "steps", "run", "git", "host")
	var outputs []Var
	for _, e := range n.Entries {
		name := e.Key.Text
		if !isName(name) {
			r.Report(e.Key.Pos, "id", "an output's name begins with a letter or _ and goes on with letters, digits, _ and -: not %q", name)
		}
		switch {
		case e.Value.Kind == source.Null:
			r.Report(e.Value.Pos, "type", "the output %s has no value; write an expression as in `${{ steps.deploy.outputs.url }}`", name)
		case !e.Value.Scalar():
			r.Report(e.Value.Pos, "type", "the output %s must be text, not %s", name, e.Value.Kind)
		default:
			outputs = append(outputs, Var{Name: name, Value: r.text(e.Value, names), Pos: e.Key.Pos})
		}
	}
	return outputs
}
