package simulate

import (
	"encoding/xml"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/google/go-cmp/cmp"
)

// builtins stand in for the runner's.
func builtins() []spec.Builtin {
	return []spec.Builtin{{Name: "land", With: []source.Key{{Name: "branch", Type: source.TypeText}}}}
}

// played plays the tests of a policy, whose steps are their own.
func played(t *testing.T, text string) []Case {
	t.Helper()
	p, problems := spec.ReadPolicy(source.File{Name: "policy", Data: []byte(text)}, builtins())
	if problems.HasErrors() {
		t.Fatal(problems.Render())
	}
	var all []Case
	for _, c := range p.Tests {
		timeline := Run(Job{Steps: c.Steps, Policy: p, Fail: c.Fail, Left: c.Left, Host: c.Host, Inputs: c.Inputs})
		all = append(all, Case{Name: c.Name, File: "policy", Line: c.Pos.Line, Timeline: timeline, Mismatches: Compare(c.Expect, timeline)})
	}
	return all
}

func TestASimulationKeepsTheLimitsOfARun(t *testing.T) {
	const policy = `version: 1
limits: { deadline: 30m, reserve: 5m, retries: 3, executions: 6 }
routes:
  - match: step
    retry: { max: 9, initial: 1m, backoff: fixed, jitter: 0 }
  - rollback: {}
rollback: { max-age: 10m }
tests:
  - name: the retries of all steps count together
    steps: [one, two]
    fail: { one: [exit:1, exit:1], two: [exit:1, exit:1] }
    expect: { result: failed, waits: [1m, 1m, 1m], attempts: { one: 3, two: 2 } }
  - name: the executions count too
    steps: [one, two, three, four, five, six, seven]
    expect: { result: failed, kind: run.budget, attempts: { six: 1, seven: 1 } }
  - name: a step is stopped when only the reserve is left, and after that always() may use it
    steps: [one, { id: two, if: always() }]
    fail: { one: ok@26m, two: ok@3m }
    expect: { result: failed, kind: run.deadline, attempts: { one: 1, two: 1 }, routes: [fail] }
  - name: a wait that ends at the deadline is not begun
    steps: [one]
    fail: { one: exit:1@24m30s }
    expect: { result: failed, kind: step.exit, waits: [] }
  - name: a step takes no longer than its timeout
    steps: [{ id: one, timeout: 5m }]
    fail: { one: [ok@10m, exit:1@6m, timeout, ok@5m] }
    expect: { result: success, routes: [retry, retry, retry] }
  - name: what landed long ago is not rolled back
    steps: [{ id: land, uses: land }, build, smoke]
    fail: { build: ok@11m, smoke: own }
    expect: { result: failed, exit-code: 5, rollback: false }
  - name: what landed just now is
    steps: [{ id: land, uses: land }, build, smoke]
    fail: { land: ok@11m, build: ok@9m, smoke: own }
    expect: { result: failed, exit-code: 3, rollback: true }
`
	for _, c := range played(t, policy) {
		if len(c.Mismatches) > 0 {
			t.Errorf("%s:\n%s%s", c.Name, c.Diff(), Text(c.Timeline))
		}
	}
}

func TestComparingTellsEveryDifference(t *testing.T) {
	const policy = `version: 1
routes:
  - match: step
    retry: { max: 1, initial: 90s }
  - match: network
    restart: {}
tests:
  - name: all wrong
    steps: [one]
    fail: { one: [exit:1, exit:1] }
    expect: { result: success, kind: network, exit-code: 3, attempts: { one: 3 }, waits: [1m], routes: [retry, run, fail], restarts: 1, rollback: true, rerun: true }
  - name: all right
    steps: [one]
    fail: { one: [exit:1, exit:1] }
    expect: { result: failed, kind: step.exit, exit-code: 1, attempts: { one: 2 }, waits: [1m30s], routes: ["routes[0]", fail], restarts: 0, rollback: false, rerun: false }
`
	all := played(t, policy)
	want := []Mismatch{
		{"result", "success", "failed"}, {"kind", "network", "step.exit"}, {"exit-code", "3", "1"}, {"attempts.one", "3", "2"},
		{"waits", "[1m]", "[1m30s]"}, {"routes", "[retry, run, fail]", "[retry, fail]"}, {"restarts", "1", "0"},
		{"rollback", "true", "false"}, {"rerun", "true", "false"},
	}
	if diff := cmp.Diff(want, all[0].Mismatches); diff != "" {
		t.Error(diff)
	}
	if all[1].Mismatches != nil {
		t.Error(all[1].Diff())
	}
}

func TestJitterIsDrawnAroundTheMiddle(t *testing.T) {
	p, _ := spec.ReadPolicy(source.File{Name: "policy", Data: []byte("version: 1\nroutes: [{ retry: { max: 1 } }]\ntests: [{ name: x, steps: [one], fail: { one: exit:1 }, expect: { restarts: 0 } }]\n")}, builtins())
	wait := func(draw func() float64) time.Duration {
		return Run(Job{Steps: p.Tests[0].Steps, Policy: p, Fail: p.Tests[0].Fail, Draw: draw}).Waited
	}
	if got := wait(nil); got != 5*time.Second {
		t.Errorf("without a draw it waits %s, want 5s", got)
	}
	var waits []time.Duration
	for seed := range uint64(20) {
		waits = append(waits, wait(rand.New(rand.NewPCG(seed, 0)).Float64))
	}
	slices.Sort(waits)
	if least, most := waits[0], waits[len(waits)-1]; least < 3750*time.Millisecond || most > 6250*time.Millisecond || most-least < time.Second {
		t.Errorf("20 draws lie between %s and %s; want them spread within 5s ±25%%", least, most)
	}
}

func TestInputsHaveTheirDefaults(t *testing.T) {
	declared := []spec.Input{{Name: "tag", Required: true}, {Name: "env", Default: "dev", HasDefault: true}, {Name: "note"}}
	for name, c := range map[string]struct{ given, want map[string]string }{
		"nothing is given": {nil, map[string]string{"tag": "<tag>", "env": "dev", "note": ""}},
		"all are given":    {map[string]string{"tag": "v1", "env": "prod", "note": "x"}, map[string]string{"tag": "v1", "env": "prod", "note": "x"}},
	} {
		if diff := cmp.Diff(c.want, Inputs(declared, c.given)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestJUnitHoldsWhateverTextACaseHas(t *testing.T) {
	all := played(t, `version: 1
tests:
  - { name: "<&> \"quotes\"", steps: [one], expect: { result: failed } }
  - { name: fine, steps: [one], expect: { result: success } }
`)
	text, err := JUnit(all)
	if err != nil {
		t.Fatal(err)
	}
	var suite struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Cases    []struct {
			Name    string `xml:"name,attr"`
			Failure *struct {
				Message string `xml:"message,attr"`
				Text    string `xml:",chardata"`
			} `xml:"failure"`
		} `xml:"testcase"`
	}
	if err := xml.Unmarshal(text, &suite); err != nil {
		t.Fatal(err)
	}
	failed, fine := suite.Cases[0], suite.Cases[1]
	if suite.Tests != 2 || suite.Failures != 1 || fine.Failure != nil || failed.Name != `<&> "quotes"` {
		t.Errorf("%+v", suite)
	}
	if f := failed.Failure; f == nil || f.Message != "policy:3: result is success, want failed" || !strings.Contains(f.Text, "+ result: success") {
		t.Errorf("%+v", f)
	}
}
