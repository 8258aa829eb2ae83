package host

import (
	"fmt"

	"github.com/belay-ci/belay/runner/report"
)

// section folds the output of an attempt. Sections don't nest, so while one is open, the attempts of other for-each
// items run without.
type section struct {
	none bool // in a quiet log there is nothing to fold
	open bool
	step string
}

// around prints the text of an event, and opens or closes the section of its attempt around it.
func (s *section) around(e report.Event, out *screen, text string, open func(title string), shut func()) {
	switch e := e.(type) {
	case report.AttemptStarted:
		out.print(text)
		if !s.open && !s.none && !e.RunsFile {
			s.open, s.step = true, key(e.Step)
			open(fmt.Sprintf("%s, attempt %d", e.Step.Title(), e.N+1))
		}
		return
	case report.AttemptEnded:
		if s.open && s.step == key(e.Step) {
			s.open = false
			shut()
		}
	case report.RunEnded:
		if s.open {
			s.open = false
			shut()
		}
	}
	out.print(text)
}

func key(s report.Step) string { return s.ID + "\x00" + s.Item }
