package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/internal/pattern"
	"github.com/belay-ci/belay/policy"
)

// examination looks at one thing.
type examination func(context.Context, patient) []finding

// examinations lists them in the order in which a run would stumble.
func examinations() []examination {
	return []examination{lookAtHost, lookAtFiles, lookAtGit, lookAtCheckout, lookAtCredentials, lookAtPush, lookAtSigning, lookAtBranch, lookAtPulls, lookAtRerun}
}

func one(sign, name, text string, help ...string) []finding {
	return []finding{{sign, name, text, help}}
}

func lookAtHost(_ context.Context, p patient) []finding {
	f := one(says, "host", p.facts.Name)
	if p.facts.Untrusted {
		f = append(f, finding{warns, "event", fmt.Sprintf("%s: somebody without write access may have caused this run, so no step may use the token", p.facts.EventName),
			[]string{"read SECURITY.md before you say allow_untrusted"}})
	}
	return f
}

func lookAtFiles(_ context.Context, p patient) []finding {
	err := p.filesErr
	var exit exitError
	if errors.As(err, &exit) && exit.err != nil {
		err = exit.err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return one(fails, "files", err.Error(), "belay init writes the first ones")
	case err != nil:
		return one(fails, "files", err.Error())
	case p.files.problems.HasErrors():
		return one(fails, "files", fmt.Sprintf("%d mistakes", len(p.files.problems)), "belay check shows them")
	case len(p.files.problems) > 0:
		return one(warns, "files", fmt.Sprintf("%d warnings", len(p.files.problems)), "belay check shows them")
	}
	return one(good, "files", p.files.stepsFile.Name+", policy "+p.files.policyFile.Name)
}

var gitVersion = pattern.New(`(\d+)\.(\d+)`)

// arbiter is the first git whose merge-tree can be asked about what belay's own merge declines.
const arbiter = 38

func lookAtGit(ctx context.Context, _ patient) []finding {
	out, err := exec.CommandContext(ctx, "git", "--version").Output()
	if err != nil {
		return one(warns, "git", "there is none: belay stages files itself, and refuses paths whose attributes need a filter; `restart` is not available")
	}
	version := strings.TrimSpace(strings.TrimPrefix(string(out), "git version"))
	if m := gitVersion.FindStringSubmatch(version); m != nil {
		major, _ := strconv.Atoi(m[1])
		minor, _ := strconv.Atoi(m[2])
		if major < 2 || major == 2 && minor < arbiter {
			return one(warns, "git", version+" is older than 2.38: it can't be asked about merges that belay's own declines")
		}
	}
	return one(good, "git", version)
}

func lookAtCheckout(ctx context.Context, p patient) []finding {
	if p.foundErr != nil {
		return one(fails, "checkout", p.foundErr.Error(), "check the repository out before belay runs")
	}
	where := p.found.Branch
	if where == "" {
		where = "a detached HEAD"
	}
	text := fmt.Sprintf("%s at %s", where, p.found.Head.Short())
	if shallow(p.found.Root) {
		text += ", shallow: landing needs no history"
	}
	f := one(good, "checkout", text)
	out, err := exec.CommandContext(ctx, "git", "-C", p.found.Root, "status", "--porcelain").Output()
	if n := len(slices.Collect(strings.Lines(string(out)))); err == nil && n > 0 {
		f = append(f, finding{warns, "work tree", fmt.Sprintf("changed or new files: %d; a run that begins like this can't `restart`", n), nil})
	}
	return f
}

func shallow(root string) bool {
	_, err := os.Stat(filepath.Join(root, ".git", "shallow"))
	return err == nil
}

// lookAtCredentials warns of a token that every step could read.
func lookAtCredentials(ctx context.Context, p patient) []finding {
	if p.foundErr != nil {
		return nil
	}
	out, err := exec.CommandContext(ctx, "git", "-C", p.found.Root, "config", "--get-regexp", `^http\..*\.extraheader$`).Output()
	if err == nil && len(out) > 0 {
		return one(warns, "credentials", "the checkout left the job's token in its configuration, where every step can read it",
			"give belay the token as its input, and check out with persist-credentials: false")
	}
	return nil
}

