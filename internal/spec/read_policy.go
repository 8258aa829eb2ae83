package spec

import (
	"io/fs"

	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/policy"
)

// ReadPolicy reads a policy file whose recovery steps run no steps files. The Policy is fit to use when no diagnostic
// is an error; it is nil when the file is no mapping at all. What can be seen only beside a steps file, Check tells.
func ReadPolicy(f source.File, builtins []Builtin) (*Policy, source.Diagnostics) {
	return ReadPolicyIn(nil, "", f, builtins)
}

// ReadPolicyIn is ReadPolicy for a file at a path, with slashes, of a repository. The steps files that its recovery
// steps run are read from there too: the diagnostics tell of all of them, and Policy.Files holds them.
func ReadPolicyIn(repository fs.FS, at string, f source.File, builtins []Builtin) (*Policy, source.Diagnostics) {
	family := &children{tree: repository, known: map[string]*child{}}
	r := family.reader(at, f, builtins)
	r.inPolicy = true
	p := r.policyFile(f)
	if p != nil {
		p.Files = family.files
	}
	return p, r.Problems.Sorted()
}

// policyFile reads a whole policy file; it returns nil for what is none.
func (r *reader) policyFile(f source.File) *Policy {
	root, problems := source.Parse(f)
	r.Problems = append(r.Problems, problems...)
	if root == nil || !r.top(root, "a policy file", "version: 1, routes: [...]") {
		return nil
	}
	rec := r.Record(root, "a policy file", PolicyKeys())
	p := &Policy{Policy: policy.Policy{
		Name:     f.Name,
		Limits:   r.limits(rec.Node("limits")),
		Classify: r.classify(rec.Node("classify")),
		Land:     r.land(rec.Node("land")),
		Rollback: r.rollback(rec.Node("rollback")),
	}}
	p.limitsPos = rec.KeyPos("limits")
	if rollback := rec.Node("rollback"); rollback != nil && rollback.Get("to") != nil {
		p.toPos = rollback.Get("to").Pos
	}
	if list := rec.Node("routes"); list != nil {
		p.Routes = r.routes(list, "routes", nil, section{})
	}
	p.Policy.Routes = p.Routes.List
	p.Verify = r.verify(rec.Node("rollback"))
	p.Tests = r.tests(rec.Node("tests"), p)
	r.lintRetryEnds(p.Routes, p.Routes.List)
	if !r.Problems.HasErrors() {
		r.lintLimits(p.Limits, p.Routes.List, p.limitsPos, "a step")
	}
	return p
}

func (r *reader) limits(n *source.Node) policy.Limits {
	if n == nil {
		return policy.Limits{}
	}
	rec := r.Record(n, "`limits`", LimitsKeys())
	deadline, timed := rec.Duration("deadline")
	reserve, kept := rec.Duration("reserve")
	retries, _ := rec.Int("retries")
	executions, _ := rec.Int("executions")
	if kept && timed && deadline.Is > 0 && reserve.Is >= deadline.Is {
		r.Report(reserve.Pos, "value", "the reserve leaves no time for the steps: it must be less than the deadline, %s", written(deadline.Is))
	}
	return policy.Limits{Deadline: deadline.Is, Reserve: reserve.Is, Retries: retries.Is, Executions: executions.Is}
}
