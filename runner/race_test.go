package runner

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/report"
)

func TestAChangeThatLostManyRacesLooksBeforeItPushes(t *testing.T) {
	for name, tt := range map[string]struct {
		lost  int // races before this one
		queue *gitops.Queue
		want  bool
	}{
		"the first race":              {0, nil, false},
		"some":                        {2, nil, false},
		"many":                        {3, nil, true},
		"many, and others help along": {3, &gitops.Queue{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := contest{
				conductor: &conductor{job: Job{Listener: deaf{}, Draw: func() float64 { return 0 }}},
				l:         &landing{branch: "main", request: gitops.LandRequest{Queue: tt.queue}, report: report.Landing{RacesLost: tt.lost}},
				land:      policy.DefaultLand(), begun: time.Now(),
				out: gitops.Outcome{State: gitops.Raced, Pushes: 1, Again: true},
			}
			if _, again := r.again(1, r.out.Err()); !again || r.l.request.Look != tt.want {
				t.Errorf("again %v, looks %v; want %v", again, r.l.request.Look, tt.want)
			}
		})
	}
}

func TestARaceThatWasNotRunCountsForNoLimit(t *testing.T) {
	land := policy.DefaultLand()
	land.Max = 3
	r := contest{
		conductor: &conductor{job: Job{Listener: deaf{}, Draw: func() float64 { return 0 }}},
		l:         &landing{branch: "main"}, land: land, begun: time.Now(),
		out: gitops.Outcome{State: gitops.Raced, Again: true},
	}
	for n := 1; n < 10; n++ {
		if _, again := r.again(n, r.out.Err()); !again {
			t.Fatalf("it gives up after %d tries without a push", n)
		}
	}
	if r.l.report.RacesLost != 0 {
		t.Errorf("%d races lost", r.l.report.RacesLost)
	}
}

func TestWhoSeesTheBranchMoveTriesAgainAtOnceForAWhile(t *testing.T) {
	seen := gitops.Outcome{State: gitops.Raced, Again: true}
	lost := gitops.Outcome{State: gitops.Raced, Again: true, Pushes: 1}
	r := contest{
		conductor: &conductor{job: Job{Listener: deaf{}, Draw: func() float64 { return 0.5 }}},
		l:         &landing{branch: "main", report: report.Landing{RacesLost: 4}}, land: policy.DefaultLand(), begun: time.Now(),
		saw: policy.Traffic{Took: time.Second},
	}
	var waits []bool
	for n, out := range []gitops.Outcome{lost, seen, seen, seen, seen, seen, seen, lost, seen} {
		r.out = out
		delay, _ := r.again(n+1, out.Err())
		waits = append(waits, delay > 0)
	}
	if diff := cmp.Diff([]bool{true, false, false, false, false, true, false, true, false}, waits); diff != "" {
		t.Errorf("waits (-want +got):\n%s", diff)
	}
}
