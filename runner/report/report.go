// Package report holds the one value that says what a run did, and its renderings, one file per format.
// The renderings are pure: a Report in, text out. All text in a Report is already masked.
package report

import (
	"slices"
	"strings"
	"time"

	"github.com/belay-ci/belay/policy"
)

// Report says what a run did, from the first step to the rollback.
type Report struct {
	Run       Run        `json:"run"`
	Result    Result     `json:"result"`
	ExitCode  int        `json:"exit-code"` // one of Exits
	Recovered bool       `json:"recovered"`
	Failure   *Failure   `json:"failure,omitempty"` // what the run failed with; nil when it succeeded
	Restarts  int        `json:"restarts"`
	Rerun     *Rerun     `json:"rerun,omitempty"` // nil when no new run is asked for
	Steps     []Step     `json:"steps,omitempty"`
	Landings  []Landing  `json:"landings,omitempty"`
	Path      string     `json:"-"`                  // where the JSON report was written; empty when it was not
	Dir       string     `json:"-"`                  // the folder with the report in all formats; empty when it was not written
	Rollback  *Rollback  `json:"rollback,omitempty"` // nil when none was tried
	Beside    []Rollback `json:"beside,omitempty"`   // the rollbacks of the other branches that the run landed on
	Good      *Good      `json:"good,omitempty"`     // nil for a run without a stage, or one that did not succeed
}

// Good is the last good commit of the run's stage, after the run.
type Good struct {
	Stage  string `json:"stage"`
	Commit string `json:"commit"`
	Moved  bool   `json:"moved"`        // by this run
	Why    string `json:"why,omitzero"` // why it was left where it was
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
	ID         string    `json:"id"`            // the same over all attempts of one CI run
	Attempt    int       `json:"attempt"`       // from 1
	Root       string    `json:"root,omitzero"` // the id of the first run of this one's lineage
	Reruns     int       `json:"reruns"`        // new runs that were asked for on the way from there to this one
	Name       string    `json:"name,omitzero"` // the steps file's name
	StepsFile  string    `json:"steps-file,omitzero"`
	Policy     string    `json:"policy,omitzero"`     // a path or a preset's name
	Host       string    `json:"host,omitzero"`       // "github", "gitlab", "jenkins" or "local"
	Repository string    `json:"repository,omitzero"` // owner/name, or the remote's address without credentials
	Branch     string    `json:"branch,omitzero"`     // the branch the run was started from
	Commit     string    `json:"commit,omitzero"`     // the commit the run was started from
	URL        string    `json:"url,omitzero"`        // the run's page; empty where there is none
	Started    time.Time `json:"started"`
	Ended      time.Time `json:"ended"`
}

// Failure is what a step or the run failed with.
type Failure struct {
	Step    string      `json:"step,omitzero"` // the step's id
	Kind    policy.Kind `json:"kind,omitzero"`
	Message string      `json:"message,omitzero"`
	Advice  string      `json:"advice,omitzero"`  // what to do next
	Passed  []Passed    `json:"passed,omitempty"` // the routes that matched and could not act, top to bottom
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
	ID         string            `json:"id"`
	Name       string            `json:"name,omitzero"`    // what people read: the step's name, else its first line
	Item       string            `json:"item,omitzero"`    // the for-each item; empty outside for-each
	Section    string            `json:"section,omitzero"` // "steps", "recovery" or "finally"
	Restart    int               `json:"restart,omitzero"` // how many restarts came before this visit
	Outcome    Status            `json:"outcome"`          // before continue-on-error and routes
	Conclusion Status            `json:"conclusion"`       // after
	Why        string            `json:"why,omitzero"`     // why it was skipped, or why a failure counts as success
	Attempts   []Attempt         `json:"attempts,omitempty"`
	Decision   *Decision         `json:"decision,omitempty"` // of a for-each whose items failed; else the attempts have theirs
	Outputs    map[string]string `json:"outputs,omitempty"`
	Summary    string            `json:"summary,omitzero"` // Markdown of the step's own
	Started    time.Time         `json:"started,omitzero"`
	Ended      time.Time         `json:"ended,omitzero"`
}

// Attempt is one execution of a step.
type Attempt struct {
	N        int         `json:"n"` // 0 for the first execution
	Status   Status      `json:"status"`
	Kind     policy.Kind `json:"kind,omitzero"` // empty on success
	ExitCode int         `json:"exit-code"`
	Signal   string      `json:"signal,omitzero"`
	Message  string      `json:"message,omitzero"`
	Tail     string      `json:"tail,omitzero"` // the last lines of output, at most 64 KiB
	Log      string      `json:"log,omitzero"`  // the file beside the report with all it printed; empty where there is none
	Decision *Decision   `json:"decision,omitempty"`
	Started  time.Time   `json:"started"`
	Ended    time.Time   `json:"ended"`
}

// Decision is what the policy chose after a failed attempt, and why.
type Decision struct {
	Action string        `json:"action,omitzero"`   // "retry", "rollback", …; "fail" when no route was left
	Route  string        `json:"route,omitzero"`    // the route's id; empty when no route was left
	N      int           `json:"n,omitzero"`        // this is the N-th of at most Max; 0 where there is no limit
	Max    int           `json:"max,omitzero"`      // 0 where there is no limit
	Delay  time.Duration `json:"delay-ns,omitzero"` // the wait before the next attempt
	Hinted bool          `json:"hinted,omitzero"`   // the delay is the step's or server's own wish
	For    string        `json:"for,omitzero"`      // which failures the route is for: "network or transient"
	Plan   string        `json:"plan,omitzero"`     // what the route's action does, in one line: "retry at most 3 times, after 5s, …"
	Passed []Passed      `json:"passed,omitempty"`  // routes above that matched but could not act
}

