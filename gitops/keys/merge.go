package keys

import (
	"path"
	"slices"

	"github.com/belay-ci/belay/internal/source"
)

// Merge puts the changes that were made between base and change into onto, key by key, and keeps the text of onto. It
// returns the merged file and the paths of what it put in, and is not ok wherever there is a doubt:
//
//   - onto changed the same key, one above it or one below it, and not to the same value;
//   - a list changed whose items have no identity (a name, an id or a key that is each item's own), unless either side
//     changed items where they stood and none moved, or one side left the list as it was;
//   - both sides put items into a list at the same place, since their order may matter;
//   - an anchor, an alias, a merge key or a tag is touched;
//   - a comment changed where no value did: it would be lost;
//   - the file is a lock file, such as package-lock.json.
//
// What comes out means what a three-way merge of the values means, it is looked at. Where only the style of a value
// changed, its quotes or the order of keys, onto's stays.
func Merge(name string, base, change, onto []byte) (merged []byte, paths []string, ok bool) {
	if !Known(name) || whole(name) {
		return nil, nil, false
	}
	var files [3]*file
	for i, raw := range [][]byte{base, change, onto} {
		f, err := read(name, raw)
		if err != nil {
			return nil, nil, false
		}
		files[i] = f
	}
	j := joiner{base: files[0], change: files[1], onto: files[2]}
	if len(j.base.docs) != len(j.change.docs) || len(j.base.docs) != len(j.onto.docs) {
		return nil, nil, false
	}
	var want []value
	for doc := range j.onto.docs {
		b, c, o := j.base.side(doc), j.change.side(doc), j.onto.side(doc)
		if len(j.base.docs) > 1 && !sameDocument(b.value, c.value, o.value) {
			return nil, nil, false
		}
		v, ok := j.join(b, c, o, "")
		if !ok {
			return nil, nil, false
		}
		want = append(want, v)
	}
	merged, err := j.onto.make(j.splices, want)
	if err != nil || !j.keepsComments(merged) {
		return nil, nil, false
	}
	return merged, j.paths, true
}

// whole reports whether a file is written by a tool that makes it as a whole, a lock file: two of
// them, joined key by key, may be what the tool would never have written.
func whole(name string) bool {
	switch path.Base(name) {
	case "package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "packages.lock.json":
		return true
	}
	return false
}

// joiner is a merge under way: splices change the text of onto.
type joiner struct {
	base, change, onto *file
	splices            []splice
	paths              []string
}

// side is a place in one of the three files, and what it means.
type side struct {
	*place
	value
}

func (f *file) side(doc int) side {
	root := f.docs[doc].root
	return side{&place{node: root, doc: doc}, meaning(root)}
}

func (s side) child(i int) side {
	if s.kind == mapping {
		return side{s.place.child(i), s.entries[i].value}
	}
	return side{s.place.child(i), s.items[i]}
}

// sameDocument reports whether three documents are of the same thing, as far as they say what they are of.
func sameDocument(b, c, o value) bool {
	for _, key := range []string{"apiVersion", "kind", "name", "id", "metadata"} {
		x, y, z := b.field(key), c.field(key), o.field(key)
		if key == "metadata" {
			x, y, z = x.field("name"), y.field("name"), z.field("name")
		}
		if !same(x, y) || !same(x, z) {
			return false
		}
	}
	return true
}

// field returns the value of a key, nothing where there is none.
func (v value) field(key string) value {
	if i := v.get(key); i >= 0 {
		return v.entries[i].value
	}
	return value{}
}

// join merges one place; so is its path. It returns what the place means after.
func (j *joiner) join(b, c, o side, so string) (value, bool) {
	switch {
	case same(b.value, c.value), same(c.value, o.value):
		return o.value, true
	case b.props != "" || c.props != "" || o.props != "":
		return value{}, false
	case b.kind == mapping && c.kind == mapping && o.kind == mapping:
		return j.joinMappings(b, c, o, so)
	case b.kind == list && c.kind == list && o.kind == list:
		return j.joinLists(b, c, o, so)
	case !same(b.value, o.value) || marked(o.node) != nil || marked(c.node) != nil:
		return value{}, false
	}
	j.note(so)
	j.splices = append(j.splices, j.rewrite(b, c, o)...)
	return c.value, true
}

// note remembers a path that was put in.
func (j *joiner) note(so string) {
	if so == "" {
		so = "."
	}
	j.paths = append(j.paths, so)
}

// joinMappings merges mappings key by key.
func (j *joiner) joinMappings(b, c, o side, so string) (value, bool) {
	index := func(s side) map[string]int {
		keys := make(map[string]int, len(s.entries))
		for i, e := range s.entries {
			keys[e.key] = i
		}
		return keys
	}
	in := members{base: index(b), change: index(c), onto: index(o), b: b, c: c, o: o}
	for _, e := range c.entries {
		in.order = append(in.order, e.key)
	}
	for _, e := range b.entries {
		in.was = append(in.was, e.key)
	}
	in.path = func(key string) string {
		if so == "" {
			return quoteKey(key)
		}
		return so + "." + quoteKey(key)
	}
	_, merging := in.onto["<<"]
	in.fixed = merging
	return j.joinMembers(in)
}

