// Package report holds the one value that says what a run did, and its renderings, one file per format.
// The renderings are pure: a Report in, text out. All text in a Report is already masked.
package report

import (
	"time"

	"github.com/belay-ci/belay/policy"
)

// Report says what a run did, from the first step to the rollback.
type Report struct {
	Run       Run
	Result    Result
	ExitCode  int // as DESIGN 5: 0, 1, 3, 4, 5, 6, 70, 130 or 143
	Recovered bool
	Failure   *Failure // what the run failed with; nil when it succeeded
	Restarts  int
	Rerun     bool // a new identical run is asked for
	Steps     []Step
	Landings  []Landing
	Rollback  *Rollback // nil when none was tried
}

// Result is the run's end, in one word.
type Result string

// The ends a run can have.
const (
	Success   Result = "success"
	Failed    Result = "failed"
	Cancelled Result = "cancelled"
)

// Run says which run this is and where it ran.
type Run struct {
	ID         string // the same over all attempts of one CI run
	Attempt    int    // from 1
	Name       string // the steps file's name
	StepsFile  string
	Policy     string // a path or a preset's name
	Host       string // "github", "gitlab", "jenkins" or "local"
	Repository string // owner/name, or the remote's address without credentials
	Branch     string // the branch the run was started from
	Commit     string // the commit the run was started from
	URL        string // the run's page; empty where there is none
	Started    time.Time
	Ended      time.Time
}

// Failure is what a step or the run failed with.
type Failure struct {
	Step    string // the step's id
	Kind    policy.Kind
	Message string
	Advice  string   // what to do next
	Spent   []string // the routes that were tried and used up, by id
}

// Status is a step's or attempt's end, in GitHub's words.
type Status string

// The statuses, as GitHub names outcomes and conclusions.
const (
	StatusSuccess   Status = "success"
	StatusFailure   Status = "failure"
	StatusCancelled Status = "cancelled"
	StatusSkipped   Status = "skipped"
)

// Step is one visit of a step: a restart makes another visit, with its own row.
type Step struct {
	ID         string
	Name       string // what people read: the step's name, else its first line
	Item       string // the for-each item; empty outside for-each
	Section    string // "steps", "recovery" or "finally"
	Restart    int    // how many restarts came before this visit
	Outcome    Status // before continue-on-error and routes
	Conclusion Status // after
	Why        string // why it was skipped, or why a failure counts as success
	Attempts   []Attempt
	Outputs    map[string]string
	Started    time.Time
	Ended      time.Time
}

// Attempt is one execution of a step.
type Attempt struct {
	N        int // 0 for the first execution
	Status   Status
	Kind     policy.Kind // empty on success
	ExitCode int
	Signal   string
	Message  string
	Tail     string // the last lines of output, at most 64 KiB
	Decision *Decision
	Started  time.Time
	Ended    time.Time
}

// Decision is what the policy chose after a failed attempt, and why.
type Decision struct {
	Action string        // "retry", "rollback", …; "fail" when no route was left
	Route  string        // the route's id; empty when no route was left
	N, Max int           // this is the N-th of at most Max; 0 where there is no limit
	Delay  time.Duration // the wait before the next attempt
	Hinted bool          // the delay is the step's or server's own wish
	Passed []Passed      // routes above that matched but could not act
}

// Passed is a route that matched and was passed over.
type Passed struct {
	Route  string
	Reason string
}

// Landing is one land step's result: what is on the branch now, and what it took.
type Landing struct {
	Step      string
	Remote    string // without credentials
	Branch    string
	Outcome   string // "landed", "already-landed", "absorbed", "empty", "rejected", "conflict", "raced", "unknown"
	Before    string // the tip under the first landed commit
	Commits   []Commit
	Pushes    int // push requests sent
	RacesLost int // pushes lost to another writer
	Kind      policy.Kind
	Message   string
	Paths     []string // conflicting paths
	Started   time.Time
	Ended     time.Time
}

// Commit is one commit on a branch.
type Commit struct {
	Hash    string
	Subject string
	ID      string // its Belay-Id
	URL     string // its page; empty where there is none
}

// Rollback is what was done to undo the landed commits.
type Rollback struct {
	Outcome    string // "opened", "adopted", "already", "pushed", "refused", "failed"
	Branch     string
	URL        string // the pull request's page
	Number     int
	CompareURL string // where a person can open it by hand
	Reverts    []Commit
	Kind       policy.Kind // why it failed
	Message    string
	Paths      []string // conflicting paths
	Later      []Commit // later commits of others on the same files
	Commands   []string // what a person can type to do it by hand
	Body       string   // the pull request's text, kept where there is no forge to show it
}
