package report

import "fmt"

// branchPicture is what a run did to a branch, before and after, for an SVG: one row of commits from left to right, and
// below it the revert that waits to be merged.
type branchPicture struct {
	Branch  string
	Width   int
	Height  int
	Nodes   []node
	Edges   []edge
	Caption []string // the same in sentences, oldest first
}

// node is a commit, or several that are not told apart.
type node struct {
	X, Y   int
	Look   string // "base", "other", "own", "revert"
	Label  string // below or above the node
	Note   string // a second line
	Tip    string
	URL    string
	LabelY int
	NoteY  int
	Dashed bool
	Head   string // the branch, where it points here
}

// edge is a line between two commits, as an SVG path.
type edge struct {
	Path   string
	Dashed bool
}

const (
	nodeGap   = 136
	nodeLeft  = 74
	rowOwn    = 48
	rowRevert = 124
	maxOwn    = 6 // commits of one landing that are drawn; the caption has the others' number
)

// pictures draws each branch that the run landed on.
func pictures(r Report) []branchPicture {
	var all []branchPicture
	for _, l := range r.Landed() {
		if len(l.Commits) > 0 {
			all = append(all, picture(r, l))
		}
	}
	return all
}

func picture(r Report, l Landing) branchPicture {
	p := branchPicture{Branch: OneLine(l.Where()), Height: 100}
	say := func(format string, args ...any) { p.Caption = append(p.Caption, OneLine(fmt.Sprintf(format, args...))) }
	if from := Short(r.Run.Commit); from != "" && r.Run.Branch == l.Where() {
		p.add(node{Look: "base", Label: from, Note: "the run began here"})
		say("The run began on %s.", from)
	}
	if before := Short(l.Before); before != "" && before != Short(r.Run.Commit) {
		note := "by others, meanwhile"
		if l.RacesLost > 0 {
			note = count(l.RacesLost, "race") + " lost to others"
		}
		p.add(node{Look: "other", Label: before, Note: note})
		say("Others had moved %s to %s when it landed; %s lost.", l.Where(), before, count(l.RacesLost, "race"))
	}
	for i, c := range l.Commits {
		if i == maxOwn {
			p.add(node{Look: "own", Label: fmt.Sprintf("and %d more", len(l.Commits)-maxOwn), Note: "this run"})
			break
		}
		p.add(node{Look: "own", Label: c.Short(), Note: cut(OneLine(c.Subject), 20), Tip: OneLine(c.Subject), URL: safeURL(c.URL)})
		say("This run landed %s: %s.", c.Short(), c.Subject)
	}
	last := len(p.Nodes) - 1
	b := r.rollback()
	if len(b.Reverts) == 0 || b.Base != "" && b.Where() != l.Where() {
		p.Nodes[last].Head = p.Branch
		return p.finished()
	}
	switch {
	case b.Outcome == "pushed":
		p.add(node{Look: "revert", Label: "revert", Note: "takes it back", Head: p.Branch})
		say("The revert of it is on %s too.", l.Where())
	case b.waits():
		p.Nodes[last].Head = p.Branch
		p.hang(last, node{Look: "revert", Label: pullName(b), Note: "reverts it, once merged", URL: safeURL(b.URL), Dashed: true})
		say("%s takes it back, once it is merged.", pullName(b))
	default:
		p.Nodes[last].Head = p.Branch
	}
	return p.finished()
}

func pullName(b Rollback) string {
	if b.Number > 0 {
		return fmt.Sprintf("pull request #%d", b.Number)
	}
	return cut(OneLine(b.Branch), 24)
}

// add puts a commit at the end of the branch.
func (p *branchPicture) add(n node) {
	n.X, n.Y = nodeLeft+len(p.Nodes)*nodeGap, rowOwn
	n.LabelY, n.NoteY = n.Y+26, n.Y+41
	if i := len(p.Nodes); i > 0 {
		from := p.Nodes[i-1]
		p.Edges = append(p.Edges, edge{Path: fmt.Sprintf("M%d %dH%d", from.X, from.Y, n.X)})
	}
	p.Nodes = append(p.Nodes, n)
}

// hang puts a commit on a branch of its own that leaves from node i.
func (p *branchPicture) hang(i int, n node) {
	from := p.Nodes[i]
	n.X, n.Y = from.X+nodeGap, rowRevert
	n.LabelY, n.NoteY = n.Y+26, n.Y+41
	// To the right and then down, so that it crosses no label.
	const bend = 16
	p.Edges = append(p.Edges, edge{Dashed: true, Path: fmt.Sprintf("M%d %dH%dQ%d %d %d %dV%d", from.X, from.Y, n.X-bend, n.X, from.Y, n.X, from.Y+bend, n.Y)})
	p.Nodes = append(p.Nodes, n)
	p.Height = 176
}

func (p branchPicture) finished() branchPicture {
	for _, n := range p.Nodes {
		p.Width = max(p.Width, n.X+nodeLeft)
	}
	return p
}

// cut shortens a text to n runes.
func cut(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return s
}