// members are what three collections hold, each member under a name of its own.
type members struct {
	b, c, o            side
	base, change, onto map[string]int // where a member is
	was, order         []string       // the members of base and of change
	path               func(name string) string
	fixed              bool // none may come or go
	strict             bool // the order matters
}

// joinMembers merges collections member by member.
func (j *joiner) joinMembers(in members) (value, bool) {
	out := rebuilt{of: in.o.value, now: map[int]value{}, gone: map[int]bool{}, added: map[int][]entry{}}
	for _, name := range in.was {
		if ok := j.joinMember(in, name, &out); !ok {
			return value{}, false
		}
	}
	before := -1 // the last member of change that onto has, too
	for _, name := range in.order {
		i, there := in.onto[name]
		if _, old := in.base[name]; old {
			if there && !out.gone[i] {
				before = i
			}
			continue
		}
		c := in.c.child(in.change[name])
		switch {
		case there && !same(c.value, in.o.child(i).value):
			return value{}, false
		case there:
			before = i
			continue
		case in.fixed || marked(c.node) != nil || in.strict && in.grew(before):
			return value{}, false
		}
		j.note(in.path(name))
		j.splices = append(j.splices, j.insertion(c, in.o, before+1)...)
		out.added[before] = append(out.added[before], entry{name, c.value})
	}
	return out.value(), true
}

// joinMember merges a member that base has.
func (j *joiner) joinMember(in members, name string, out *rebuilt) bool {
	b := in.b.child(in.base[name])
	ci, kept := in.change[name]
	oi, there := in.onto[name]
	switch {
	case !kept && !there:
		return true
	case !kept:
		o := in.o.child(oi)
		if in.fixed || !same(b.value, o.value) || marked(o.node) != nil {
			return false
		}
		splices, err := j.onto.remove(o.place, value{kind: in.o.kind}, Path{})
		if err != nil {
			return false
		}
		j.note(in.path(name))
		j.splices = append(j.splices, splices...)
		out.gone[oi] = true
		return true
	case !there:
		return same(b.value, in.c.child(ci).value)
	}
	v, ok := j.join(b, in.c.child(ci), in.o.child(oi), in.path(name))
	out.now[oi] = v
	return ok
}

// grew reports whether onto has a new member right behind the one at i.
func (in members) grew(i int) bool {
	for name, at := range in.onto {
		if _, old := in.base[name]; at == i+1 && !old {
			return true
		}
	}
	return false
}

// rebuilt is a collection of onto with its changes.
type rebuilt struct {
	of    value
	now   map[int]value
	gone  map[int]bool
	added map[int][]entry // behind a member; behind -1 in front
}

func (r rebuilt) value() value {
	v := value{kind: r.of.kind, props: r.of.props}
	put := func(e entry) {
		if v.kind == mapping {
			v.entries = append(v.entries, e)
		} else {
			v.items = append(v.items, e.value)
		}
	}
	for i := -1; i < max(len(r.of.entries), len(r.of.items)); i++ {
		if i >= 0 && !r.gone[i] {
			var e entry
			if v.kind == mapping {
				e = r.of.entries[i]
			} else {
				e.value = r.of.items[i]
			}
			if now, ok := r.now[i]; ok {
				e.value = now
			}
			put(e)
		}
		for _, e := range r.added[i] {
			put(e)
		}
	}
	return v
}

// keepsComments reports whether the merged file has lost and won the comments that change has.
func (j *joiner) keepsComments(merged []byte) bool {
	after, err := read(j.onto.name, merged)
	if err != nil {
		return false
	}
	count := map[string]int{}
	for _, f := range []struct {
		comments []source.Comment
		by       int
	}{{j.change.comments, 1}, {j.base.comments, -1}, {after.comments, -1}, {j.onto.comments, 1}} {
		for _, c := range f.comments {
			count[c.Text] += f.by
		}
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

// identities are the keys by which items of a list are known, the first that fits.
func identities() []string { return []string{"name", "id", "key"} }

// identify returns the items of a list by the value of a key, if each has one of its own.
func (v value) identify(key string) (names []string, at map[string]int, ok bool) {
	at = make(map[string]int, len(v.items))
	for i, item := range v.items {
		id := item.field(key)
		if _, twice := at[id.text]; item.kind != mapping || id.kind != words && id.kind != number && id.kind != unsure || twice {
			return nil, nil, false
		}
		at[id.text] = i
		names = append(names, id.text)
	}
	return names, at, true
}

// inOrder reports whether what two lists share stands in the same order in both.
func inOrder(a, b []string, inA, inB map[string]int) bool {
	shared := func(list []string, other map[string]int) []string {
		return slices.DeleteFunc(slices.Clone(list), func(name string) bool { _, ok := other[name]; return !ok })
	}
	return slices.Equal(shared(a, inB), shared(b, inA))
}
