package forge

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/belay-ci/belay/internal/pattern"
)

// Note is a comment that is kept up to date: there is one with its mark, and each run writes its own text over the last.
type Note struct {
	Text string
	Mark string // tells it from other notes
	Run  int    // the number of the run that writes it: what a run with a greater one wrote stays as it is
	Only bool   // write it over the last one, but make none
}

// marked is the note's text with its mark and its run in it, which no reader sees.
func (n Note) marked() string {
	return fmt.Sprintf("%s\n\n<!-- belay %s run %d -->", n.Text, hidden(n.Mark), n.Run)
}

// noteEnd is what ends a note: as in [Comment], only the end of a text says whose it is.
var noteEnd = pattern.New("<!-- belay (`[^\n]+`) run (\\d+) -->$")

// writtenBy returns the run that wrote body, if it is this note.
func (n Note) writtenBy(body string) (run int, ok bool) {
	end := noteEnd.FindStringSubmatch(strings.TrimSpace(body))
	if end == nil || end[1] != hidden(n.Mark) {
		return 0, false
	}
	run, err := strconv.Atoi(end[2])
	return run, err == nil
}
