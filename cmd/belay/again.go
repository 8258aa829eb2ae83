package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner"
	"github.com/belay-ci/belay/runner/host"
	"github.com/belay-ci/belay/runner/report"
)

// again is a job just like the last one, whose run has ended as failed: the same steps, policy and inputs, with a run
// id of its own, in a fresh clone of the branch below the last one's folder.
func (a app) again(ctx context.Context, last runner.Job, r report.Report, flags consoleFlags) (runner.Job, host.Host, error) {
	lineage, err := policy.ParseLineage(r.Rerun.Lineage)
	if err != nil {
		return runner.Job{}, nil, err
	}
	from, err := gitops.Discover(last.Dir)
	if err != nil {
		return runner.Job{}, nil, err
	}
	inside, err := filepath.Rel(from.Root, last.Dir)
	if err != nil {
		return runner.Job{}, nil, err
	}
	temp, err := os.MkdirTemp(last.Temp, "rerun-")
	if err != nil {
		return runner.Job{}, nil, err
	}
	clone := filepath.Join(temp, "workspace")
	job := last
	job.Root, job.Journal, job.Resume = clone, nil, nil
	job.Temp, job.Dir, job.Environ = temp, filepath.Join(clone, inside), moved(last.Environ, from.Root, clone)
	if job.Repository, err = last.Repository.Clone(ctx, last.Facts.Branch, clone, temp); err != nil {
		return runner.Job{}, nil, err
	}
	fresh, err := gitops.Discover(clone)
	if err != nil {
		return runner.Job{}, nil, err
	}
	// The id says which new run of which first one this is: a job that is started again lands nothing twice.
	job.Facts.RunID, job.Facts.RunAttempt = fmt.Sprintf("%s.%d", lineage.Root, lineage.Reruns), 1
	job.Facts.Workspace, job.Facts.Commit, job.Facts.Earlier = clone, string(fresh.Head), true
	job.Lineage, job.Spent = lineage, last.Spent+r.Run.Ended.Sub(r.Run.Started)
	return job, host.Detect(a.getenv, flags.log(a)), nil
}

// workspaceVariables are those in which CI hosts name the workspace.
func workspaceVariables() []string {
	return []string{"CI_PROJECT_DIR", "GITHUB_WORKSPACE", "WORKSPACE"}
}

// moved is an environment that names another workspace.
func moved(environ []string, from, to string) []string {
	environ = slices.Clone(environ)
	for i, kv := range environ {
		if name, value, _ := strings.Cut(kv, "="); value == from && slices.Contains(workspaceVariables(), name) {
			environ[i] = name + "=" + to
		}
	}
	return environ
}
