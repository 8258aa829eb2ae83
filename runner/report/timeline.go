package report

import (
	"fmt"
	"time"
)

// timeline is when everything ran: a row for each visit that had attempts, in thousandths of the run's time.
type timeline struct {
	Rows  []timelineRow
	Ticks []tick
}

type timelineRow struct {
	Anchor, Name, Tone, Word, Took string
	Bars                           []bar
}

// bar is an attempt, a wait between two, or a race that was lost.
type bar struct {
	X, W int    // thousandths; W is at least 1
	Look string // "good", "bad", "idle", "wait" or "race"
	Tip  string // what it is, in a line
}

type tick struct {
	X    int
	Text string
}

// minBar is the least width of an attempt: what took no time is seen all the same.
const minBar = 4

func timelineOf(r Report) timeline {
	begin, end := bounds(r)
	total := end.Sub(begin)
	if total <= 0 {
		return timeline{}
	}
	scale := func(t time.Time) int { return int(1000 * t.Sub(begin) / total) }
	var line timeline
	for i, s := range r.Steps {
		if len(s.Attempts) == 0 || s.Started.IsZero() {
			continue
		}
		row := timelineRow{Anchor: fmt.Sprintf("step-%d", i+1), Name: visitTitle(s), Took: span(s.Started, s.Ended)}
		row.Tone, row.Word = stepTone(s)
		row.Bars = bars(r, s, scale)
		line.Rows = append(line.Rows, row)
	}
	if b := r.rollback(); !b.Started.IsZero() {
		look := "good"
		if b.Outcome == "failed" || b.Outcome == "refused" {
			look = "bad"
		}
		line.Rows = append(line.Rows, timelineRow{Anchor: "rollback", Name: "rollback", Tone: look, Word: b.Outcome, Took: span(b.Started, b.Ended),
			Bars: []bar{interval(scale, b.Started, b.Ended, look, "rollback: "+b.Outcome)}})
	}
	for _, part := range []int{0, 250, 500, 750, 1000} {
		line.Ticks = append(line.Ticks, tick{part, Duration(total * time.Duration(part) / 1000)})
	}
	return line
}

// bounds are the run's, or wider where a step's clock says so.
func bounds(r Report) (begin, end time.Time) {
	begin, end = r.Run.Started, r.Run.Ended
	for _, s := range r.Steps {
		if !s.Started.IsZero() && (begin.IsZero() || s.Started.Before(begin)) {
			begin = s.Started
		}
		if s.Ended.After(end) {
			end = s.Ended
		}
	}
	return begin, end
}

func bars(r Report, s Step, scale func(time.Time) int) []bar {
	var all []bar
	for i, a := range s.Attempts {
		if i > 0 {
			wait := fmt.Sprintf("waited %s", span(s.Attempts[i-1].Ended, a.Started))
			all = append(all, interval(scale, s.Attempts[i-1].Ended, a.Started, "wait", wait))
		}
		look := map[Status]string{StatusSuccess: "good", StatusFailure: "bad"}[a.Status]
		if look == "" {
			look = "idle"
		}
		tip := fmt.Sprintf("attempt %d, %s", a.N+1, span(a.Started, a.Ended))
		if a.Status == StatusFailure {
			tip += ": " + a.Cause()
		}
		all = append(all, interval(scale, a.Started, a.Ended, look, tip))
	}
	for _, l := range r.Landings {
		if l.Step != s.Ref() {
			continue
		}
		for _, race := range l.Races {
			if !race.At.Before(s.Started) && !race.At.After(s.Ended) {
				b := interval(scale, race.At, race.At.Add(race.Wait), "race", "lost a race for "+l.Where()+" to "+Short(race.Tip))
				all = append(all, b)
			}
		}
	}
	return all
}

func interval(scale func(time.Time) int, from, to time.Time, look, tip string) bar {
	x := min(max(scale(from), 0), 1000-minBar)
	w := max(scale(to)-x, 1)
	if look != "wait" {
		w = max(w, minBar)
	}
	return bar{X: x, W: min(w, 1000-x), Look: look, Tip: OneLine(tip)}
}
