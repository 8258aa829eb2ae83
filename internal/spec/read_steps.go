package spec

import (
	"regexp"

	"github.com/belay-ci/belay/internal/source"
)

// ReadSteps reads a steps file. The Steps are fit to run when no diagnostic is an error; they are nil when the
// file is no mapping at all.
func ReadSteps(f source.File, builtins []Builtin) (*Steps, source.Diagnostics) {
	root, problems := source.Parse(f)
	if root == nil {
		return nil, problems.Sorted()
	}
	r := &reader{Decoder: source.Decoder{File: f.Name, Problems: problems}, builtins: builtins}
	if !r.top(root, "a steps file", "version: 1, steps: [...]") {
		return nil, r.Problems.Sorted()
	}
	rec := r.Record(root, "a steps file", StepsKeys())
	s := &Steps{File: f.Name}
	s.Name = r.plain(rec, "name")
	s.Stage = r.stage(rec)
	r.notYet(rec, LaterInSteps())
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
	if list := rec.Node("finally"); list != nil {
		s.Finally = r.section(section{list: list, prefix: "finally", mayRoute: true, handling: true})
	}
	return s, r.Problems.Sorted()
}

// stageGrammar is what can be part of a ref's name (git-check-ref-format) and of a file's name anywhere.
var stageGrammar = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$`)

func (r *reader) stage(rec *source.Record) string {
	stage := r.plain(rec, "stage")
	if n := rec.Node("stage"); n != nil && !stageGrammar.MatchString(stage) && !opening.MatchString(stage) {
		r.Report(n.Pos, "value", "a stage is named by letters, digits, _ and -, at most 100 of them: not %q", stage)
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
}
