package policy

import (
	"testing"
	"time"
)

// open is a situation in which nothing is in an action's way.
func open(f Failure) Situation {
	return Situation{Failure: f, NoDeadline: true, Draw: 0.5, RetriesLeft: -1, ExecutionsLeft: -1, Landed: true}
}

// failed is a failure that says nothing but its kind.
func failed(k Kind) Failure { return Failure{Kind: k, ExitCode: 1} }

// on is a route for these kinds; without kinds it matches everything.
func on(id string, a Action, kinds ...Kind) Route {
	return Route{ID: id, Match: Match{Kinds: kinds}, Action: a}
}

// act makes an action as the decoder does.
func act(t testing.TB, name string, v Values) Action {
	t.Helper()
	info, ok := ActionNamed(name)
	if !ok {
		t.Fatalf("there is no action %q", name)
	}
	a, err := info.Make(v)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// fixed retries at most n times, each after the same wait.
func fixed(n int, wait time.Duration) RetryAction {
	return RetryAction{Max: n, Backoff: Backoff{Initial: wait, Factor: 1}}
}

// choice is what most tests look at in a decision.
type choice struct {
	Verb  Verb
	Route string
	N     int
	Delay time.Duration
}

func chosen(d Decision) choice { return choice{d.Verb, d.Route, d.N, d.Delay} }

// play decides on one failure after the other, within one visit, and returns every choice.
func play(routes []Route, failures ...Failure) []choice {
	var c Counters
	var choices []choice
	for _, f := range failures {
		var d Decision
		d, c = Decide(routes, c, open(f))
		choices = append(choices, chosen(d))
	}
	return choices
}
