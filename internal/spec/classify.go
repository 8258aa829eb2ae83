package spec

import (
	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/policy"
)

// classify reads which failures get which kind. It notes the kinds, for the routes.
func (r *reader) classify(n *source.Node) []policy.Classification {
	if n == nil || !r.short(n, "`classify`") {
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
