package spec

import "github.com/belay-ci/belay/internal/source"

// later is a value the format has a place for and this version of belay does not act on. Taking it silently
// would be a promise broken at the worst moment.
type later struct {
	key, value string // an empty value is any
	instead    string
	harmless   bool // without it the run does the same: a warning
}

// laterInSteps, laterInLand and laterInRollback list them by mapping.
func laterInSteps() []later {
	return []later{{key: "stage", instead: "no last good commit is remembered yet", harmless: true}}
}

func laterInLand() []later {
	const rebase = "commits are rebased; write `rebase`"
	return []later{
		{key: "integrate", value: "merge", instead: rebase},
		{key: "integrate", value: "rebase-or-merge", instead: rebase},
		{key: "integrate", value: "rebase-or-fail", instead: rebase},
		{key: "structured-merge", value: "true", instead: "lines that conflict are a git.conflict, which a `restart` route can take", harmless: true},
	}
}

func laterInRollback() []later {
	return []later{
		{key: "to", value: "last-good", instead: "write `previous`, which undoes this run's commits"},
		{key: "auto-merge", value: "true", instead: "a person merges the pull request"},
	}
}

// notYet reports the values of rec that are for later.
func (r *reader) notYet(rec *source.Record, list []later) {
	for _, l := range list {
		n := rec.Node(l.key)
		if n == nil || l.value != "" && n.Text != l.value {
			continue
		}
		report := r.Report
		if l.harmless {
			report = r.Warn
		}
		what := l.key
		if l.value != "" {
			what += ": " + l.value
		}
		report(n.Pos, "value", "`%s` has no effect in this version of belay: %s", what, l.instead)
	}
}
