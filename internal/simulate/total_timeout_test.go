package simulate

import (
	"fmt"
	"testing"

	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/internal/spec"
)

func TestTotalTimeoutBoundsAVisit(t *testing.T) {
	const policyText = "version: 1\nroutes:\n  - { match: [step], retry: { max: 9, backoff: fixed, initial: 10s, jitter: 0 } }\n  - fail: {}\n"
	for name, c := range map[string]struct{ step, fail, want string }{
		"a wait does not fit":         {"total-timeout: 25s", "work=exit:1,exit:1,exit:1", "3 executions, 20s, step.exit"},
		"an execution is ended":       {"total-timeout: 25s", "work=exit:1,ok@1m", "2 executions, 25s, step.timeout"},
		"what fits is left alone":     {"total-timeout: 25s", "work=exit:1@4s,ok@11s", "2 executions, 25s, "},
		"the timeout comes first":     {"total-timeout: 25s, timeout: 10s", "work=ok@1m", "2 executions, 20s, "},
		"a landing nobody knows of":   {"total-timeout: 25s", "work=git.unknown@1m", "1 executions, 25s, git.unknown"},
		"without one there is no end": {"timeout: 1h", "work=exit:1@1h,exit:1@1h,ok", "3 executions, 2h0m20s, "},
	} {
		t.Run(name, func(t *testing.T) {
			steps, problems := spec.ReadSteps(source.File{Name: "s", Data: []byte("version: 1\nsteps: [{ id: work, run: make, " + c.step + " }]\n")}, nil)
			policy, more := spec.ReadPolicy(source.File{Name: "p", Data: []byte(policyText)}, nil)
			fail, _, wrong := spec.ReadFail([]string{c.fail}, steps, policy)
			if problems = append(append(problems, more...), wrong...); problems.HasErrors() {
				t.Fatal(problems)
			}
			got := Run(Job{Steps: steps, Policy: policy, Fail: fail})
			if text := fmt.Sprintf("%d executions, %s, %s", got.Executions, got.Took, got.Kind); text != c.want {
				t.Errorf("got %s; want %s", text, c.want)
			}
		})
	}
}
