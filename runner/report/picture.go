package report

import "fmt"

// branchPicture is what a run did to a branch, before and after, for an SVG: the commits in a row, and beside it the revert
// that waits to be merged. It is laid out twice, since a phone has no room for the row.
type branchPicture struct {
	Branch  string
	Layouts []layout
	Caption []string // the same in sentences, oldest first
}

// layout is a picture with places for everything.
type layout struct {
	Name          string // "across" or "down", the way the branch runs
	Width, Height int
	Nodes         []node
	Edges         []edge
}

// node is a commit, or several that are not told apart.
type node struct {
	Look   string // "base", "other", "own", "revert"
	Label  string
	Note   string // a second line
	Tip    string
	URL    string
	Head   string // the branch, where it points here
	Dashed bool   // it is on a branch of its own, which leaves from the node before it

	X, Y, TextX, LabelY, NoteY, HeadX, HeadY int
	Anchor                                   string // how texts stand to their X
}

// edge is a line between two commits, as an SVG path.
type edge struct {
	Path   string
	Dashed bool
}

const maxOwn = 6 // commits of one landing that are drawn; the caption has the others' number

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
	p := branchPicture{Branch: OneLine(l.Where())}
	var nodes []node
	add := func(n node) { nodes = append(nodes, n) }
	say := func(format string, args ...any) { p.Caption = append(p.Caption, OneLine(fmt.Sprintf(format, args...))) }
	if from := Short(r.Run.Commit); from != "" && r.Run.Branch == l.Where() {
		add(node{Look: "base", Label: from, Note: "the run began here"})
		say("The run began on %s.", from)
	}
	if before := Short(l.Before); before != "" && before != Short(r.Run.Commit) {
		note := "by others, meanwhile"
		if l.RacesLost > 0 {
			note = count(l.RacesLost, "race") + " lost to others"
		}
		add(node{Look: "other", Label: before, Note: note})
		say("Others had moved %s to %s when it landed; %s lost.", l.Where(), before, count(l.RacesLost, "race"))
	}
	for i, c := range l.Commits {
		if i == maxOwn {
			add(node{Look: "own", Label: fmt.Sprintf("and %d more", len(l.Commits)-maxOwn), Note: "this run"})
			break
		}
		add(node{Look: "own", Label: c.Short(), Note: cut(OneLine(c.Subject), 20), Tip: OneLine(c.Subject), URL: safeURL(c.URL)})
		say("This run landed %s: %s.", c.Short(), c.Subject)
	}
	last := len(nodes) - 1
	b := r.rollback()
	if len(b.Reverts) == 0 || b.Base != "" && b.Where() != l.Where() {
		nodes[last].Head = p.Branch
		return p.laidOut(nodes)
	}
	switch {
	case b.Outcome == "pushed":
		add(node{Look: "revert", Label: "revert", Note: "takes it back", Head: p.Branch})
		say("The revert of it is on %s too.", l.Where())
	case b.waits():
		nodes[last].Head = p.Branch
		add(node{Look: "revert", Label: pullName(b), Note: "reverts it, once merged", URL: safeURL(b.URL), Dashed: true})
		say("It is taken back by %s, once that is merged.", pullName(b))
	default:
		nodes[last].Head = p.Branch
	}
	return p.laidOut(nodes)
}

func pullName(b Rollback) string {
	if b.Number > 0 {
		return fmt.Sprintf("pull request #%d", b.Number)
	}
	return cut(OneLine(b.Branch), 24)
}

// laidOut places the commits.
func (p branchPicture) laidOut(nodes []node) branchPicture {
	p.Layouts = []layout{across(nodes), down(nodes)}
	return p
}

// across puts the commits from left to right, each over its texts, and a branch of its own below.
func across(nodes []node) layout {
	const gap, left, row, below, bend = 136, 74, 48, 124, 16
	l := layout{Name: "across", Height: 100}
	for i, n := range nodes {
		n.X, n.Y, n.Anchor = left+i*gap, row, "middle"
		if n.Dashed {
			n.Y, l.Height = below, 176
		}
		n.TextX, n.LabelY, n.NoteY = n.X, n.Y+26, n.Y+41
		n.HeadX, n.HeadY = n.X, n.Y-24
		switch {
		case i == 0:
		case n.Dashed: // to the right and then down, so that it crosses no label
			from := l.Nodes[i-1]
			l.Edges = append(l.Edges, edge{Dashed: true, Path: fmt.Sprintf("M%d %dH%dQ%d %d %d %dV%d", from.X, from.Y, n.X-bend, n.X, from.Y, n.X, from.Y+bend, n.Y)})
		default:
			l.Edges = append(l.Edges, edge{Path: fmt.Sprintf("M%d %dH%d", l.Nodes[i-1].X, n.Y, n.X)})
		}
		l.Nodes = append(l.Nodes, n)
		l.Width = max(l.Width, n.X+left)
	}
	return l
}

// down puts the commits from top to bottom, each left of its texts, and a branch of its own further to the right.
func down(nodes []node) layout {
	const gap, left, top, aside, text, letter = 52, 14, 20, 30, 20, 9 // a letter is not wider than that
	l := layout{Name: "down", Width: 300}
	for i, n := range nodes {
		n.X, n.Y, n.Anchor = left, top+i*gap, "start"
		if n.Dashed {
			n.X += aside
		}
		n.TextX, n.LabelY, n.NoteY = n.X+text, n.Y+1, n.Y+17
		n.HeadX, n.HeadY = n.TextX+letter*(len(n.Label)+1), n.LabelY
		switch {
		case i == 0:
		case n.Dashed:
			from := l.Nodes[i-1]
			l.Edges = append(l.Edges, edge{Dashed: true, Path: fmt.Sprintf("M%d %dV%dQ%d %d %d %dH%d", from.X, from.Y, n.Y-aside/2, from.X, n.Y, from.X+aside/2, n.Y, n.X)})
		default:
			l.Edges = append(l.Edges, edge{Path: fmt.Sprintf("M%d %dV%d", n.X, l.Nodes[i-1].Y, n.Y)})
		}
		l.Nodes = append(l.Nodes, n)
		l.Height = n.Y + gap/2 + 4
	}
	return l
}

// cut shortens a text to n runes.
func cut(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return s
}