func lookAtPush(ctx context.Context, p patient) []finding {
	if p.repository == nil {
		if p.foundErr != nil {
			return nil // that was said
		}
		return one(fails, "remote", p.noRemote.Error())
	}
	f := one(good, "remote", p.facts.RemoteURL)
	if p.branch == "" {
		return append(f, finding{fails, "push", "which branch? The checkout names none", []string{"say it with --branch, and as `branch` of the land step"}})
	}
	tip, err := p.repository.MayPush(ctx, p.branch)
	switch {
	case err != nil:
		return append(f, finding{fails, "push", err.Error(), adviceOn(err)})
	case tip == "":
		return append(f, finding{fails, "push", "the branch " + p.branch + " is not on the server, and belay makes none", nil})
	}
	return append(f, finding{good, "push", "the credentials may push; " + p.branch + " is at " + tip.Short(), nil})
}

// lookAtSigning asks whether GitHub would sign what it is to make. It signs nothing for a person's token.
func lookAtSigning(ctx context.Context, p patient) []finding {
	if !p.viaAPI || p.repository == nil {
		return nil
	}
	m, err := openMaker(p.facts, gitops.Credentials{}, p.forgeName)
	if err != nil {
		return nil // the one token there is, the checkout keeps
	}
	person, err := m.gitHub.Person(ctx)
	switch {
	case err != nil:
		return one(fails, "signing", err.Error(), adviceOn(err)...)
	case person != "":
		return one(fails, "signing", fmt.Sprintf("the token is %s's, and GitHub signs for apps alone: `via: api` lands nothing with it", person),
			"give belay the job's own token, or an App's, as `token`; a person's, if pull requests need one, is `pr_token`")
	}
	return one(good, "signing", "the token is an app's: GitHub signs what it makes for it")
}

// guard tells what protects a branch, where the forge can say so.
type guard interface {
	Protection(ctx context.Context, branch string) (forge.Protection, error)
}

func lookAtBranch(ctx context.Context, p patient) []finding {
	forges, ok := p.forge.(guard)
	if !ok || p.branch == "" {
		return nil
	}
	found, err := forges.Protection(ctx, p.branch)
	if err != nil {
		return one(says, "protection", "it can't be read with this token: "+err.Error())
	}
	if p.viaAPI {
		found.Rules = slices.DeleteFunc(found.Rules, func(rule string) bool { return rule == "required_signatures" }) // they are
	}
	rules := fmt.Sprintf("%s has %s", p.branch, strings.Join(found.Rules, ", "))
	sign, token := fails, "this token"
	if p.facts.ForgeToken != p.facts.Token { // another one may be there to push with
		sign, token = warns, "the token for pull requests"
	}
	help := policy.GitRejectedProtected.Help()
	instead := []string{"`on-protected: pull-request` has a land step propose what the branch does not take", help}
	if slices.Contains(found.Rules, "required_signatures") {
		instead = append([]string{"`land: { via: api }` in the policy has GitHub sign what lands; or give belay a signing key"}, instead...)
	}
	switch {
	case len(found.Rules) == 0 && found.Token == forge.Refused:
		return one(sign, "protection", p.branch+" has no rule against a push, but "+token+" is not of a role that may push", help)
	case len(found.Rules) == 0:
		return one(good, "protection", p.branch+" has no rule against a push")
	case found.Token == forge.Granted:
		return one(good, "protection", rules+": the token may push all the same")
	case found.Token == forge.Refused:
		return one(sign, "protection", fmt.Sprintf("%s: a push with %s is refused", rules, token), instead...)
	}
	return one(warns, "protection", rules+": a push is refused unless the token may pass that by, which nobody says beforehand", instead...)
}

// mayOpen tells whether a pull request may be opened, where the forge can say so.
type mayOpen interface {
	MayOpen(ctx context.Context, base string) error
}

func lookAtPulls(ctx context.Context, p patient) []finding {
	if p.forge == nil {
		return one(warns, "pull requests", p.noForge.Error())
	}
	forges, ok := p.forge.(mayOpen)
	if !ok || p.branch == "" {
		return one(says, "pull requests", "whether the token may open one is known only when it does")
	}
	if err := forges.MayOpen(ctx, p.branch); err != nil {
		return one(fails, "pull requests", err.Error(), adviceOn(err)...)
	}
	return one(good, "pull requests", "the token may open one")
}

func lookAtRerun(_ context.Context, p patient) []finding {
	switch {
	case p.facts.Name == "local":
		return nil
	case p.facts.Again.Refused != "":
		return one(says, "rerun", "a policy that asks for a new run does not get one: "+p.facts.Again.Refused)
	case p.noAgain != nil:
		return one(says, "rerun", "a policy that asks for a new run does not get one: "+p.noAgain.Error())
	}
	return nil
}
