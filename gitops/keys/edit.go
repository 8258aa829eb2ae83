package keys

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/belay-ci/belay/internal/source"
)

// Op is what an edit does.
type Op string

// The operations. Each may be repeated: doing it again changes nothing.
const (
	// Set gives a value that is there another one. That nothing is there is an error: it may be a slip.
	Set Op = "set"
	// Add puts a value where none is, with the mappings on the way to it. An equal one that is there is left; another
	// one is an error.
	Add Op = "add"
	// Delete takes a key or an item away, with its value. That it is not there is fine.
	Delete Op = "delete"
	// Append puts an item at the end of a list, if no equal one is in it. A list that is missing or empty is made.
	Append Op = "append"
)

// Edit is one change of a document.
type Edit struct {
	Op    Op
	Path  Path
	Value any // nil, a bool, a number, text, []any, map[string]any or a Mapping; nothing for Delete
}

// Result is a file after its edits.
type Result struct {
	Data    []byte
	Changes []Change // what changed, in the order of the edits; empty when nothing did
}

// Change is one value that changed.
type Change struct {
	Op       Op
	Path     string
	Was, Now string // in short; empty for nothing
}

// String is the change in one line.
func (c Change) String() string {
	switch {
	case c.Op == Delete:
		return c.Path + ": " + c.Was + " deleted"
	case c.Was == "":
		return c.Path + ": " + c.Now + " added"
	}
	return c.Path + ": " + c.Was + " -> " + c.Now
}

// Apply makes edits in one document of a file, one after the other. The name says which format it has: JSON for .json,
// else YAML. It changes nothing but what it is asked for; where it can't be sure of that, it fails. Errors that have to
// do with the file are *Error and say the place.
func Apply(name string, data []byte, which Document, edits []Edit) (Result, error) {
	r := Result{Data: data}
	for _, e := range edits {
		f, err := read(name, r.Data)
		if err != nil {
			return Result{}, err
		}
		doc, err := f.choose(which)
		if err != nil {
			return Result{}, err
		}
		data, change, err := f.apply(doc, e)
		if err != nil {
			return Result{}, err
		}
		if change != nil {
			r.Data, r.Changes = data, append(r.Changes, *change)
		}
	}
	return r, nil
}

// planned is an edit that was thought through: the text to change, and what the document means after.
type planned struct {
	splices []splice
	after   value
	change  Change
}

// apply makes one edit and looks whether what came out is what was wanted. The change is nil for none.
func (f *file) apply(doc int, e Edit) ([]byte, *Change, error) {
	p, err := f.plan(doc, e)
	if err != nil || p == nil {
		return nil, nil, err
	}
	want := f.meanings()
	want[doc] = p.after
	data, err := f.make(p.splices, want)
	if err != nil {
		return nil, nil, fmt.Errorf("%s %s: %w", e.Op, e.Path, err)
	}
	p.change.Op, p.change.Path = e.Op, e.Path.String()
	return data, &p.change, nil
}

// make makes splices, and fails unless what comes out means what it should.
func (f *file) make(splices []splice, want []value) ([]byte, error) {
	data := f.spliced(splices)
	err := f.verify(data, want)
	if err != nil && !bytes.HasSuffix(data, []byte("\n")) {
		// The last line ending of a file is a part of the text that ends there.
		if ended := append(data, f.ending()...); f.verify(ended, want) == nil {
			return ended, nil
		}
	}
	return data, err
}

// errUnsure is the cause when what was written does not read as it should.
var errUnsure = errors.New("belay can't make this change without touching more of the file; make it by hand, or write the value in another style")

// verify reads what was written and compares what it means with what it should.
func (f *file) verify(data []byte, want []value) error {
	after, err := read(f.name, data)
	if err != nil {
		return &Error{File: f.name, Message: fmt.Sprintf("%v (%v)", errUnsure, err)}
	}
	got := after.meanings()
	if len(got) != len(want) {
		return &Error{File: f.name, Message: errUnsure.Error()}
	}
	for i := range got {
		if !same(got[i], want[i]) {
			return &Error{File: f.name, Message: errUnsure.Error()}
		}
	}
	return nil
}

// plan thinks an edit through; nil is an edit that changes nothing.
func (f *file) plan(doc int, e Edit) (*planned, error) {
	v, err := valueOf(e.Value)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", e.Op, e.Path, err)
	}
	at, err := f.find(doc, e.Path)
	var gone *missing
	absent := errors.As(err, &gone)
	switch {
	case err != nil && (!absent || e.Op == Set):
		return nil, err
	case e.Op == Delete && absent:
		return nil, nil
	case e.Op == Delete:
		return f.planDelete(at, e.Path)
	case e.Op == Add && absent:
		return f.planAdd(doc, e.Path, v)
	case e.Op == Append && absent:
		return f.planAdd(doc, e.Path, value{kind: list, items: []value{v}})
	case e.Op == Append:
		return f.planAppend(at, e.Path, v)
	}
	was := meaning(at.node)
	if same(was, v) {
		return nil, nil
	}
	if e.Op == Add && was.kind != null {
		return nil, f.fail(at.node, "%s is there already, as %s; `set` changes it", e.Path, was.short())
	}
	if err := f.free(at, e.Path); err != nil {
		return nil, err
	}
	return &planned{f.replace(at, v), f.with(at, v), Change{Was: was.short(), Now: v.short()}}, nil
}

// with returns what the document of a place means with another value there.
func (f *file) with(at *place, v value) value {
	return meaning(f.docs[at.doc].root).with(at.trail(), v)
}

// with returns v with another value at the end of a trail. Nothing of v is changed.
func (v value) with(trail []int, now value) value {
	if len(trail) == 0 {
		return now
	}
	i := trail[0]
	if v.kind == mapping {
		v.entries = slices.Clone(v.entries)
		v.entries[i].value = v.entries[i].value.with(trail[1:], now)
	} else {
		v.items = slices.Clone(v.items)
		v.items[i] = v.items[i].with(trail[1:], now)
	}
	return v
}

// free refuses to touch what an anchor, an alias or a tag has a part in.
func (f *file) free(at *place, p Path) error {
	for up := at; up != nil; up = up.parent {
		if up.node.Extent.Props != "" {
			return f.fail(up.node, "%s can't be changed: it is, or is part of, what is marked %s, so a change would mean more, or less, than it says", p, up.node.Extent.Props)
		}
	}
	if n := marked(at.node); n != nil {
		what := n.Extent.Props
		if n.Extent.Style == source.Alias {
			what = "*" + n.Text
		}
		return f.fail(n, "%s can't be changed as a whole: it holds %s", p, what)
	}
	return nil
}

// marked returns a node at or below n that is an alias, or has an anchor or a tag; nil for none.
func marked(n *source.Node) *source.Node {
	if n.Extent.Props != "" || n.Extent.Style == source.Alias {
		return n
	}
	for _, item := range n.Items {
		if m := marked(item); m != nil {
			return m
		}
	}
	for _, e := range n.Entries {
		if m := marked(e.Value); m != nil {
			return m
		}
	}
	return nil
}

// short is a value for people: what it is when that is long.
func (v value) short() string {
	text := look{}.bracketed(v, "", source.Plain)
	if runes := []rune(text); len(runes) > 60 {
		return string(runes[:59]) + "…"
	}
	return string(bytes.ToValidUTF8([]byte(text), nil))
}
