package spec

import (
	"slices"

	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/policy"
)

// verify reads the steps that verify a rollback.
func (r *reader) verify(rollback *source.Node) []Step {
	if rollback == nil || rollback.Get("verify") == nil || rollback.Get("verify").Kind != source.Sequence {
		return nil // what is no list was reported with its key
	}
	before := r.before
	steps := r.section(section{list: rollback.Get("verify"), prefix: "verify", handling: true})
	r.before = before
	for _, step := range steps {
		i := slices.IndexFunc(r.builtins, func(b Builtin) bool { return b.Name == step.Uses })
		if i >= 0 && !r.builtins[i].Local {
			r.Report(step.Pos, "step", "a verification looks at the reverted files and changes nothing on a server, so it can't use `%s`", step.Uses)
		}
	}
	return steps
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
