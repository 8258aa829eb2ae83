package main

import (
	"context"
	"path/filepath"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/runner"
)

// leftBehind warns of tokens that the checkout, and those that the steps land from, keep in their git configuration, where every
// step and everything a step installs can read them, and hides them from now on. On somebody's own machine the configuration is
// their affair.
func leftBehind(ctx context.Context, job runner.Job) []string {
	if job.Facts.Name == "local" || job.Facts.RemoteURL == "" {
		return nil
	}
	var warnings []string
	if keepsToken(ctx, job, job.Facts.RemoteURL, job.Dir) {
		warnings = append(warnings, "the checkout keeps a token in its git configuration, where every step can read it: give actions/checkout"+
			" `persist-credentials: false`, and the token to belay alone")
	}
	for _, to := range destinations(job.Steps, "") {
		if to.checkout == "" || !filepath.IsLocal(to.checkout) {
			continue
		}
		dir := filepath.Join(job.Dir, filepath.FromSlash(to.checkout))
		if found, err := checkoutAt(dir); err == nil && keepsToken(ctx, job, found.RemoteURL, dir) {
			warnings = append(warnings, "the checkout "+to.checkout+" keeps a token in its git configuration, where every step can read it: give actions/checkout"+
				" `persist-credentials: false`, and name the variable that has the token in `token-env`")
		}
	}
	return warnings
}

// keepsToken reports whether a checkout keeps a token for its remote, and hides it from now on.
func keepsToken(ctx context.Context, job runner.Job, remote, dir string) bool {
	found, err := gitops.FindCredentials(ctx, gitops.Lookup{URL: remote, Dir: dir})
	if err != nil || found.From != "checkout" {
		return false
	}
	for _, secret := range found.Credentials.Secrets() {
		job.Masks.Add(secret)
	}
	return true
}
