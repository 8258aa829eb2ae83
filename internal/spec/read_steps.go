package spec

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/policy"
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

// reader decodes one file. Its fields say what is known at the place it has come to.
type reader struct {
	source.Decoder
	builtins   []Builtin
	inPolicy   bool // the file is a policy: it knows no inputs and no steps
	inputs     []string
	defaults   Step
	classified []policy.Kind         // the kinds that the file's classify gives
	ids        map[string]source.Pos // of the steps that have an id so far
	order      []string              // the ids of the main steps, in their order
	before     []string              // the ids of the steps that run before this place
	steps      int
}

// top refuses what is no mapping, in the words of someone who opened the wrong file.
func (r *reader) top(root *source.Node, what, example string) bool {
	switch root.Kind {
	case source.Mapping:
		return true
	case source.Null:
		r.Report(root.Pos, "missing-key", "the file is empty; %s begins like this: %s", what, example)
	default:
		r.Report(root.Pos, "type", "%s is a mapping, as in %s; this is %s", what, example, root.Kind)
	}
	return false
}

// scope says which names an expression may use here.
func (r *reader) scope(contexts ...string) expr.Names {
	return expr.Names{Inputs: r.inputs, Steps: slices.Clone(r.before), Allowed: contexts, Fields: expr.Fields()}
}

// text checks the expressions of a value.
func (r *reader) text(n *source.Node, names expr.Names) expr.Text {
	t, problems := expr.ParseText(n.Text, names)
	r.expressions(n, problems)
	return t
}

// condition checks a condition.
func (r *reader) condition(n *source.Node, names expr.Names) expr.Condition {
	c, problems := expr.ParseCondition(n.Text, names)
	r.expressions(n, problems)
	return c
}

func (r *reader) expressions(n *source.Node, problems []expr.Problem) {
	for _, p := range problems {
		r.Report(n.PosAt(p.Offset), "expression", "%s", p.Message)
	}
}

// plain returns the text of a key whose value is used as it is, before there is anything to evaluate.
func (r *reader) plain(rec *source.Record, key string) string {
	v, _ := rec.Text(key)
	if n := rec.Node(key); n != nil {
		r.noExpression(n, "expression", fmt.Sprintf("%q is used as it is; an expression can't stand here", key))
	}
	return v.Is
}

var opening = regexp.MustCompile(`\$\{\{`)

// noExpression reports every expression in a value that may hold none.
func (r *reader) noExpression(n *source.Node, rule, message string) {
	for _, at := range opening.FindAllStringIndex(n.Text, -1) {
		r.Report(n.PosAt(at[0]), rule, "%s", message)
	}
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
