package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
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
	vouched := vouched{ctx, facts}
	if flags.allowUntrusted {
		return flags.readFrom(vouched, vouched)
	}
	f, err := flags.readFrom(here{}, vouched)
	if err != nil || f.problems.HasErrors() {
		return f, err
	}
	if steps := runner.TokenSteps(f.steps, f.policy); len(steps) > 0 {
		return files{}, badInput("refuse to run: somebody without write access may have caused this run (%s), and %s would use belay's token; set allow_untrusted if that is meant, see SECURITY.md",
			facts.EventName, strings.Join(steps, ", "))
	}
	return f, nil
}

// vouched is files as the server has them on the branch that the change is to go to: somebody with write access put
// them there. Nothing the checkout says counts: its work tree, its branches and its remote may be somebody else's.
type vouched struct {
	ctx   context.Context // of one reading of both files
	facts host.Facts
}

// open returns a file of the branch.
func (v vouched) open(path string) (source.File, error) {
	if v.facts.Base == "" || v.facts.RemoteURL == "" {
		return source.File{}, fmt.Errorf("open %s: %s does not say which branch to take it from; write the YAML itself into the workflow", path, v.facts.EventName)
	}
	inside, err := v.inside(path)
	if err != nil {
		return source.File{}, err
	}
	data, err := v.ReadFile(inside)
	return source.File{Name: v.facts.Base + ":" + inside, Data: data}, err
}

// around is the branch: the files that a file of it runs are taken from there too. What is given as text stands in
// the working directory.
func (v vouched) around(f source.File) (tree, error) {
	if at, ok := strings.CutPrefix(f.Name, v.facts.Base+":"); ok {
		return tree{files: v, at: at}, nil
	}
	at, err := v.inside("input")
	return tree{files: v, at: at}, err
}

// inside is a path on this machine as the branch has it. Without a checkout, paths count from the repository's top.
func (v vouched) inside(path string) (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	found, err := gitops.Discover(dir)
	if err != nil {
		found = gitops.Discovered{Root: dir}
	}
	return within(found.Root, path)
}

// ReadFile implements fs.ReadFileFS.
func (v vouched) ReadFile(inside string) ([]byte, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	found, err := gitops.Discover(dir)
	if err != nil {
		found = gitops.Discovered{Root: dir}
	}
	remote, err := remoteOf(v.ctx, v.facts, found, dir)
	if err != nil {
		return nil, err
	}
	repository, err := gitops.Open(v.ctx, gitops.Options{Remote: remote})
	if err != nil {
		return nil, err
	}
	return repository.ReadFile(v.ctx, v.facts.Base, inside)
}

// Open implements fs.FS. Files are read whole, and folders not at all.
func (v vouched) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: errors.ErrUnsupported}
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
