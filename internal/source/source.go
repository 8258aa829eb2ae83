// Package source reads YAML so that everything found in it, and everything wrong with it, has a place: a file
// becomes a tree of nodes, each with its line and column, and a list of diagnostics.
//
// It reads the YAML people write by hand and refuses the rest by name: no tags, no merge keys, no directives,
// no complex keys, one document. Aliases stay inside their document. The reader is our own because a library
// gives up one of the two things this package is for. Measured on 1 MiB: a flat mapping keeps goccy/go-yaml
// 1.19 busy for more than six seconds and 3 GiB, and its limits can't be set from outside; a file that may
// come from a stranger must be cheap to refuse. And only the reader knows which byte of the file every byte
// of a folded, quoted or escaped value came from, which is what puts a caret under an expression.
package source

// File is one file to read: its name as diagnostics show it, and its bytes.
type File struct {
	Name string
	Data []byte
}

// Pos is a place in a file. Both count from 1; Col counts characters, as an editor shows them.
type Pos struct{ Line, Col int }

// Before reports whether p comes before q.
func (p Pos) Before(q Pos) bool {
	return p.Line < q.Line || p.Line == q.Line && p.Col < q.Col
}
