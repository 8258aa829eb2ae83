package main

import (
	"context"
	"errors"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/runner"
	"github.com/belay-ci/belay/runner/host"
)

// repository opens the workspace's repository with the credentials there are. That there is none is no error yet:
// a run without a land step needs none, and one with a land step says so.
func (a app) repository(ctx context.Context, facts host.Facts, job runner.Job, temp string) (host.Facts, *gitops.Repo, error) {
	found, err := gitops.Discover(job.Dir)
	if err != nil {
		return facts, nil, err
	}
	if facts.RemoteURL == "" {
		facts.RemoteURL = found.RemoteURL
	}
	if facts.Branch == "" {
		facts.Branch = found.Branch
	}
	if facts.Commit == "" {
		facts.Commit = string(found.Head)
	}
	if facts.RemoteURL == "" {
		return facts, nil, errors.New("the checkout has no remote `origin` to land on")
	}
	login, err := gitops.FindCredentials(ctx, gitops.Lookup{
		URL: facts.RemoteURL, Token: facts.Token, User: facts.User, Dir: job.Dir, Interactive: facts.Name == "local",
	})
	if err != nil {
		return facts, nil, err
	}
	repository, err := gitops.Open(ctx, gitops.Options{
		Remote:   gitops.Remote{URL: facts.RemoteURL, Credentials: login.Credentials},
		Checkout: job.Dir, Temp: temp, Env: job.Environ,
	})
	return facts, repository, err
}

// openForge chooses the forge of the remote. Where there is none to talk to, why is said when it is needed.
func openForge(facts host.Facts, explicit, temp string) (runner.Forge, error) {
	name, err := forge.Choose(facts.Name, facts.RemoteURL, explicit)
	if err != nil {
		return nil, err
	}
	if name == "local" {
		return forge.NewLocal(temp), nil
	}
	return forge.NewGitHub(forge.GitHubOptions{
		APIURL: facts.APIURL, ServerURL: facts.ServerURL, Repository: facts.Repository, Token: facts.ForgeToken,
	})
}
