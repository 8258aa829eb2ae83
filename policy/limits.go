package policy

import "time"

// Limits bound a whole run. A limit of 0 is no limit.
type Limits struct {
	Deadline   time.Duration // how long the run may take
	Reserve    time.Duration // the part of the deadline that is kept for rollback and finally
	Retries    int           // over all steps
	Executions int           // of steps, first ones and re-runs
}

// Left returns the time that is left for steps once the run has taken elapsed, as Situation has it: 0 or less
// when it is over, and noDeadline when there is no deadline.
func (l Limits) Left(elapsed time.Duration) (left time.Duration, noDeadline bool) {
	return l.Deadline - l.Reserve - elapsed, l.Deadline <= 0
}

// RetriesLeft returns how many retries are left after so many, and -1 for no limit.
func (l Limits) RetriesLeft(used int) int { return left(l.Retries, used) }

// ExecutionsLeft returns how many executions are left after so many, and -1 for no limit.
func (l Limits) ExecutionsLeft(used int) int { return left(l.Executions, used) }

func left(limit, used int) int {
	if limit <= 0 {
		return -1
	}
	return max(limit-used, 0)
}
