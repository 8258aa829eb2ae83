// Package pattern holds regular expressions that are compiled when they are first used.
//
// A package variable made by regexp.MustCompile is compiled whenever the program starts, whatever the program is
// then asked to do. belay has some fifty of them and a run needs few, yet all together took a fifth of its start. That a
// pattern compiles is held by the test of internal/house, which tries every one in the tree.
package pattern

import (
	"regexp"
	"sync"
)

// Pattern is a regular expression in RE2 syntax, see https://pkg.go.dev/regexp/syntax. It may be used by several
// goroutines at once.
type Pattern struct {
	text     string
	once     sync.Once
	compiled *regexp.Regexp
}

// New returns the pattern that text spells. A text that is none panics where the pattern is used first, so it must be a
// constant: only those can be tried by a test.
func New(text string) *Pattern { return &Pattern{text: text} }

// Regexp returns the pattern compiled, for what the methods here do not offer.
func (p *Pattern) Regexp() *regexp.Regexp {
	p.once.Do(func() { p.compiled = regexp.MustCompile(p.text) })
	return p.compiled
}

// MatchString reports whether the pattern is found in s.
func (p *Pattern) MatchString(s string) bool { return p.Regexp().MatchString(s) }

// FindStringSubmatch returns the leftmost match in s and its groups, nil without one.
func (p *Pattern) FindStringSubmatch(s string) []string { return p.Regexp().FindStringSubmatch(s) }

// ReplaceAllString returns s with every match replaced, and $1 in the replacement by the match's first group.
func (p *Pattern) ReplaceAllString(s, replacement string) string {
	return p.Regexp().ReplaceAllString(s, replacement)
}
