package runner

import (
	"sync"

	"github.com/belay-ci/belay/policy"
)

// spent is what a run has used of its limits. Items that run at the same time draw on it together.
type spent struct {
	mu         sync.Mutex
	retries    int
	executions int
	logs       int   // files that keep what attempts printed
	kept       int64 // bytes in them
}

// nextLog numbers the logs of attempts.
func (s *spent) nextLog() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.logs++
	return s.logs
}

// keep counts bytes of attempts' output that are to be kept, and returns how many of them may be.
func (s *spent) keep(n int64) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	n = max(0, min(n, keptPerRun-s.kept))
	s.kept += n
	return n
}

// sofar is what was counted.
func (s *spent) sofar() (retries, executions, logs int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.retries, s.executions, s.logs
}

// execute counts one execution, and reports whether the limit allowed it; 0 is no limit.
func (s *spent) execute(limit int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.executions++
	return limit == 0 || s.executions <= limit
}

// decide has the policy decide with what is left in its sight, and counts the retry it grants. Two that fail at the
// same time are decided one after the other, so that the last retry is granted once.
func (s *spent) decide(routes []policy.Route, c policy.Counters, l policy.Limits, about policy.Situation) (policy.Decision, policy.Counters) {
	s.mu.Lock()
	defer s.mu.Unlock()
	about.RetriesLeft, about.ExecutionsLeft = l.RetriesLeft(s.retries), l.ExecutionsLeft(s.executions)
	d, counters := policy.Decide(routes, c, about)
	if d.Verb == policy.Retry {
		s.retries++
	}
	return d, counters
}
