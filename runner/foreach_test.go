package runner

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/report"
	"github.com/google/go-cmp/cmp"
)

// A land step outside of a checkout fails at once, every time, and starts no process.
const landings = `
version: 1
steps:
  - id: go
    for-each: [a, b, c]
    max-parallel: 3
    fail-fast: false
    uses: land
    with: { branch: main, paths: ["${{ item }}"] }
`

// executions counts the attempts of each row that has some.
func executions(r report.Report) (all map[string]int, sum int) {
	all = map[string]int{}
	for _, row := range r.Steps {
		if n := len(row.Attempts); n > 0 {
			all[row.Ref()] = n
			sum += n
		}
	}
	return all, sum
}

func TestItemsAtTheSameTimeShareTheRunsLimits(t *testing.T) {
	for limits, want := range map[string]int{"{ retries: 2 }": 3 + 2, "{ executions: 4 }": 4, "{ executions: 2 }": 2} {
		synctest.Test(t, func(t *testing.T) {
			r := play(t, t.Context(), landings, "version: 1\nlimits: "+limits+`
routes:
  - match: step.start
    retry: { max: 9, backoff: fixed, initial: 10s, jitter: 0 }
  - fail: {}
`)
			all, sum := executions(r)
			for _, row := range r.Steps {
				for _, a := range row.Attempts {
					if a.Kind == policy.RunBudget {
						sum-- // refused
					}
				}
			}
			if sum != want {
				t.Errorf("%s: %d executions, want %d: %v", limits, sum, want, all)
			}
		})
	}
}

func TestEveryItemHasItsOwnRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := play(t, t.Context(), landings+`    on-error:
      - match: { kind: step.start, if: item != 'b' }
        retry: { max: 3, backoff: fixed, initial: 10s, jitter: 0 }
      - fail: {}
`, "version: 1\n")
		got, _ := executions(r)
		if diff := cmp.Diff(map[string]int{"go[a]": 4, "go[b]": 1, "go[c]": 4}, got); diff != "" {
			t.Errorf("attempts (-want +got):\n%s", diff)
		}
		if f := r.Failure; f.Step != "go" || f.Kind != policy.StepStart || f.Message != "item a: land: there is no git here" {
			t.Errorf("failed with %+v", f)
		}
		var rows []string
		for _, row := range r.Steps {
			rows = append(rows, row.Ref()+" "+string(row.Conclusion))
		}
		if diff := cmp.Diff([]string{"go failure", "go[a] failure", "go[b] failure", "go[c] failure"}, rows); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
	})
}

// The condition sees the item that the group's failure is of, and how often that was executed before.
func TestAGroupIsDecidedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := play(t, t.Context(), landings+`    on-error:
      - match: step.start
        retry: { max: 2, initial: 1s }
      - match: { if: "item == 'a' && item.index == 0 && attempt == 2" }
        to: next
      - fail: {}
  - { id: skipped, uses: land }
  - { id: next, uses: land, if: always() }
`, "version: 1\n")
		if group := r.Steps[0]; group.Conclusion != report.StatusSuccess || group.Outcome != report.StatusFailure {
			t.Errorf("the group ended %+v", group)
		}
		got, _ := executions(r)
		if diff := cmp.Diff(map[string]int{"go[a]": 3, "go[b]": 3, "go[c]": 3, "next": 1}, got); diff != "" {
			t.Errorf("attempts (-want +got):\n%s", diff)
		}
	})
}

func TestAnItemThatOthersWaitForIsNotHeldUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := play(t, t.Context(), `
version: 1
steps:
  - for-each: { slow: 0, fast: 0 }
    max-parallel: 2
    uses: land
    with: { branch: main, paths: [x] }
    on-error:
      - match: { kind: step.start, if: item.key == 'slow' }
        retry: { max: 9, backoff: fixed, initial: 1h, max-delay: 0 }
      - match: step.start
        retry: { max: 1, backoff: fixed, initial: 1s, jitter: 0 }
      - fail: {}
`, "version: 1\n")
		if took := r.Run.Ended.Sub(r.Run.Started); took != time.Second {
			t.Errorf("the failure of one item ended the wait of the other after %s", took)
		}
		slow, fast := r.Steps[1], r.Steps[2]
		if slow.Conclusion != report.StatusCancelled || fast.Conclusion != report.StatusFailure || r.Result != report.Failed {
			t.Errorf("%s, %s, %s", slow.Conclusion, fast.Conclusion, r.Result)
		}
	})
}
