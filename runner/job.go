// Package runner conducts a run: it takes the steps in order, asks the policy after every failure, lands
// what the steps changed, and rolls back what it landed when the policy says so.
//
// policy decides, gitops lands, runner conducts, host tells.
package runner

import (
	"context"
	"io"
	"time"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/host"
	"github.com/belay-ci/belay/runner/process"
	"github.com/belay-ci/belay/runner/report"
)

// Job is everything a run needs from the world. Nothing in it changes during the run.
type Job struct {
	Steps      *spec.Steps
	StepsName  string // what reports call the steps file
	Policy     *spec.Policy
	PolicyName string // a path or a preset's name
	Inputs     map[string]string
	Key        string // tells the run from others of the same CI job; the same over all attempts

	Facts   host.Facts
	Dir     string   // the workspace, absolute: where steps run
	Root    string   // the top of the checkout around Dir, which working directories may not leave; empty where Dir is the limit
	Temp    string   // a folder of the run's own, absolute
	Environ []string // what steps inherit, before belay's own tokens are taken out
	Own     []string // and these variables, which are for belay: a belay that a step runs would take them for its own

	Stdout, Stderr io.Writer // the steps' masked output
	Masks          *process.Masks
	RawAddMask     bool // the host itself reads `::add-mask::` lines: they pass as they are
	Listener       Listener
	Draw           func() float64 // uniform in [0, 1): jitter

	Warnings []string // what to tell people at the start, for example about the checkout

	Journal *Journal // keeps how far the run has come; nil for none
	Resume  *Kept    // how far another process came with this run before it was cut off; nil where the run begins now

	Lineage policy.Lineage // what an earlier run handed to this one; zero for the first
	Spent   time.Duration  // what earlier runs of this very process took of the deadline

	QueueKey   []byte       // shared by the runs that land each other's changes; empty for none
	Repository *gitops.Repo // nil where the workspace is no git checkout; NoRepository says why
	// NoRepository is why a step that needs git can't have it.
	NoRepository error
	// Elsewhere opens another repository, and returns the job as it is there: its facts, repository and forge. Nil where nothing
	// lands elsewhere.
	Elsewhere  func(ctx context.Context, job Job, o Opening) (Job, error)
	IsRollback bool  // this run was started by a rollback: it opens no other
	Forge      Forge // nil where no forge is configured; NoForge says why
	// NoForge is why a rollback can't open a pull request.
	NoForge error

	Dispatcher Dispatcher // nil where no CI host can be asked for a new run; NoDispatcher says why
	// NoDispatcher is why a new run can't be asked for.
	NoDispatcher error
}

// Listener is told what happens as it happens, by one goroutine at a time.
type Listener interface{ Show(report.Event) }

// Forge is what a rollback needs of a forge.
type Forge interface {
	PullRequests
	Pages
}

// PullRequests finds and opens pull requests. An open one is adopted, one that a person closed is respected.
type PullRequests interface {
	Find(ctx context.Context, head, base string) ([]forge.PullRequest, error)
	Open(ctx context.Context, n forge.NewPullRequest) (pr forge.PullRequest, created bool, err error)
	MaxBody() int
}

// Pages are where a person looks; empty where the forge has none.
type Pages interface {
	CommitURL(id string) string
	CompareURL(base, head string) string
}
