package host

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/belay-ci/belay/internal/columns"
	"github.com/belay-ci/belay/runner/report"
)

// live is what is going on right now, at the bottom of a terminal: a line for each step at work, with its attempt, its
// races, and the seconds left of a wait. Everything else scrolls above it. Each change is one write, and lines are
// overwritten rather than cleared, so that nothing flickers.
type live struct {
	screen *screen
	paint  paint
	wide   func() int // columns of the terminal

	began   time.Time
	rows    []liveRow
	drawn   int  // lines of the area that are on the screen
	open    bool // the last line above is not ended: there is no place for the area
	frame   int
	stopped chan struct{} // nil when the area is not ticking
}

// liveRow is a step at work.
type liveRow struct {
	key, title string
	n, of      int
	attempt    int // from 0
	max        int // re-runs that are allowed; 0 on the first attempt
	began      time.Time
	until      time.Time // the end of a wait
	why        string
	lost       int // races
	branch     string
}

const (
	liveTick = 120 * time.Millisecond
	maxLive  = 5 // rows; the rest is a number
)

func newLive(s *screen, p paint, wide func() int) *live {
	return &live{screen: s, paint: p, wide: wide}
}

// show writes an event's lines above the area, and the area as it is then.
func (l *live) show(e report.Event, text string) {
	l.screen.mu.Lock()
	defer l.screen.mu.Unlock()
	l.follow(e, time.Now())
	if l.open && text != "" {
		text = "\n" + text
	}
	l.open = l.open && text == ""
	l.screen.print(l.erase() + text + l.draw(time.Now()))
}

// follow keeps the rows as events say.
func (l *live) follow(e report.Event, now time.Time) {
	switch e := e.(type) {
	case report.RunStarted:
		l.began = now
		l.start()
	case report.StepStarted:
		l.rows = append(l.rows, liveRow{key: key(e.Step), title: report.OneLine(e.Step.Title()), n: e.N, of: e.Of, began: now})
	case report.AttemptStarted:
		l.row(e.Step, func(r *liveRow) { r.attempt, r.max, r.until = e.N, e.Max, time.Time{} })
	case report.Waiting:
		l.row(e.Step, func(r *liveRow) { r.until, r.why = now.Add(e.Delay), report.OneLine(e.Why) })
	case report.RaceLost:
		l.row(e.Step, func(r *liveRow) { r.lost, r.branch = e.Lost, report.OneLine(e.Branch) })
	case report.StepEnded:
		for i, r := range l.rows {
			if r.key == key(e.Step) {
				l.rows = append(l.rows[:i:i], l.rows[i+1:]...)
				break
			}
		}
	case report.RunEnded:
		l.rows = nil
		l.stop()
	}
}

func (l *live) row(s report.Step, change func(*liveRow)) {
	for i := range l.rows {
		if l.rows[i].key == key(s) {
			change(&l.rows[i])
		}
	}
}

// start lets the area tick.
func (l *live) start() {
	if l.stopped != nil {
		return
	}
	stopped := make(chan struct{})
	l.stopped = stopped
	go func() {
		tick := time.NewTicker(liveTick)
		defer tick.Stop()
		for {
			select {
			case <-stopped:
				return
			case now := <-tick.C:
				l.tick(now)
			}
		}
	}()
}

func (l *live) stop() {
	if l.stopped != nil {
		close(l.stopped)
		l.stopped = nil
	}
}

func (l *live) tick(now time.Time) {
	l.screen.mu.Lock()
	defer l.screen.mu.Unlock()
	if l.stopped == nil {
		return
	}
	l.frame++
	l.screen.print(l.back() + l.draw(now))
}

// erase takes the area off the screen.
func (l *live) erase() string {
	if l.drawn == 0 {
		return ""
	}
	text := l.back() + "\x1b[J"
	l.drawn = 0
	return text
}

// back moves to the beginning of the area.
func (l *live) back() string {
	if l.drawn == 0 {
		return ""
	}
	return "\r" + strings.Repeat("\x1b[A", l.drawn-1)
}

// draw returns the area, from its beginning. The cursor stays at the end of its last line.
func (l *live) draw(now time.Time) string {
	if l.open || len(l.rows) == 0 {
		return ""
	}
	rows := l.rows
	if len(rows) > 1 { // a for-each's own row says nothing that its items' don't
		rows = l.items()
	}
	width := max(l.wide()-1, 20)
	var out []string
	for i, r := range rows {
		if i == maxLive {
			out = append(out, columns.Cut(fmt.Sprintf("  and %d more", len(rows)-maxLive), width))
			break
		}
		out = append(out, l.text(r, now, width))
	}
	for len(out) < l.drawn { // fewer than before: the rest is emptied
		out = append(out, "")
	}
	l.drawn = len(out)
	return unwrapped + strings.Join(out, "\x1b[K\n") + "\x1b[K" + wrapped
}

// A terminal may give a sign more columns than it should have: without automatic wrap the row still is one line, and the
// way back to the area's beginning right. DEC's private mode 7, DECAWM.
const unwrapped, wrapped = "\x1b[?7l", "\x1b[?7h"

func (l *live) items() []liveRow {
	var items []liveRow
	for _, r := range l.rows {
		_, item, _ := strings.Cut(r.key, "\x00")
		if item != "" {
			items = append(items, r)
		}
	}
	if len(items) == 0 {
		return l.rows
	}
	return items
}

// text is a row: its sign, its place, the step, and what it is at.
func (l *live) text(r liveRow, now time.Time, width int) string {
	sign := string([]rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")[l.frame%10])
	parts := []string{fmt.Sprintf("[%d/%d] %s", r.n, r.of, r.title)}
	again := ""
	if r.max > 0 {
		again = fmt.Sprintf("attempt %d of %d", r.attempt+1, r.max+1)
	}
	if left := r.until.Sub(now); left > 0 {
		sign = "…"
		parts = append(parts, "waits "+secondsLeft(left), r.why)
	} else if again != "" {
		parts = append(parts, again)
	}
	if r.lost > 0 {
		parts = append(parts, fmt.Sprintf("races lost for %s: %d", r.branch, r.lost))
	}
	end := report.Duration(now.Sub(r.began).Truncate(time.Second))
	if total := now.Sub(l.began); total-now.Sub(r.began) > time.Second {
		end += " of " + report.Duration(total.Truncate(time.Second))
	}
	text := columns.Cut(strings.Join(parts, " · "), width-columns.Width(end)-4)
	return l.paint.yellow(sign) + " " + text + "  " + l.paint.dim(end)
}

// secondsLeft counts down to one, never to nothing.
func secondsLeft(d time.Duration) string {
	return (d + time.Second - 1).Truncate(time.Second).String()
}

// around returns a writer that lets the area make way for what a step prints.
func (l *live) around(out io.Writer) io.Writer { return liveStream{l, out} }

type liveStream struct {
	live *live
	out  io.Writer
}

// Write implements io.Writer. A line that is not ended keeps the area away until it is.
func (s liveStream) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	l := s.live
	l.screen.mu.Lock()
	defer l.screen.mu.Unlock()
	erase := l.erase()
	l.open = p[len(p)-1] != '\n'
	if _, err := s.out.Write([]byte(erase + string(p))); err != nil {
		return 0, err
	}
	l.screen.print(l.draw(time.Now()))
	return len(p), nil
}
