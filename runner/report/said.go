package report

import (
	"slices"
	"strings"

	"github.com/belay-ci/belay/internal/pattern"
)

// maxSaid is how much of a line the verdict quotes, in characters.
const maxSaid = 200

// said is the last line that the failed step printed: mostly it says more than how the process ended. It is empty where the
// step printed nothing, and where the failure's own message says as much.
func (r Report) said() string {
	if r.Failure == nil {
		return ""
	}
	for _, s := range slices.Backward(r.Steps) {
		if s.ID != r.Failure.Step || s.Conclusion != StatusFailure || len(s.Attempts) == 0 {
			continue
		}
		line := lastLine(s.Attempts[len(s.Attempts)-1].Tail)
		if strings.Contains(OneLine(r.Failure.Message), line) {
			return ""
		}
		return cut(line, maxSaid)
	}
	return ""
}

// workflowCommand begins a line that is an order to a CI host and not only text, such as ::error file=a.sh::.
var workflowCommand = pattern.New(`^(?:::[a-z-]+[^:]*::|##\[[a-z-]+\])\s*`)

// lastLine is the last line of an output that says something.
func lastLine(output string) string {
	for _, line := range slices.Backward(strings.Split(Plain(output), "\n")) {
		if line = OneLine(workflowCommand.ReplaceAllString(strings.TrimSpace(line), "")); line != "" {
			return line
		}
	}
	return ""
}
