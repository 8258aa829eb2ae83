package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/runner"
	"github.com/belay-ci/belay/runner/report"
)

// takeBackEverywhere takes back what a run landed on the branch that is checked out, on the other branches that the steps file
// lands on, and in the repositories whose checkouts it names. What only a run knows is not looked for, and a checkout that is not
// here is named. It is an error that the run landed nothing anywhere.
func (a app) takeBackEverywhere(ctx context.Context, job runner.Job, wish runner.Wish) error {
	var nothing, failed error
	found := false
	for _, to := range destinations(job.Steps, wish.Branch) {
		there, err := a.there(ctx, job, to)
		if err != nil {
			fmt.Fprintf(a.stderr, "belay: %s is not looked at: %v; in a clone of that repository `belay rollback --run %s` takes back what the run landed there\n", to.checkout, err, wish.Run)
			continue
		}
		w, repository := wish, ""
		w.Branch = cmp.Or(to.branch, there.Facts.Branch)
		if to.checkout != "" {
			repository = cmp.Or(there.Facts.Repository, to.checkout)
		}
		r, err := runner.TakeBack(ctx, there, w)
		if err != nil {
			nothing = cmp.Or(nothing, error(badInput("roll back on %s: %w", report.Rollback{Repository: repository, Base: w.Branch}.Where(), err)))
			continue
		}
		found = true
		failed = cmp.Or(failed, a.tellRollback(r, w, repository))
	}
	if !found {
		return nothing
	}
	return failed
}

// there is the job at a destination.
func (a app) there(ctx context.Context, job runner.Job, to destination) (runner.Job, error) {
	if to.checkout == "" {
		return job, nil
	}
	if !filepath.IsLocal(to.checkout) {
		return job, errors.New("the path leaves the workspace")
	}
	temp, err := os.MkdirTemp(job.Temp, "elsewhere-")
	if err != nil {
		return job, err
	}
	return job.Elsewhere(ctx, job, runner.Opening{Dir: filepath.Join(job.Dir, filepath.FromSlash(to.checkout)), Token: a.getenv(to.tokenEnv), Temp: temp})
}

// destination is where a land step lands, as far as its file says.
type destination struct{ checkout, tokenEnv, branch string }

// destinations lists where a file's steps land, each once, the branch itself first.
func destinations(steps *spec.Steps, branch string) []destination {
	list := []destination{{branch: branch}}
	seen := map[destination]bool{list[0]: true, {}: true}
	for _, step := range steps.Steps {
		if step.Uses != "land" {
			continue
		}
		for _, to := range step.LandsOn() {
			checkout, knownCheckout := to.Checkout.Literal()
			tokenEnv, _ := to.TokenEnv.Literal()
			branch, known := to.Branch.Literal()
			d := destination{checkout, tokenEnv, branch}
			if known && knownCheckout && !seen[d] {
				seen[d] = true
				list = append(list, d)
			}
		}
	}
	return list
}
