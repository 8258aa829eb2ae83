package spec

import (
	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/policy"
)

// ReadPolicy reads a policy file. The Policy is fit to use when no diagnostic is an error; it is nil when the
// file is no mapping at all. What can be seen only beside a steps file, Check tells.
func ReadPolicy(f source.File, builtins []Builtin) (*Policy, source.Diagnostics) {
	root, problems := source.Parse(f)
	if root == nil {
		return nil, problems.Sorted()
	}
	r := &reader{Decoder: source.Decoder{File: f.Name, Problems: problems}, builtins: builtins, inPolicy: true}
	if !r.top(root, "a policy file", "version: 1, routes: [...]") {
		return nil, r.Problems.Sorted()
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
	if list := rec.Node("routes"); list != nil {
		p.Routes = r.routes(list, "routes", nil, section{})
	}
	p.Policy.Routes = p.Routes.List
	p.Tests = r.tests(rec.Node("tests"), p)
	r.lintRetryEnds(p.Routes, p.Routes.List)
	if !r.Problems.HasErrors() {
		r.lintLimits(p.Limits, p.Routes.List, p.limitsPos, "a step")
	}
	return p, r.Problems.Sorted()
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

// classify reads which failures get which kind. It notes the kinds, for the routes.
func (r *reader) classify(n *source.Node) []policy.Classification {
	if n == nil {
		return nil
	}
	var rows []policy.Classification
	for _, item := range n.Items {
		rec := r.Record(item, "a line of `classify`", ClassifyKeys())
		kind, named := rec.Text("kind")
		if named {
			r.classified = append(r.classified, policy.Kind(kind.Is))
			r.kind(policy.Kind(kind.Is), kind.Pos)
		}
		match := rec.Node("match")
		if match == nil {
			continue
		}
		m := r.Record(match, "`match` of `classify`", ClassifyMatchKeys())
		if len(match.Entries) == 0 {
			r.Report(match.Pos, "value", "this matches every failure, and would hide what belay knows of them; name an exit code, a signal or a pattern")
		}
		rows = append(rows, policy.Classification{
			ExitCodes: r.exitCodes(m), Signals: r.signals(m),
			Stdout: r.pattern(m, "stdout"), Stderr: r.pattern(m, "stderr"), Kind: policy.Kind(kind.Is),
		})
	}
	return rows
}

func (r *reader) land(n *source.Node) policy.Land {
	land := policy.DefaultLand()
	if n == nil {
		return land
	}
	rec := r.Record(n, "`land`", LandKeys())
	if v, ok := rec.Text("integrate"); ok {
		land.Integrate = v.Is
	}
	if v, ok := rec.Int("max"); ok {
		land.Max = v.Is
	}
	if v, ok := rec.Duration("initial"); ok {
		land.Initial = v.Is
	}
	if v, ok := rec.Duration("max-delay"); ok {
		land.MaxDelay = v.Is
	}
	if v, ok := rec.Duration("deadline"); ok {
		land.Deadline = v.Is
	}
	if v, ok := rec.Bool("structured-merge"); ok {
		land.StructuredMerge = v.Is
	}
	if v, ok := rec.Number("jitter"); ok {
		land.Jitter = policy.Jitter(v.Is)
	} else if _, full := rec.Text("jitter"); full {
		land.Jitter = policy.FullJitter
	}
	if land.MaxDelay > 0 && land.Initial > land.MaxDelay {
		r.Report(rec.Pos, "value", "`initial` is %s, longer than `max-delay`, %s", written(land.Initial), written(land.MaxDelay))
	}
	return land
}

func (r *reader) rollback(n *source.Node) policy.Rollback {
	rollback := policy.DefaultRollback()
	if n == nil {
		return rollback
	}
	rec := r.Record(n, "`rollback`", RollbackKeys())
	if v, ok := rec.Text("to"); ok {
		rollback.To = v.Is
	}
	if v, ok := rec.Text("via"); ok {
		rollback.Via = v.Is
	}
	if rec.Node("labels") != nil {
		rollback.Labels = nil
		for _, w := range rec.Words("labels") {
			rollback.Labels = append(rollback.Labels, w.Is)
		}
	}
	if v, ok := rec.Bool("draft"); ok {
		rollback.Draft = v.Is
	}
	if v, ok := rec.Bool("auto-merge"); ok {
		rollback.AutoMerge = v.Is
	}
	if v, ok := rec.Duration("max-age"); ok {
		rollback.MaxAge = v.Is
	}
	if rollback.Via == "push" {
		for _, key := range []string{"labels", "draft", "auto-merge"} {
			if rec.Has(key) {
				r.Warn(rec.KeyPos(key), "value", "`via: push` opens no pull request, so `%s` has no effect", key)
			}
		}
	}
	return rollback
}