// Passed is a route that matched and was passed over.
type Passed struct {
	Route  string `json:"route,omitzero"`
	Action string `json:"action,omitzero"` // what it would have done
	Reason string `json:"reason,omitzero"`
}

// Landing is one land step's result: what is on the branch now, and what it took.
type Landing struct {
	Step       string       `json:"step,omitzero"`
	Remote     string       `json:"remote,omitzero"`     // without credentials
	Repository string       `json:"repository,omitzero"` // where that is not the run's own
	Branch     string       `json:"branch,omitzero"`
	Outcome    string       `json:"outcome"`         // "landed", "already-landed", "absorbed", "empty", "proposed", "rejected", "conflict", "raced", "unknown"
	Pull       *Pull        `json:"pull,omitempty"`  // the pull request with the change, for "proposed"
	Before     string       `json:"before,omitzero"` // the tip under the first landed commit
	Tip        string       `json:"tip,omitzero"`    // where the branch was when it was last read; empty when it could not be
	Commits    []Commit     `json:"commits,omitempty"`
	Pushes     int          `json:"pushes"`              // push requests sent
	RacesLost  int          `json:"races-lost,omitzero"` // pushes lost to another writer
	Races      []Race       `json:"races,omitempty"`     // each of them, in order
	Kind       policy.Kind  `json:"kind,omitzero"`
	Message    string       `json:"message,omitzero"`
	Paths      []string     `json:"paths,omitempty"`      // conflicting paths
	Structured []Structured `json:"structured,omitempty"` // files whose lines conflicted and that were merged key by key
	Started    time.Time    `json:"started"`
	Ended      time.Time    `json:"ended"`
}

// Where is the branch as people are told of it: with the repository's name, where that is not the run's own.
func (l Landing) Where() string { return where(l.Repository, l.Branch) }

// Where is the branch that the change is taken off again, as people are told of it.
func (b Rollback) Where() string { return where(b.Repository, b.Base) }

func where(repository, branch string) string {
	if repository == "" {
		return branch
	}
	return repository + " " + branch
}

// Structured is a file that was merged key by key, where git would have conflicted.
type Structured struct {
	Path string   `json:"path"`
	Keys []string `json:"keys"` // the key paths that the run's change has in it
}

// String tells of the merge in one line.
func (s Structured) String() string {
	keys := s.Keys
	if len(keys) > 5 {
		keys = append(slices.Clone(keys[:5]), count(len(s.Keys)-5, "more key"))
	}
	return s.Path + " was merged by key, where its lines conflict: " + strings.Join(keys, ", ")
}

// Race is a push that another writer was faster than.
type Race struct {
	Tip  string        `json:"tip,omitzero"`     // what the other writer made of the branch
	At   time.Time     `json:"at"`               // when that was seen
	Wait time.Duration `json:"wait-ns,omitzero"` // how long belay waited then
}

// Pull is a pull request that asks for a change a protected branch did not take.
type Pull struct {
	Number int    `json:"number"`
	URL    string `json:"url,omitzero"` // its page; empty where there is none
	Branch string `json:"branch"`       // the branch it comes from
}

// Commit is one commit on a branch.
type Commit struct {
	Hash    string `json:"hash"`
	Subject string `json:"subject,omitzero"`
	ID      string `json:"id"`           // its Belay-Id
	URL     string `json:"url,omitzero"` // its page; empty where there is none
}

// Verification is how the policy's rollback.verify ended on the reverted files.
type Verification struct {
	Passed  bool   `json:"passed"`
	Step    string `json:"step,omitzero"`    // the first that failed
	Message string `json:"message,omitzero"` // what it failed with
	Steps   []Step `json:"steps,omitempty"`
}

// Rollback is what was done to undo the landed commits.
type Rollback struct {
	Outcome    string        `json:"outcome"` // "opened", "adopted", "already", "closed", "superseded", "pushed", "refused", "failed"; "planned" where a person only looks
	Branch     string        `json:"branch,omitzero"`
	Title      string        `json:"title,omitzero"` // what the pull request would be called, of one that is only planned
	URL        string        `json:"url,omitzero"`   // the pull request's page
	Number     int           `json:"number,omitzero"`
	CompareURL string        `json:"compare-url,omitzero"` // where a person can open it by hand
	Reverts    []Commit      `json:"reverts,omitempty"`
	To         string        `json:"to,omitzero"`         // the good commit the files go back to; empty where the run's own commits are reverted
	AutoMerge  bool          `json:"auto-merge,omitzero"` // the forge merges it as soon as it may be merged
	Merged     bool          `json:"merged,omitzero"`     // it is merged already
	Verified   *Verification `json:"verified,omitempty"`  // nil where the policy verifies nothing
	Kind       policy.Kind   `json:"kind,omitzero"`       // why it failed
	Message    string        `json:"message,omitzero"`
	Paths      []string      `json:"paths,omitempty"`      // conflicting paths
	Structured []Structured  `json:"structured,omitempty"` // files whose lines conflicted and that were reverted key by key
	Later      []Commit      `json:"later,omitempty"`      // later commits of others on the same files
	Commands   []string      `json:"commands,omitempty"`   // what a person can type to do it by hand
	Body       string        `json:"body,omitzero"`        // the pull request's text, kept where there is no forge to show it
	Base       string        `json:"base,omitzero"`        // the branch that the change is taken off again
	Repository string        `json:"repository,omitzero"`  // where that is, if it is not the run's own
	Started    time.Time     `json:"started,omitzero"`
	Ended      time.Time     `json:"ended,omitzero"`
}
