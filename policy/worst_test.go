package policy

import (
	"math"
	"testing"
	"time"
)

func TestWorstCaseAddsUpOverTiers(t *testing.T) {
	capped := fixed(10, time.Minute)
	capped.MaxElapsed = 3 * time.Minute
	for name, c := range map[string]struct {
		routes     []Route
		executions int
		sleep      time.Duration
	}{
		"no route":                 {nil, 1, 0},
		"the default retry":        {[]Route{on("r", act(t, "retry", nil))}, 4, 43750 * time.Millisecond},
		"two tiers":                {[]Route{on("fast", fixed(2, time.Second)), on("slow", fixed(3, time.Minute)), on("end", RollbackAction{})}, 6, 182 * time.Second},
		"max-elapsed bounds sleep": {[]Route{on("r", capped)}, 11, 3 * time.Minute},
		"below a catch-all":        {[]Route{on("a", fixed(1, time.Second)), on("end", FailAction{}), on("never", fixed(9, time.Hour))}, 2, time.Second},
		"more than time can hold":  {[]Route{on("a", fixed(3, math.MaxInt64/2)), on("b", fixed(3, math.MaxInt64/2))}, 7, math.MaxInt64},
	} {
		executions, sleep := WorstCase(c.routes)
		if executions != c.executions || sleep != c.sleep {
			t.Errorf("%s: %d executions and %s, want %d and %s", name, executions, sleep, c.executions, c.sleep)
		}
	}
}

func TestRestartsAddUpOverRoutes(t *testing.T) {
	routes := []Route{on("a", RestartAction{Max: 2}, "a"), on("b", RestartAction{Max: 3}), on("end", FailAction{}), on("never", RestartAction{Max: 9})}
	if got := MostRestarts(routes); got != 5 {
		t.Errorf("%d restarts, want 5", got)
	}
}

func TestLimitsSayWhatIsLeft(t *testing.T) {
	l := Limits{Deadline: 50 * time.Minute, Reserve: 3 * time.Minute, Retries: 20, Executions: 100}
	if left, none := l.Left(10 * time.Minute); left != 37*time.Minute || none {
		t.Errorf("%s left, no deadline %v; want 37m", left, none)
	}
	if left, none := l.Left(48 * time.Minute); left >= 0 || none {
		t.Errorf("%s left in the reserve, no deadline %v; want less than nothing", left, none)
	}
	if got := l.RetriesLeft(19); got != 1 {
		t.Errorf("%d retries left, want 1", got)
	}
	if got := l.ExecutionsLeft(101); got != 0 {
		t.Errorf("%d executions left, want 0", got)
	}
	var open Limits
	if _, none := open.Left(time.Hour); !none || open.RetriesLeft(9) >= 0 || open.ExecutionsLeft(9) >= 0 {
		t.Error("the zero value limits something")
	}
}
