package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/policy"
)

// PullPrefix begins the name of a branch that open-pull-request makes where the user gives it none.
const PullPrefix = "belay/pull/"

// openPullRequestStep proposes a change.
func openPullRequestStep() builtin {
	return builtin{
		Builtin: spec.Builtin{
			Name: "open-pull-request",
			Means: "Opens a pull request, once: an open one from the same branch is adopted, also by a re-run of the job. With `paths`, or without `head`, " +
				"it first puts what the steps changed on the branch, on top of the tip of `base`, in the place of what belay proposed there before; a commit of somebody else stays. With `head` alone it opens one for a branch that is there. " +
				"Where nothing changed, none is opened. Whether the token may open one is asked before anything is pushed.",
			With: append([]source.Key{
				{Name: "head", Type: source.TypeText, Example: "bump/shop", Means: "The branch to propose. Default: one of belay's own, the same for every attempt of the run."},
				{Name: "base", Type: source.TypeText, Example: "main", Means: "The branch it is to change. Default: the branch the run was started from."},
				{Name: "paths", Type: source.TypeWords, Example: "[envs/prod]", Means: "Files and folders to propose, relative to the repository. Default, without `head`: everything that changed."},
				{Name: "message", Type: source.TypeText, Means: "The commit's message. Default: the title."},
				{Name: "author", Type: source.TypeText, Example: "'Release Bot <bot@example.com>'", Means: "The commit's author, as `Name <address>`. Default: the configured git identity, else belay."},
			}, proposalKeys()...),
			Outputs: append([]spec.Output{
				{Name: "outcome", Means: "`opened`, `adopted` (it was open), `merged` or `closed` (an earlier one was, and nothing is new since), or `empty` (there is nothing to propose)"},
			}, pullOutputs()...),
		},
		do: atCheckout((*conductor).openPullRequest),
	}
}

// proposalKeys say what a new pull request looks like.
func proposalKeys() []source.Key {
	return append([]source.Key{
		{Name: "title", Type: source.TypeText, Example: "'Bump shop to ${{ inputs.tag }}'", Means: "The title. Default: the run's name."},
		{Name: "body", Type: source.TypeText, Means: "The text, in Markdown. It is cut at the forge's limit."},
		{Name: "body-file", Type: source.TypeText, Example: "notes.md", Means: "A file with the text, from the workspace."},
		{Name: "labels", Type: source.TypeWords, Example: "[bump]", Means: "Labels. An open pull request is given those it lacks."},
		{Name: "reviewers", Type: source.TypeWords, Example: "[ada, acme/ops]", Means: "Who is asked for a review, by login name; org/team asks a team. Somebody who can't be asked is a warning."},
		{Name: "assignees", Type: source.TypeWords, Example: "[ada]", Means: "Who it is assigned to, by login name."},
		{Name: "draft", Type: source.TypeBool, Default: "false", Means: "Whether it is a draft."},
		{Name: "auto-merge", Type: source.TypeBool, Default: "false", Means: "Whether the forge merges it as soon as it may: at once where nothing is required."},
		methodKey(),
	}, elsewhereKeys()...)
}

// proposal reads a new pull request's looks. Everything foreign in it is masked; title and body are otherwise the
// author's own words.
func (c *conductor) proposal(k call) (n forge.NewPullRequest, auto bool, err error) {
	public := c.public(k.progress)
	body := text(k.with["body"])
	if file := text(k.with["body-file"]); file != "" {
		if body != "" {
			return n, false, errors.New("write `body` or `body-file`, not both")
		}
		if body, err = c.bodyFile(file); err != nil {
			return n, false, err
		}
	}
	n = forge.NewPullRequest{
		Title: forge.Title(public(cmp.Or(text(k.with["title"]), c.run.Name, "belay: "+k.step.ID))), Body: public(body),
		Labels: texts(k.with["labels"]), Reviewers: texts(k.with["reviewers"]), Assignees: texts(k.with["assignees"]),
	}
	if c.job.Forge != nil {
		n.Body = forge.Cut(n.Body, c.job.Forge.MaxBody())
	}
	if n.Draft, err = yes(k.with["draft"], false); err != nil {
		return n, false, fmt.Errorf("draft: %w", err)
	}
	auto, err = yes(k.with["auto-merge"], false)
	switch {
	case err != nil:
		return n, false, fmt.Errorf("auto-merge: %w", err)
	case auto && n.Draft:
		return n, false, errors.New("a draft is not meant to be merged: write `draft` or `auto-merge`, not both")
	}
	return n, auto, nil
}

// maxBodyFile bounds what is read of a file: no forge takes more.
const maxBodyFile = 4 << 20

func (c *conductor) bodyFile(name string) (string, error) {
	if !filepath.IsAbs(name) {
		name = filepath.Join(c.job.Dir, name)
	}
	info, err := os.Stat(name)
	if err != nil {
		return "", fmt.Errorf("read body-file: %w", err)
	}
	if info.Size() > maxBodyFile {
		return "", fmt.Errorf("read body-file: %s has %d bytes, more than any forge takes", name, info.Size())
	}
	content, err := os.ReadFile(name)
	if err != nil {
		return "", fmt.Errorf("read body-file: %w", err)
	}
	return string(content), nil
}

