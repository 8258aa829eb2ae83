package spec

import "github.com/belay-ci/belay/internal/source"

// What one file may hold. Files written by hand are nowhere near; what is checked against everything else, as
// routes are, or compiled, as expressions are, would make a hostile file expensive.
const (
	MaxSteps       = 1000 // finally and recovery steps included, and those of the files it runs
	MaxRoutes      = 1000 // over all lists
	MaxListed      = 100  // routes in one list, or entries of one list in a match
	MaxExpressions = 5000 // conditions, and each ${{ … }} of other values
	MaxItems       = 1000 // of one for-each
	MaxDepth       = 8    // files that run files
)

// counts is what a file was found to hold so far.
type counts struct{ steps, routes, expressions int }

// count adds to one of the counts, and reports the moment it passes its limit. It says whether it has not.
func (r *reader) count(counted *int, more, limit int, what string, at source.Pos) bool {
	before := *counted
	*counted += more
	if *counted > limit && before <= limit {
		r.Report(at, "value", "a file may hold %d %s, and here it passes that", limit, what)
	}
	return *counted <= limit
}

// short reports a list that is longer than a list may be.
func (r *reader) short(n *source.Node, what string) bool {
	if len(n.Items) > MaxListed {
		r.Report(n.Pos, "value", "%s may hold %d entries; this one holds %d", what, MaxListed, len(n.Items))
	}
	return len(n.Items) <= MaxListed
}
