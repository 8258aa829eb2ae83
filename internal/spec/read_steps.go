package spec

import (
	"io/fs"
	"strings"

	"github.com/belay-ci/belay/internal/pattern"
	"github.com/belay-ci/belay/internal/source"
)

// ReadSteps reads a steps file that runs no others. The Steps are fit to run when no diagnostic is an error; they
// are nil when the file is no mapping at all.
func ReadSteps(f source.File, builtins []Builtin) (*Steps, source.Diagnostics) {
	return ReadStepsIn(nil, "", f, builtins)
}

// ReadStepsIn is ReadSteps for a file at a path, with slashes, of a repository. The steps files it runs are read from
// there too: the diagnostics tell of all of them, and Steps.Files holds them.
func ReadStepsIn(repository fs.FS, at string, f source.File, builtins []Builtin) (*Steps, source.Diagnostics) {
	family := &children{tree: repository, known: map[string]*child{}}
	r := family.reader(at, f, builtins)
	s := r.stepsFile(f)
	if s != nil {
		s.Files = family.files
	}
	return s, r.Problems.Sorted()
}

// stepsFile reads a whole steps file; it returns nil for what is none.
func (r *reader) stepsFile(f source.File) *Steps {
	root, problems := source.Parse(f)
	r.Problems = append(r.Problems, problems...)
	if root == nil || !r.top(root, "a steps file", "version: 1, steps: [...]") {
		return nil
	}
	rec := r.Record(root, "a steps file", StepsKeys())
	s := &Steps{File: f.Name}
	s.Name = r.plain(rec, "name")
	s.Stage = r.stage(rec)
	s.Inputs = r.readInputs(rec.Node("inputs"))
	for _, in := range s.Inputs {
		r.inputs = append(r.inputs, in.Name)
	}
	s.Env = r.env(rec.Node("env"), r.scope("inputs", "run", "git", "host"))
	r.readDefaults(rec.Node("defaults"))
	if list := rec.Node("steps"); list != nil {
		if len(list.Items) == 0 {
			r.Report(list.Pos, "value", "there are no steps; a run has at least one")
		}
		s.Steps = r.section(section{list: list, prefix: "step", mayRoute: true, main: true})
	}
	s.Outputs = r.outputs(rec.Node("outputs"))
	if list := rec.Node("finally"); list != nil {
		s.Finally = r.section(section{list: list, prefix: "finally", mayRoute: true, handling: true})
	}
	return s
}

// stageGrammar is what can be part of a ref's name (git-check-ref-format) and of a file's name anywhere, if it is not longer
// than maxName.
var stageGrammar = pattern.New(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)

func (r *reader) stage(rec *source.Record) string {
	stage := r.plain(rec, "stage")
	if n := rec.Node("stage"); n != nil && (len(stage) > maxName || !stageGrammar.MatchString(stage)) && !strings.Contains(stage, opening) {
		r.Report(n.Pos, "value", "a stage is named by letters, digits, _ and -, at most %d of them: not %q", maxName, stage)
		return ""
	}
	return stage
}

// readDefaults reads what steps have that do not say otherwise.
func (r *reader) readDefaults(n *source.Node) {
	if n == nil {
		return
	}
	rec := r.Record(n, "defaults", DefaultsKeys())
	r.defaults.Shell = r.shell(rec)
	if dir := rec.Node("working-directory"); dir != nil {
		r.defaults.WorkingDirectory = r.text(dir, r.scope("inputs", "env", "run", "git", "host"))
	}
	timeout, _ := rec.Duration("timeout")
	r.defaults.Timeout = timeout.Is
	r.logLimit(&r.defaults, rec)
}
