package spec

import (
	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/policy"
)

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
	r.notYet(rec, LaterInRollback())
	if rollback.Via == "push" {
		for _, key := range []string{"labels", "draft", "auto-merge"} {
			if rec.Has(key) {
				r.Warn(rec.KeyPos(key), "value", "`via: push` opens no pull request, so `%s` has no effect", key)
			}
		}
	}
	return rollback
}
