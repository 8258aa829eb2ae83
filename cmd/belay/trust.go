package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/runner"
	"github.com/belay-ci/belay/runner/host"
)

// readFor reads both files for a run. Where somebody without write access may have chosen what is in the work tree,
// the policy is what the target branch has; and so are the steps where they may use a token.
func (a app) readFor(ctx context.Context, facts host.Facts, flags runFlags) (files, error) {
	if !facts.Untrusted {
		return flags.read()
	}
	vouched := a.vouched(ctx, facts)
	if flags.allowUntrusted {
		return flags.readFrom(vouched, vouched)
	}
	f, err := flags.readFrom(here, vouched)
	if err != nil || f.problems.HasErrors() {
		return f, err
	}
	if steps := runner.TokenSteps(f.steps, f.policy); len(steps) > 0 {
		return files{}, badInput("refuse to run: somebody without write access may have caused this run (%s), and %s would use belay's token; set allow_untrusted if that is meant, see SECURITY.md",
			facts.EventName, strings.Join(steps, ", "))
	}
	return f, nil
}

// vouched opens files as the server has them on the branch that the change is to go to: somebody with write access put
// them there. Nothing the checkout says counts: its work tree, its branches and its remote may be somebody else's.
func (a app) vouched(ctx context.Context, facts host.Facts) open {
	return func(path string) (source.File, error) {
		if facts.Base == "" || facts.RemoteURL == "" {
			return source.File{}, fmt.Errorf("open %s: %s does not say which branch to take it from; write the YAML itself into the workflow", path, facts.EventName)
		}
		dir, err := os.Getwd()
		if err != nil {
			return source.File{}, err
		}
		found, err := gitops.Discover(dir)
		if err != nil {
			found = gitops.Discovered{Root: dir} // without a checkout, paths count from the repository's top
		}
		inside, err := within(found.Root, path)
		if err != nil {
			return source.File{}, err
		}
		login, err := gitops.FindCredentials(ctx, lookup(facts, found, dir))
		if err != nil {
			return source.File{}, err
		}
		repository, err := gitops.Open(ctx, gitops.Options{Remote: gitops.Remote{URL: facts.RemoteURL, Credentials: login.Credentials}})
		if err != nil {
			return source.File{}, err
		}
		data, err := repository.ReadFile(ctx, facts.Base, inside)
		return source.File{Name: facts.Base + ":" + inside, Data: data}, err
	}
}

// within is a path as it is written in a tree: from the top of the repository, with slashes.
func within(top, path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	inside, err := filepath.Rel(top, path)
	if err != nil || !filepath.IsLocal(inside) {
		return "", errors.New(path + " is not in the repository, and nobody vouches for what is outside of it; write the YAML itself into the workflow")
	}
	return filepath.ToSlash(inside), nil
}

// yes reads a yes or no as YAML 1.2 has them; nothing is no.
func yes(input, value string) (bool, error) {
	switch value {
	case "":
		return false, nil
	case "true", "True", "TRUE", "false", "False", "FALSE":
		return strconv.ParseBool(value)
	}
	return false, badInput("input %s is %q: write true or false", input, value)
}
