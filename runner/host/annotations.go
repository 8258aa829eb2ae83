package host

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/belay-ci/belay/runner/report"
)

// maxAnnotations is how many of a level GitHub shows of one step of a job; belay's own error needs one of them.
const maxAnnotations = 10

// annotations holds back the `::error` commands that steps print until their attempt is over. What a run recovered from
// is no reason for red on a green run's page: it becomes a warning.
type annotations struct {
	out io.Writer

	mu    sync.Mutex
	held  []string // `::error file=a.go,line=1::text`, without the beginning `::error`; the first ones, more are not shown
	later []unsure
	stop  string // the token that ends a stop-commands; empty while commands count
	given map[string]int
}

// unsure is what a step printed that recovery steps may mend: whether they do is known when the run is over.
type unsure struct {
	step report.Step
	held []string
}

// before is told of an event before it is shown.
func (a *annotations) before(e report.Event) {
	switch e := e.(type) {
	case report.AttemptEnded:
		a.resume()
		if e.Attempt.Status == report.StatusFailure && e.Attempt.Decision == nil {
			return // an item's, and its group is not over
		}
		a.settle(e.Step, e.Attempt.Decision)
	case report.StepEnded:
		switch {
		case e.Step.Item != "":
		case e.Step.Conclusion == report.StatusSuccess:
			a.release("warning")
		default:
			a.settle(e.Step, e.Step.Decision) // a group's
		}
	case report.RunEnded:
		a.resume()
		a.release("error")
		for _, u := range a.later {
			a.mu.Lock()
			a.held = u.held
			a.mu.Unlock()
			a.release(u.level(e.Report.Steps))
		}
	}
}

// settle releases what is held, or puts it by, after what was decided about the failure that it came with.
func (a *annotations) settle(step report.Step, d *report.Decision) {
	switch {
	case d != nil && slices.Contains([]string{"retry", "restart", "continue", "to"}, d.Action):
		a.release("warning")
	case d != nil && d.Action == "run":
		a.mu.Lock()
		defer a.mu.Unlock()
		if len(a.held) > 0 {
			a.later, a.held = append(a.later, unsure{step, a.held}), nil
		}
	default:
		a.release("error")
	}
}

// level is that of a step's errors, as the report has the step in the end.
func (u unsure) level(rows []report.Step) string {
	for _, row := range slices.Backward(rows) {
		if row.ID == u.step.ID && row.Item == u.step.Item && row.Restart == u.step.Restart && row.Conclusion == report.StatusSuccess {
			return "warning"
		}
	}
	return "error"
}

// resume lets commands count again where a step that stopped them has not said so: belay's own would be lost.
func (a *annotations) resume() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stop != "" {
		_, _ = io.WriteString(a.out, "::"+a.stop+"::\n")
		a.stop = ""
	}
}

// release writes what is held as annotations of a level, as far as GitHub shows them.
func (a *annotations) release(level string) {
	a.mu.Lock()
	held := a.held
	a.held = nil
	a.mu.Unlock()
	for _, rest := range held {
		if a.count(level, maxAnnotations-1) {
			_, _ = io.WriteString(a.out, "::"+level+rest+"\n")
		}
	}
}

// count takes one of a level's places, and reports whether there was one.
func (a *annotations) count(level string, limit int) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.given == nil {
		a.given = map[string]int{}
	}
	if a.given[level] >= limit {
		return false
	}
	a.given[level]++
	return true
}

// take reads a line that a step printed, without its end, and returns what is to be shown in its place.
// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
func (a *annotations) take(line []byte) []byte {
	text := strings.TrimSpace(string(line))
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stop != "" {
		if strings.EqualFold(text, "::"+a.stop+"::") {
			a.stop = ""
		}
		return line
	}
	if token, ok := cutName(text, "::stop-commands::"); ok {
		a.stop = token
		return line
	}
	rest, message, ok := errorCommand(text)
	if !ok {
		return line
	}
	if len(a.held) < maxAnnotations {
		a.held = append(a.held, rest)
	}
	return []byte("Error: " + message) // as the runner shows it
}

// commandStream is one of a step's streams. It passes bytes on as they come, but for lines that may be a command: they
// are looked at whole.
type commandStream struct {
	out   io.Writer
	marks *annotations
	mask  func(line []byte) // is told of the lines that add a mask, where out is not the log; nil elsewhere
	begun []byte            // the beginning of a line that may be a command
	deep  bool              // in a line that is none
	buf   []byte
}

// maxCommand is the longest line that is looked at.
const maxCommand = 64 << 10

// Write implements io.Writer.
func (s *commandStream) Write(p []byte) (int, error) {
	n := len(p)
	s.buf = s.buf[:0]
	for len(p) > 0 {
		end := bytes.IndexByte(p, '\n')
		piece := p
		if end >= 0 {
			piece = p[:end+1]
		}
		p = p[len(piece):]
		s.piece(piece, end >= 0)
	}
	if len(s.buf) > 0 {
		if _, err := s.out.Write(s.buf); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// piece takes a line, or the part of one that has come.
func (s *commandStream) piece(piece []byte, whole bool) {
	if s.deep {
		s.buf = append(s.buf, piece...)
		s.deep = !whole
		return
	}
	if len(s.begun) == 0 && !mayBeCommand(piece) {
		s.buf = append(s.buf, piece...)
		s.deep = !whole
		return
	}
	s.begun = append(s.begun, piece...)
	switch {
	case whole:
		if s.mask != nil && addsMask(s.begun) {
			s.mask(s.begun)
		}
		s.buf = append(append(s.buf, s.marks.take(s.begun[:len(s.begun)-1])...), '\n')
	case mayBeCommand(s.begun):
		return
	default:
		s.buf = append(s.buf, s.begun...)
		s.deep = true
	}
	s.begun = s.begun[:0]
}

// addsMask reports whether a line is an `::add-mask::`. The runner takes its name in either case.
func addsMask(line []byte) bool {
	_, is := cutName(string(bytes.TrimSpace(line)), "::add-mask::")
	return is
}

// mayBeCommand reports whether a line that begins like this can still become a command.
func mayBeCommand(begun []byte) bool {
	if len(begun) > maxCommand {
		return false
	}
	text := bytes.TrimLeft(begun, " \t")
	for _, command := range []string{"::", "##["} {
		n := min(len(text), len(command))
		if string(text[:n]) == command[:n] {
			return true
		}
	}
	return false
}
