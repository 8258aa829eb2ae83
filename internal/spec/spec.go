// Package spec reads the steps file and the policy file. Every key is declared once, in a table here or in
// package policy; the decoder, the schemas and the reference pages read those tables. Reading goes on after a
// problem, so that the author sees all of them at once, each with its place.
package spec

import (
	"time"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/policy"
)

// Steps is a steps file, decoded. Its defaults are part of the steps already.
type Steps struct {
	File    string // as diagnostics name it
	Name    string
	Stage   string // names the target whose last good commit is remembered; empty for none
	Inputs  []Input
	Env     []Var // may use inputs, run, git and host
	Steps   []Step
	Outputs []Var // what a step that runs this file leaves; may use its steps
	Finally []Step
	Files   []source.File // the steps files it runs as steps, and those they run, for rendering diagnostics
}

// Input declares an input of a steps file.
type Input struct {
	Name, Description, Default string
	Required, HasDefault       bool
}

// Var is one variable of an environment, in the order of the file.
type Var struct {
	Name  string
	Value expr.Text
	Pos   source.Pos
}

// Step is one step. Run or Uses is set, never both.
type Step struct {
	ID               string // given, else made up: "step-3", "finally-1", "smoke-recovery-1"
	Name             string
	Pos              source.Pos
	If               *expr.Condition // nil is success()
	ForEach          *ForEach        // nil: it runs once
	Run              string
	Uses             string         // the name of a built-in step, or the path of the Child
	Child            *Steps         // the steps file it runs; nil for a script or a built-in step
	With             map[string]any // see Builtin; a Child's inputs are expr.Text
	Shell            string
	WorkingDirectory expr.Text
	Env              []Var
	Timeout          time.Duration // 0 is none
	TotalTimeout     time.Duration // over all executions of a visit and the waits between them; 0 is none
	LogLimit         int64         // bytes of output that are shown of one execution; 0 is no limit
	ContinueOnError  bool
	Idempotent       *bool  // nil when the file does not say
	Probe            string // a script that succeeds where the step's work is done already; empty for none
	Before           string // a script that runs before each retry; empty for none
	OnError          Routes
}

// Builtin declares a built-in step. In Step.With a value that is or contains an expression, and any other text,
// is an expr.Text; a TypeBool is a bool, a TypeInt an int, a TypeWords an []any of expr.Text. Within a TypeAny,
// a mapping is a map[string]any, a list an []any, a whole number an int, and nothing nil. A TypePairs or TypePaths is
// Pairs, and so is a mapping within a TypeBody.
type Builtin struct {
	Name, Means string
	With        []source.Key
	Outputs     []Output // for the reference
	// Check looks at what the keys alone do not say, where it stands in the file; nil for nothing. with holds what is in
	// Step.With, and is without errors so far.
	Check func(at source.Pos, with map[string]any, report func(at source.Pos, format string, args ...any))
	Local bool // it uses none of belay's tokens, so that a run nobody vouches for may use it
}

// Output is what later steps can read of a step, as steps.ID.outputs.NAME.
type Output struct{ Name, Means string }

// Routes is a list of routes, and what the pure policy does not hold of them, by the route's id.
type Routes struct {
	List     []policy.Route
	Recovery map[string][]Step         // the steps of a `run` action
	If       map[string]expr.Condition // the condition of a match that has one

	pos     map[string]source.Pos
	targets []target
}

// target is a step that a route's action names.
type target struct {
	route, action, key, step string
	pos                      source.Pos
}

// Policy is a policy file, decoded. Policy.Policy.Routes and Routes.List are the same.
type Policy struct {
	policy.Policy
	Routes Routes
	Verify []Step // what runs on the reverted files before a rollback is proposed
	Tests  []Test
	Files  []source.File // the steps files its recovery steps run, for rendering diagnostics

	limitsPos source.Pos
	toPos     source.Pos // of rollback.to
}
