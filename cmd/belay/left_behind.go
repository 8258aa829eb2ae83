package main

import (
	"context"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/runner"
)

// leftBehind warns of a token that the checkout keeps in its git configuration, where every step and everything a step
// installs can read it, and hides it from now on. On somebody's own machine the configuration is their affair.
func leftBehind(ctx context.Context, job runner.Job) []string {
	if job.Facts.Name == "local" || job.Facts.RemoteURL == "" {
		return nil
	}
	found, err := gitops.FindCredentials(ctx, gitops.Lookup{URL: job.Facts.RemoteURL, Dir: job.Dir})
	if err != nil || found.From != "checkout" {
		return nil
	}
	for _, secret := range found.Credentials.Secrets() {
		job.Masks.Add(secret)
	}
	return []string{"the checkout keeps a token in its git configuration, where every step can read it: give actions/checkout" +
		" `persist-credentials: false`, and the token to belay alone"}
}
