package source

import "regexp"

var nameGrammar = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// name reads an anchor or an alias: its indicator, then its name.
func (r *reader) name(what string) (string, error) {
	at := r.at
	r.at++
	for !r.spaceAt(r.at) && !flowIndicator(r.peek()) {
		r.at++
	}
	name := r.text[at+1 : r.at]
	if !nameGrammar.MatchString(name) {
		return "", r.fail(at, "after %q comes the name of %s: letters, digits, _ and -; put the value in quotes if it is text", r.text[at], what)
	}
	r.blanks()
	return name, nil
}

// alias reads an alias and returns the node it stands for. An anchor counts once its node is complete, so a
// node can't contain itself.
func (r *reader) alias() (*Node, error) {
	at := r.at
	name, err := r.name("an alias")
	if err != nil {
		return nil, err
	}
	n := r.anchors[name]
	if n == nil {
		return nil, r.fail(at, "no anchor &%s comes before this; quote the value if it is text", name)
	}
	if err := r.enter(n.size); err != nil {
		return nil, err
	}
	r.leave()
	return n, nil
}

// skipTag reports a tag and goes past it.
func (r *reader) skipTag() {
	at := r.at
	for !r.spaceAt(r.at) && !flowIndicator(r.peek()) {
		r.at++
	}
	r.report(at, "yaml", "tags such as %s are not read; remove it, or quote the value if it is text", r.text[at:min(r.at, at+40)])
	r.blanks()
}
