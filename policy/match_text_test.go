package policy

import (
	"regexp"
	"testing"
)

func TestMatchSaysWhatItIsFor(t *testing.T) {
	for want, m := range map[string]Match{
		"anything":                      {},
		"network or transient":          {Kinds: []Kind{Network, "transient"}},
		"exit code 75 or 70-79":         {ExitCodes: []Range{{75, 75}, {70, 79}}},
		"step and signal KILL":          {Kinds: []Kind{"step"}, Signals: []string{"KILL"}},
		"hint retry":                    {Hints: []Hint{HintRetry}},
		`stdout ~ "a" and stderr ~ "b"`: {Stdout: regexp.MustCompile("a"), Stderr: regexp.MustCompile("b")},
		"network and its `if`":          {Kinds: []Kind{Network}, If: true},
	} {
		if got := m.String(); got != want {
			t.Errorf("%+v says %q, want %q", m, got, want)
		}
	}
}
