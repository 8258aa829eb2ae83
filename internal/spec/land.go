package spec

import (
	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/policy"
)

func (r *reader) land(n *source.Node) policy.Land {
	land := policy.DefaultLand()
	if n == nil {
		return land
	}
	rec := r.Record(n, "`land`", LandKeys())
	if v, ok := rec.Text("integrate"); ok {
		land.Integrate = v.Is
	}
	if v, ok := rec.Text("sign"); ok {
		land.Sign = v.Is
	}
	if v, ok := rec.Text("via"); ok {
		land.Via = v.Is
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
	if v, ok := rec.Text("contention"); ok {
		land.Contention = policy.Contention(v.Is)
	}
	if v, ok := rec.Bool("structured-merge"); ok {
		land.StructuredMerge = v.Is
	}
	if v, ok := rec.Number("jitter"); ok {
		land.Jitter = policy.Jitter(v.Is)
	} else if _, full := rec.Text("jitter"); full {
		land.Jitter = policy.FullJitter
	}
	r.notYet(rec, LaterInLand())
	r.lintVia(rec, land)
	if land.MaxDelay > 0 && land.Initial > land.MaxDelay {
		at := rec.KeyPos("initial")
		if !rec.Has("initial") {
			at = rec.KeyPos("max-delay")
		}
		r.Report(at, "value", "`initial` is %s, longer than `max-delay`, %s", written(land.Initial), written(land.MaxDelay))
	}
	return land
}

// lintVia reports what does not go with commits that the forge makes and signs.
func (r *reader) lintVia(rec *source.Record, land policy.Land) {
	if land.Via != policy.ByAPI {
		return
	}
	if land.Sign != "" && land.Sign != "none" {
		r.Report(rec.KeyPos("sign"), "value", "with `via: api` GitHub signs the commits, and no key of yours does: leave `sign` out, or `via`")
	}
	if land.Contention == policy.Combine {
		r.Report(rec.KeyPos("contention"), "value", "with `via: api` every commit is made by GitHub, and `combine` has runs push the commits of others: use one of the two")
	}
}
