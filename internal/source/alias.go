package source

import (
	"strings"

	"github.com/belay-ci/belay/internal/pattern"
)

var nameGrammar = pattern.New(`^[A-Za-z0-9_-]{1,64}$`)

// name reads an anchor or an alias: its indicator, then its name.
func (r *reader) name(what string) (string, error) {
	at := r.at
	r.at++
	for !r.spaceAt(r.at) && !flowIndicator(r.peek()) {
		r.at++
	}
	name := r.text[at+1 : r.at]
	if name == "" && r.text[at] == '*' {
		return "", r.fail(at, `a list item begins with "- "; text that begins with '*' must be in quotes`)
	}
	if !nameGrammar.MatchString(name) && !r.outline {
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
	if r.outline {
		n = r.node(String, at)
		n.Text = name
		r.extends(n, at+1+len(name), Alias)
		return n, nil
	}
	if n == nil {
		return nil, r.fail(at, "no anchor &%s comes before this; quote the value if it is text", name)
	}
	if err := r.enter(n.size); err != nil {
		return nil, err
	}
	r.leave()
	return n, nil
}

// tagGrammar is what the tags look like that people write (YAML 1.2.2, 6.9.1).
var tagGrammar = pattern.New(`^![A-Za-z0-9!/:._-]*$`)

// skipTag reports a tag and goes past it. What has no value behind it, or is no tag's name, was to be text.
func (r *reader) skipTag() error {
	at := r.at
	for !r.spaceAt(r.at) && !flowIndicator(r.peek()) {
		r.at++
	}
	tag := r.text[at:r.at]
	r.blanks()
	alone := r.lineEnds() || r.peek() == ',' || r.peek() == ']' || r.peek() == '}'
	if !tagGrammar.MatchString(tag) || alone && !r.outline && !strings.HasPrefix(tag, "!!") {
		return r.fail(at, "unquoted text can't begin with '!'; put the whole value in quotes")
	}
	if r.outline {
		return nil
	}
	r.report(at, "yaml", "tags such as %s are not read; remove it, or quote the value if it is text", tag[:min(len(tag), 40)])
	return nil
}