func (c *conductor) openPullRequest(ctx context.Context, k call) execution {
	n, auto, err := c.proposal(k)
	if err != nil {
		return failedExecution(notStarted(err))
	}
	n.Head, n.Base = text(k.with["head"]), c.base(k.with)
	switch {
	case c.job.Forge == nil:
		return failedExecution(notStarted(fmt.Errorf("open a pull request: %w", c.job.NoForge)))
	case c.job.Repository == nil:
		return failedExecution(notStarted(fmt.Errorf("open a pull request: %w", c.job.NoRepository)))
	case n.Base == "":
		return failedExecution(notStarted(errors.New("open a pull request: into which branch? The run was not started from one: name it with `base`")))
	}
	own := n.Head == "" // the branch is belay's, and nobody else's
	if own {
		n.Head = PullPrefix + c.identity(k.step.ID, n.Base).ID()
	}
	if n.Head == n.Base {
		return failedExecution(notStarted(fmt.Errorf("open a pull request: `head` and `base` are both %s", n.Base)))
	}
	if asks, ok := c.job.Forge.(allower); ok {
		if err := asks.MayOpen(ctx, n.Base); err != nil {
			return forgeFailure(fmt.Errorf("nothing was pushed: %w", err))
		}
	}
	if own || k.with["paths"] == nil {
		if before, err := c.lastWord(ctx, n, own); err != nil {
			return forgeFailure(err)
		} else if before != nil {
			return c.withPull(k, *before, before.State)
		}
	}
	if own || k.with["paths"] != nil {
		out, e := c.propose(ctx, k, n)
		switch {
		case e.failure != nil:
			return e
		case out.State == gitops.Empty || out.State == gitops.Absorbed:
			return c.nothing(k, n)
		case out.State == gitops.AlreadyLanded && !own:
			if before, err := c.lastWord(ctx, n, own); err != nil {
				return forgeFailure(err)
			} else if before != nil {
				return c.withPull(k, *before, before.State)
			}
		}
	}
	n.Again = !own
	return c.opened(ctx, k, n, auto)
}

// lastWord returns the pull request from n's head that was merged or closed, where that is the last word: none is open, and
// nobody pushed to the branch since.
func (c *conductor) lastWord(ctx context.Context, n forge.NewPullRequest, own bool) (*forge.PullRequest, error) {
	found, err := c.job.Forge.Find(ctx, n.Head, n.Base)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	for _, pr := range found {
		if pr.State == "open" {
			return nil, nil
		}
	}
	if own {
		return &found[0], nil
	}
	tip, err := c.job.Repository.Tip(ctx, n.Head)
	if err != nil || tip == "" || string(tip) != found[0].HeadSHA {
		return nil, err
	}
	return &found[0], nil
}

// propose puts what the steps changed on the head branch.
func (c *conductor) propose(ctx context.Context, k call, n forge.NewPullRequest) (gitops.Outcome, execution) {
	select {
	case c.landing <- struct{}{}:
		defer func() { <-c.landing }()
	case <-ctx.Done():
		return gitops.Outcome{}, execution{failure: &policy.Failure{ExitCode: -1, Message: "cancelled"}, cancelled: true}
	}
	with := map[string]any{"branch": n.Head, "paths": k.with["paths"], "message": cmp.Or(text(k.with["message"]), n.Title), "author": k.with["author"]}
	l, err := c.stage(ctx, call{step: k.step, with: with, progress: k.progress, row: k.row})
	if err != nil {
		return gitops.Outcome{}, failedExecution(gitFailure(err))
	}
	l.base = n.Base
	out, err := c.race(ctx, k.row, &l)
	if err != nil {
		return out, c.notProposed(l, out, err)
	}
	return out, execution{}
}

// notProposed is a change that did not come onto its branch.
func (c *conductor) notProposed(l landing, out gitops.Outcome, err error) execution {
	e := c.notLanded(l, out, err)
	e.landing = nil // nothing was to land
	return e
}

// nothing is a success without a pull request.
func (c *conductor) nothing(k call, n forge.NewPullRequest) execution {
	var e execution
	e.effects.Outputs = map[string]string{"outcome": "empty", "base": n.Base}
	c.note(k, false, "there is nothing to propose to %s", n.Base)
	return e
}

// opened opens the pull request, or adopts the one that is open.
func (c *conductor) opened(ctx context.Context, k call, n forge.NewPullRequest, auto bool) execution {
	pr, created, err := c.job.Forge.Open(ctx, n)
	if err != nil {
		if page := c.job.Forge.CompareURL(n.Base, n.Head); page != "" {
			c.note(k, true, "the branch %s is pushed; a person can open the pull request at %s", n.Head, page)
		}
		return forgeFailure(err)
	}
	outcome := "adopted"
	if created {
		outcome = "opened"
	}
	if pr.State != "open" {
		return c.withPull(k, pr, pr.State)
	}
	if auto {
		forges, err := power[autoMerger](c, "turn on auto-merge")
		if err == nil {
			warning := pr.Warning
			pr, err = mergedByItself(ctx, forges, pr, word(k.with["method"]))
			pr.Warning = warning
		}
		if err != nil {
			return forgeFailure(err)
		}
	}
	return c.withPull(k, pr, outcome)
}

// A forge looks at a new pull request for some seconds before it can be told to merge it.
const (
	autoMergePoll  = 3 * time.Second
	autoMergeTries = 20
)

// mergedByItself turns on auto-merge. A forge that has just been told of a pull request may refuse while it looks at it.
func mergedByItself(ctx context.Context, forges autoMerger, pr forge.PullRequest, method string) (forge.PullRequest, error) {
	tries := 0
	how := forge.Merge{Method: method, Head: pr.HeadSHA}
	err := poll(ctx, autoMergePoll, func(ctx context.Context) error {
		now, err := forges.AutoMerge(ctx, pr.Number, how)
		var failed *forge.Error
		if tries++; errors.As(err, &failed) && failed.Kind() == policy.ForgeNotMergeable && failed.Status != 0 && tries < autoMergeTries {
			return errNotYet
		}
		if err == nil {
			pr = now
		}
		return err
	})
	return pr, err
}
