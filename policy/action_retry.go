package policy

import (
	"fmt"
	"strings"
	"time"
)

// RetryAction runs the step again, after a wait. Its count begins anew with every visit of the step.
type RetryAction struct {
	Max        int // re-runs: 3 means at most 4 executions
	Backoff    Backoff
	MaxElapsed time.Duration // no re-run starts later than this after the visit began; 0 for no limit
	Workspace  Workspace     // what the re-run finds, of what the step found when the visit began; empty: KeepWorkspace
}

func retryKeys() []Key {
	return []Key{
		{Name: "max", Type: TypeInt, Default: 3, Min: 1, Max: 1000, Means: "how often to run the step again: 3 means 4 executions"},
		{Name: "backoff", Type: TypeEnum, Enum: []string{"exponential", "fixed"}, Default: "exponential", Means: "whether the wait grows from one re-run to the next"},
		{Name: "initial", Type: TypeDuration, Default: 5 * time.Second, Means: "the wait before the first re-run"},
		{Name: "factor", Type: TypeFloat, Default: 2.0, Min: 1, Max: 100, Means: "by how much an exponential wait grows"},
		{Name: "max-delay", Type: TypeDuration, Default: 5 * time.Minute, Means: "the longest wait, jitter included; 0 for no limit"},
		{Name: "jitter", Type: TypeFloat, Enum: []string{"full"}, Default: 0.25, Max: 1, Means: "how far a wait strays to either side: 0.25 is ±25 %; full draws it between nothing and the whole"},
		{Name: "max-elapsed", Type: TypeDuration, Default: time.Duration(0), Means: "how long after the step's first execution began a re-run may still start; 0 for no limit"},
		{Name: "workspace", Type: TypeEnum, Enum: Workspaces(), Default: string(KeepWorkspace), Means: "which files the re-run finds; keep: all as the failed execution left them; clean: as they were when the step began, but for those git ignores; reset: the same, and none of the ignored ones that were added since"},
	}
}

func makeRetry(v Values) (Action, error) {
	jitter := FullJitter
	if spread, ok := v["jitter"].(float64); ok {
		jitter = Jitter(spread)
	}
	factor := v["factor"].(float64)
	if v["backoff"] == "fixed" {
		factor = 1
	}
	return RetryAction{
		Max:        v["max"].(int),
		Backoff:    Backoff{Initial: v["initial"].(time.Duration), Factor: factor, MaxDelay: v["max-delay"].(time.Duration), Jitter: jitter},
		MaxElapsed: v["max-elapsed"].(time.Duration),
		Workspace:  Workspace(v.word("workspace")),
	}, nil
}

// Name returns "retry".
func (a RetryAction) Name() string { return "retry" }

// Next refuses a failure that a re-run can't help, and a wait that does not fit what is left: such a wait
// spends the route, because shortening it would hammer a server that asked for patience.
func (a RetryAction) Next(r Route, used Used, s Situation) (Decision, Refusal) {
	if reason := a.refused(r, used, s); reason != "" {
		return Decision{}, Refusal{Reason: reason}
	}
	n := used.Visit + 1
	own := a.Backoff.Delay(n, s.Draw, 0)
	delay := max(own, s.Failure.RetryAfter)
	switch {
	case a.MaxElapsed > 0 && delay > a.MaxElapsed-s.Elapsed:
		return Decision{}, Refusal{Reason: fmt.Sprintf("the wait of %s does not fit what is left of max-elapsed %s", span(delay), span(a.MaxElapsed)), Spent: true}
	case s.TotalTimeout > 0 && delay >= s.TotalTimeout-s.Elapsed: // the execution after it needs some time too
		return Decision{}, Refusal{Reason: fmt.Sprintf("the wait of %s does not fit what is left of the step's total-timeout %s", span(delay), span(s.TotalTimeout)), Spent: true}
	case !s.NoDeadline && delay > s.Left:
		return Decision{}, Refusal{Reason: fmt.Sprintf("the wait of %s does not fit the %s left before the deadline", span(delay), span(s.Left)), Spent: true}
	}
	return Decision{Verb: Retry, N: n, Max: a.Max, Delay: delay, Hinted: delay > own, Workspace: a.Workspace.or(KeepWorkspace)}, Refusal{}
}

func (a RetryAction) refused(r Route, used Used, s Situation) string {
	kind := s.Failure.Kind
	info, _ := kind.Info()
	switch {
	case s.Group:
		return "each item had its own retries"
	case info.NamedOnly && !r.Match.Names(kind):
		return fmt.Sprintf("%s is retried only where a route names it", kind)
	case used.Visit >= a.Max:
		return fmt.Sprintf("used up: %d of %d", used.Visit, a.Max)
	case s.RetriesLeft == 0:
		return "the run's retries are used up"
	case s.RetryRefused != "":
		return s.RetryRefused
	case a.Workspace.BringsBack() && s.BringBackRefused != "":
		return s.BringBackRefused
	}
	return s.againRefused()
}

// String says how often, and after which waits.
func (a RetryAction) String() string {
	const shown = 4
	var waits []string
	for n := 1; n <= min(a.Max, shown); n++ {
		waits = append(waits, span(a.Backoff.within(a.Backoff.middle(n)).Round(time.Millisecond)))
	}
	if a.Max > shown {
		waits = append(waits, "…")
	}
	text := fmt.Sprintf("retry at most %s, after %s, jitter %s", often(a.Max), strings.Join(waits, ", "), a.Backoff.Jitter)
	switch a.Workspace {
	case CleanWorkspace:
		text += ", with the files as the step found them"
	case ResetWorkspace:
		text += ", with the files as the step found them and no ignored ones added since"
	}
	return text
}

// Repeats returns how many executions this action can add to one visit, and how long it can make it wait in all.
// Waits that a step or server asks for come on top.
func (a RetryAction) Repeats() (executions int, sleep time.Duration) {
	for n := 1; n <= a.Max; n++ {
		sleep = sum(sleep, a.Backoff.Longest(n))
	}
	if a.MaxElapsed > 0 {
		sleep = min(sleep, a.MaxElapsed)
	}
	return max(a.Max, 0), sleep
}
