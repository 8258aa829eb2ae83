package policy

import (
	"math/rand/v2"
	"regexp"
	"testing"
	"time"
)

var kindsToDraw = []Kind{StepExit, StepTimeout, StepStart, GitConflict, GitRace, Network, "db", "db.locked", "db.locked.row"}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

func some[T any](r *rand.Rand, from ...T) []T {
	var out []T
	for range r.IntN(3) {
		out = append(out, pick(r, from...))
	}
	return out
}

func drawMatch(r *rand.Rand) Match {
	patterns := []*regexp.Regexp{nil, nil, nil, regexp.MustCompile("lost"), regexp.MustCompile("refused|lost")}
	return Match{
		Kinds:     some(r, append(kindsToDraw, "step", "git")...),
		ExitCodes: some(r, Range{1, 1}, Range{2, 9}, Range{70, 79}, Range{1, 100}),
		Signals:   some(r, "KILL", "sigkill", "TERM"),
		Stderr:    pick(r, patterns...),
		Stdout:    pick(r, patterns...),
		Hints:     some(r, Hints()...),
		If:        r.IntN(8) == 0,
	}
}

func drawFailure(r *rand.Rand) Failure {
	f := Failure{
		Kind: pick(r, kindsToDraw...), ExitCode: pick(r, -1, 0, 1, 2, 5, 75, 100, 137), Signal: pick(r, "", "KILL", "TERM"),
		Stdout: pick(r, "", "connection lost"), Stderr: pick(r, "", "refused", "connection lost"),
		Hint: pick(r, append(Hints(), "")...), Final: r.IntN(10) == 0,
	}
	if r.IntN(3) == 0 {
		f.RetryAfter = time.Duration(r.Int64N(int64(20 * time.Minute)))
	}
	return f
}

func drawAction(r *rand.Rand) Action {
	return pick[Action](r,
		RetryAction{
			Max:        1 + r.IntN(6),
			Backoff:    Backoff{Initial: time.Duration(r.Int64N(int64(time.Minute))), Factor: 1 + 3*r.Float64(), MaxDelay: time.Duration(r.Int64N(int64(5 * time.Minute))), Jitter: pick(r, FullJitter, 0, 0.25, 1)},
			MaxElapsed: pick(r, 0, 10*time.Minute),
		},
		RetryAction{Max: 1 + r.IntN(3), Backoff: Backoff{Initial: time.Second}},
		RestartAction{Max: 1 + r.IntN(3), From: pick(r, "", "a", "z")},
		RerunAction{Max: 1 + r.IntN(3), Where: pick(r, "", RerunHost, RerunHere)},
		FailAction{}, RollbackAction{}, RunAction{Then: pick(r, Fail, Continue, RollBack)}, ToAction{Step: pick(r, "a", "z")}, ContinueAction{},
	)
}

func drawRoutes(r *rand.Rand) []Route {
	routes := make([]Route, r.IntN(7))
	for i := range routes {
		routes[i] = Route{ID: string(rune('a' + i)), Match: drawMatch(r), Action: drawAction(r)}
		if r.IntN(2) == 0 {
			routes[i].Match = Match{}
		}
	}
	return routes
}

// TestARunAlwaysEnds plays random policies against random failures. Every step fails for ever; still the run
// ends, within what WorstCase and MostRestarts promise, and no decision breaks its route's word.
func TestARunAlwaysEnds(t *testing.T) {
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 1))
		routes := drawRoutes(r)
		executions, sleep := WorstCase(routes)
		var c Counters
		landed, limited := r.IntN(2) == 0, r.IntN(2) == 0
		for visits := 1; ; visits++ {
			if most := 1 + MostRestarts(routes); visits > most {
				t.Fatalf("seed %d: visit %d, want at most %d", seed, visits, most)
			}
			p := visit{routes: routes, landed: landed, limited: limited}
			var end Decision
			end, c = p.play(t, r, seed, c.NewVisit())
			if p.executions > executions || p.slept > sleep {
				t.Fatalf("seed %d: %d executions and %s of waits, want at most %d and %s", seed, p.executions, p.slept, executions, sleep)
			}
			if end.Verb != Restart {
				break
			}
		}
	}
}

type visit struct {
	routes          []Route
	landed, limited bool
	executions      int
	slept           time.Duration // not counting what the step asked for
}

func (p *visit) play(t *testing.T, r *rand.Rand, seed uint64, c Counters) (Decision, Counters) {
	t.Helper()
	taken := map[string]int{}
	var elapsed time.Duration
	for {
		p.executions++
		elapsed += time.Duration(r.Int64N(int64(time.Minute)))
		s := Situation{
			Failure: drawFailure(r), Elapsed: elapsed, Left: time.Hour - elapsed, NoDeadline: !p.limited, Draw: r.Float64(),
			RetriesLeft: -1, ExecutionsLeft: -1, Landed: p.landed,
			Later: func(step string) bool { return step == "z" }, Holds: func(string) bool { return r.IntN(2) == 0 },
		}
		var d Decision
		d, c = Decide(p.routes, c, s)
		if d.Verb != Retry {
			if d.Delay != 0 || d.Action == "" {
				t.Fatalf("seed %d: %+v, want an action and no wait", seed, d)
			}
			return d, c
		}
		retry := p.route(d.Route).Action.(RetryAction)
		taken[d.Route]++
		elapsed += d.Delay
		switch ceiling := retry.Backoff.MaxDelay; {
		case d.N != taken[d.Route] || d.N > d.Max:
			t.Fatalf("seed %d: %+v for re-run %d of its route", seed, d, taken[d.Route])
		case ceiling > 0 && !d.Hinted && d.Delay > ceiling:
			t.Fatalf("seed %d: the wait %s passes max-delay %s", seed, d.Delay, ceiling)
		case d.Delay < s.Failure.RetryAfter:
			t.Fatalf("seed %d: the wait %s undercuts retry-after %s", seed, d.Delay, s.Failure.RetryAfter)
		case retry.MaxElapsed > 0 && elapsed > retry.MaxElapsed:
			t.Fatalf("seed %d: a re-run starts after %s, past max-elapsed %s", seed, elapsed, retry.MaxElapsed)
		case p.limited && elapsed > time.Hour:
			t.Fatalf("seed %d: a re-run starts after %s, past the deadline", seed, elapsed)
		case s.Failure.Final:
			t.Fatalf("seed %d: a final failure is retried", seed)
		}
		if !d.Hinted {
			p.slept += d.Delay
		}
	}
}

func (p *visit) route(id string) Route {
	for _, r := range p.routes {
		if r.ID == id {
			return r
		}
	}
	return Route{}
}

func TestWhatCoversMatchesWhereverTheOtherDoes(t *testing.T) {
	covered := 0
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 2))
		earlier, later := drawMatch(r), drawMatch(r)
		if r.IntN(2) == 0 { // near pairs are covered more often than strangers
			earlier = later
			earlier.Kinds, earlier.Hints = some(r, kindsToDraw...), nil
		}
		if !Covers(earlier, later) {
			continue
		}
		covered++
		for range 50 {
			if f := drawFailure(r); later.Matches(f) && (!earlier.Matches(f) || earlier.If) {
				t.Fatalf("seed %d: %+v is said to cover %+v, but not for %+v", seed, earlier, later, f)
			}
		}
	}
	if covered < 100 {
		t.Errorf("only %d pairs were covered: the property is hardly tested", covered)
	}
}
