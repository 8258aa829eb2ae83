package report

import (
	"fmt"
	"strings"
	"time"
)

// maxBars is how many attempts the timeline shows; Mermaid draws no more than a screenful well.
const maxBars = 100

// gantt draws when every attempt ran, as a folded Mermaid diagram. Mermaid has no escapes, so names lose whatever
// could be syntax. It is empty when there is too little or too much to draw.
func gantt(steps []Step) string {
	var out strings.Builder
	bars, longest := 0, 0
	var began, ended time.Time
	for _, step := range steps {
		if len(step.Attempts) > 0 {
			name := plainName(step.Title())
			longest = max(longest, len(name))
			fmt.Fprintf(&out, "  section %s\n", name)
		}
		for i, a := range step.Attempts {
			tag := "crit"
			if a.Status == StatusSuccess {
				tag = "done"
			}
			fmt.Fprintf(&out, "  attempt %d :%s, %d, %d\n", i+1, tag, a.Started.UnixMilli(), max(a.Ended.UnixMilli(), a.Started.UnixMilli()+1))
			bars++
			if began.IsZero() {
				began = a.Started
			}
			ended = a.Ended
		}
	}
	if bars < 2 || bars > maxBars {
		return ""
	}
	axis := "%H:%M:%S"
	if ended.Sub(began) < 10*time.Second { // Mermaid marks it more than once a second
		axis = "%S.%L s"
	}
	// Mermaid leaves the same room for names whatever their length: 7 pixels a letter keep them off the bars.
	return fmt.Sprintf("\n<details><summary>Timeline</summary>\n\n```mermaid\n%%%%{init: {\"gantt\": {\"leftPadding\": %d}}}%%%%\ngantt\n  dateFormat x\n  axisFormat %s\n%s```\n\n</details>\n", 7*longest+24, axis, out.String())
}

func plainName(s string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune(" ._-/", r):
			return r
		}
		return -1
	}, OneLine(s))
	return "step " + name[:min(40, len(name))]
}
