package main

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"strings"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/runner"
	"github.com/belay-ci/belay/runner/host"
)

// elsewhere opens other repositories than the run's own, by checkouts of them in the workspace.
func elsewhere(key signing) func(context.Context, runner.Job, runner.Opening) (runner.Job, error) {
	return func(ctx context.Context, job runner.Job, o runner.Opening) (runner.Job, error) {
		if job.Facts.Untrusted {
			return job, errors.New("somebody without write access may have caused this run, and have chosen where the checkout leads")
		}
		found, err := checkoutAt(o.Dir)
		if err != nil {
			return job, err
		}
		own := job.Facts
		job.Facts = own.Elsewhere(host.Checkout{RemoteURL: found.RemoteURL, Branch: found.Branch, Commit: string(found.Head), SSHKey: found.SSHKey}, o.Token)
		remote, err := remoteElsewhere(ctx, job.Facts, found, o)
		if err != nil {
			return job, err
		}
		for _, secret := range remote.Secrets() {
			job.Masks.Add(secret)
		}
		job.Facts.RemoteURL, job.Facts.Web.CABundle = remote.URL, cmp.Or(remote.CA, job.Facts.Web.CABundle)
		options := gitops.Options{Remote: remote, Checkout: o.Dir, Temp: o.Temp, Env: job.Environ, Sign: key.by, SignedBy: key.who, Late: true, Bearings: o.Bearings}
		chosen := ""
		if strings.EqualFold(job.Facts.ServerURL, own.ServerURL) {
			chosen = key.forge
		}
		if key.viaAPI {
			if options.Maker, err = openMaker(job.Facts, remote.Credentials, chosen); err != nil {
				options.Maker = noMaker{err} // told where something is to be made
			}
		}
		if job.Repository, err = gitops.Open(ctx, options); err != nil {
			return job, err
		}
		if job.Forge, job.NoForge = openForge(job.Facts, chosen, o.Temp); job.NoForge != nil && key.forge != chosen {
			job.Forge, job.NoForge = openForge(job.Facts, key.forge, o.Temp) // the address does not tell, and the user has said
		}
		return job, nil
	}
}

// checkoutAt reads a checkout whose top is dir: another one around it is not meant.
func checkoutAt(dir string) (gitops.Discovered, error) {
	notOne := errors.New("it is no checkout of a repository: a `clone` step makes one, or the CI host's own checkout before the run")
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return gitops.Discovered{}, notOne
	}
	found, err := gitops.Discover(real)
	switch {
	case err == nil && found.Root != real:
		return found, notOne
	case err == nil && found.RemoteURL == "":
		return found, errors.New("it has no remote `origin` to land on")
	}
	return found, err
}

// remoteElsewhere is the remote with the credentials there are for it: the token given for it, else what its checkout keeps, else
// what there is for its server.
func remoteElsewhere(ctx context.Context, facts host.Facts, found gitops.Discovered, o runner.Opening) (gitops.Remote, error) {
	if o.Token == "" && facts.SSH.Key == "" {
		at := lookup(facts, found, o.Dir)
		at.Token, at.Interactive = "", false
		kept, err := gitops.FindCredentials(ctx, at)
		if err != nil {
			return gitops.Remote{}, err
		}
		if kept.From == "checkout" || kept.From == "address" {
			return gitops.Remote{URL: facts.RemoteURL, Credentials: kept.Credentials, CA: kept.CA}, nil
		}
	}
	return remoteOf(ctx, facts, found, o.Dir)
}
