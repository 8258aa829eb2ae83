package policy

import (
	"testing"
	"time"
)

const ms = time.Millisecond

func TestLandingAgainWaitsLongerEachTimeItFails(t *testing.T) {
	l := DefaultLand()
	for failed, want := range map[int]time.Duration{0: 0, 1: 200 * ms, 2: 400 * ms, 6: 6400 * ms, 8: 20 * time.Second, 1000: 20 * time.Second} {
		for _, draw := range []float64{0, 0.5, 1} {
			if got := l.Delay(failed, draw); got != time.Duration(draw*float64(want)) {
				t.Errorf("after %d tries, draw %v: %s of at most %s", failed, draw, got, want)
			}
		}
	}
}

func TestWritersSpreadWhileTheBranchIsBusy(t *testing.T) {
	busy := Traffic{Took: 200 * ms, Since: time.Second, Moved: 10}
	idle := Traffic{Took: 200 * ms, Since: time.Second, Moved: 1}
	l := DefaultLand()
	tight := l
	tight.MaxDelay = time.Second
	none := l
	none.Initial = 0
	slow := Traffic{Took: time.Minute}
	for name, test := range map[string]struct {
		land  Land
		bound time.Duration
		lost  int
		saw   Traffic
		want  time.Duration
	}{
		"the first race lost":                       {l, 0, 1, Traffic{Took: 200 * ms, Moved: 1000}, 2400 * ms},
		"a quick server: the policy's own":          {l, 0, 1, Traffic{Took: 5 * ms}, 200 * ms},
		"busy: twice as wide":                       {l, 2200 * ms, 2, busy, 4400 * ms},
		"idle: half as wide":                        {l, 4800 * ms, 2, idle, 2400 * ms},
		"one landing in the time of a try: idle":    {l, 4800 * ms, 2, Traffic{Took: 200 * ms, Since: time.Second, Moved: 5}, 2400 * ms},
		"never wider than 28 tries":                 {l, 3300 * ms, 3, busy, 5600 * ms},
		"never narrower than twelve":                {l, 2500 * ms, 3, idle, 2400 * ms},
		"who looks first waits less: 18 tries":      {l, 3300 * ms, 4, busy, 3600 * ms},
		"to eight":                                  {l, 2500 * ms, 4, idle, 1600 * ms},
		"never wider than the policy's max-delay":   {tight, 900 * ms, 2, busy, time.Second},
		"a slow server: the policy's max-delay too": {l, 0, 1, slow, 20 * time.Second},
		"nothing is known of the time before":       {l, 2600 * ms, 2, Traffic{Took: 200 * ms, Moved: 10}, 2600 * ms},
		"a policy without waits":                    {none, 0, 1, busy, 0},
	} {
		if got := test.land.Spread(test.bound, test.lost, test.saw); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

func TestAWaitIsDrawnFromAllOfItsBound(t *testing.T) {
	l := DefaultLand()
	half := l
	half.Jitter = 0.5
	for _, draw := range []float64{0, 0.25, 1} {
		if got := l.Within(time.Second, draw); got != time.Duration(draw*float64(time.Second)) {
			t.Errorf("draw %v: %s", draw, got)
		}
		if got := half.Within(time.Second, draw); got < 0 || got > time.Second {
			t.Errorf("jitter 0.5, draw %v: %s", draw, got)
		}
	}
}

func TestAQueuedChangeAsksWhenItsTurnIs(t *testing.T) {
	l := DefaultLand()
	for _, test := range []struct {
		request time.Duration
		turn    float64
		want    time.Duration
	}{
		{100 * ms, 0, 100 * ms},
		{100 * ms, 1, 300 * ms},
		{5 * ms, 0.5, 105 * ms}, // a quick server: the policy's initial wait
		{time.Minute, 1, 20 * time.Second},
	} {
		if got := l.QueueDelay(test.request, test.turn); got != test.want {
			t.Errorf("requests of %s, turn %v: %s, want %s", test.request, test.turn, got, test.want)
		}
	}
	if low, high := l.QueueAgain(100*ms, 0), l.QueueAgain(100*ms, 1); low != 150*ms || high != 250*ms {
		t.Errorf("asks again after %s to %s", low, high)
	}
	l.Initial = 0
	if l.QueueDelay(time.Second, 1) != 0 || l.QueueAgain(time.Second, 1) != 0 {
		t.Error("a policy without waits waits")
	}
}
