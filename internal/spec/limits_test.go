package spec

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/belay-ci/belay/internal/source"
)

func TestAFileHoldsAThousandSteps(t *testing.T) {
	file := func(n int) source.File {
		return source.File{Name: "f", Data: []byte("version: 1\nsteps:\n" + strings.Repeat("  - { name: n, run: make, timeout: 5m, env: { A: b, C: d } }\n", n))}
	}
	if s, problems := ReadSteps(file(MaxSteps), nil); len(problems) > 0 || len(s.Steps) != MaxSteps {
		t.Errorf("%d steps: %v", MaxSteps, problems)
	}
	if _, problems := ReadSteps(file(MaxSteps+1), nil); len(problems) != 1 || !problems.HasErrors() {
		t.Errorf("%d steps: %v", MaxSteps+1, problems)
	}
}

// TestAHostileFileIsCheapToRefuse gives files that are YAML, and more of something than anyone writes. The time
// allowed is far more than is needed, and far less than what growing with the square of it would take.
func TestAHostileFileIsCheapToRefuse(t *testing.T) {
	for name, c := range map[string]struct{ head, line string }{
		"unknown keys":        {"version: 1\nsteps:\n", "  k%d: v\n"},
		"wrong steps":         {"version: 1\nsteps:\n", "  - [a%d]\n"},
		"steps":               {"version: 1\nsteps:\n", "  - { run: a%d }\n"},
		"unknown actions":     {"version: 1\nsteps:\n", "  - { run: a%d, on-error: [{ b: c }, { d: e }] }\n"},
		"expressions":         {"version: 1\nsteps:\n- run: a\n  env:\n", "    A%d: ${{ env.A }}\n"},
		"one text of them":    {"version: 1\nsteps:\n- run: a\n  env:\n    A: >\n", "      ${{ %d }}\n"},
		"scripts with them":   {"version: 1\nsteps:\n- run: |\n", "    ${{ %d }}\n"},
		"routes":              {"version: 1\nroutes:\n", "- { match: a%d, fail: {} }\n"},
		"kinds in a list":     {"version: 1\nroutes:\n- fail: {}\n  match:\n", "  - netwrok%d\n"},
		"classified failures": {"version: 1\nclassify:\n", "- { match: { exit-code: 1 }, kind: a%d }\n"},
	} {
		var b strings.Builder
		b.WriteString(c.head)
		for i := 0; i < 11_000 && b.Len() < 60_000; i++ {
			fmt.Fprintf(&b, c.line, i)
		}
		f := source.File{Name: "f", Data: []byte(b.String())}
		start := time.Now()
		_, inSteps := ReadSteps(f, testBuiltins())
		_, inPolicy := ReadPolicy(f, testBuiltins())
		for _, problems := range []source.Diagnostics{inSteps, inPolicy} {
			problems.Render(f)
			if len(problems) > 300 {
				t.Errorf("%s: %d diagnostics", name, len(problems))
			}
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%s took %v", name, took)
		} else {
			t.Logf("%-20s %v", name, took.Round(time.Millisecond))
		}
	}
}

// TestWhatIsNotToldIsNotFoundOut shows it by an expression: once so much is wrong that no more is told, none is read.
func TestWhatIsNotToldIsNotFoundOut(t *testing.T) {
	var b strings.Builder
	b.WriteString("version: 1\nsteps:\n  - run: make\n    env:\n")
	for i := range 300 {
		fmt.Fprintf(&b, "      A%d: ${{ steps.s%d.outputs.a }}\n", i, i)
	}
	s, problems := ReadSteps(source.File{Name: "f", Data: []byte(b.String())}, nil)
	env := s.Steps[0].Env
	if len(problems) != 200 || env[199].Value.Source() == "" || env[200].Value.Source() != "" {
		t.Errorf("%d diagnostics; the expressions are %q and %q", len(problems), env[199].Value.Source(), env[200].Value.Source())
	}
}

// TestATestOfManyStepsThatAreNotThereIsCheapToRefuse leaves as much time as the test above.
func TestATestOfManyStepsThatAreNotThereIsCheapToRefuse(t *testing.T) {
	var b strings.Builder
	b.WriteString("version: 1\nroutes: [{ fail: {} }]\ntests:\n  - name: a\n    steps:\n")
	for i := range 900 {
		fmt.Fprintf(&b, "      - step-of-some-length-%d\n", i)
	}
	b.WriteString("    expect:\n      attempts:\n")
	for i := range 20_000 {
		fmt.Fprintf(&b, "        a-step-that-is-not-%d: 1\n", i)
	}
	start := time.Now()
	_, problems := ReadPolicy(source.File{Name: "f", Data: []byte(b.String())}, nil)
	if took := time.Since(start); len(problems) != 200 || took > 20*time.Second {
		t.Errorf("%d diagnostics in %v", len(problems), took)
	}
}
