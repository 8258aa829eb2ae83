package source

import (
	"cmp"
	"slices"
)

// Diagnostic is one thing wrong with a file, for the one who wrote it.
type Diagnostic struct {
	File string
	Pos
	Message string // what is wrong and what to do, without a full stop
	Rule    string // the name of the rule it breaks
	Warning bool   // worth a look, but no reason not to run
}

// Diagnostics is what is wrong with one or more files.
type Diagnostics []Diagnostic

// Sorted returns the diagnostics by file and place, each once. Those at one place keep an order of their
// own, so that two readings of a file tell the same.
func (ds Diagnostics) Sorted() Diagnostics {
	sorted := slices.Clone(ds)
	slices.SortFunc(sorted, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Col, b.Col),
			cmp.Compare(a.Rule, b.Rule),
			cmp.Compare(a.Message, b.Message),
		)
	})
	return slices.Compact(sorted)
}

// HasErrors reports whether any of them is more than a warning.
func (ds Diagnostics) HasErrors() bool {
	return slices.ContainsFunc(ds, func(d Diagnostic) bool { return !d.Warning })
}
