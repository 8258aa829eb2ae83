package runner

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/internal/pattern"
	"github.com/belay-ci/belay/runner/report"
)

// lastGood is `rollback: { to: last-good }`.
const lastGood = "last-good"

// target is what a rollback goes back to.
type target struct {
	good       gitops.Good // the stage's last good commit; without one, or without a stage, Commit is empty
	superseded bool        // that commit holds what was to be reverted
	restore    bool        // go back to it; otherwise the run's own commits are reverted
}

// target finds out what to go back to. A stage that no run has succeeded with yet has nothing to go back to but what
// was there before this run.
func (c *conductor) target(ctx context.Context, l landed) (target, error) {
	stage := c.job.Steps.Stage
	if stage == "" {
		return target{}, nil
	}
	good, superseded, err := c.job.Repository.Superseded(ctx, stage, hashes(l.commits))
	if err != nil {
		return target{}, err
	}
	t := target{good: good, superseded: superseded}
	if c.job.Policy.Rollback.To != lastGood || superseded {
		return t, nil
	}
	if good.Commit == "" {
		c.show(report.Noted{Warning: true, Text: "the stage " + stage + " has no last good commit yet: the rollback undoes this run's commits"})
		return t, nil
	}
	t.restore = true
	return t, nil
}

// reverse builds what the rollback puts on its branch.
func (c *conductor) reverse(ctx context.Context, l landed, t target) (gitops.Reversal, error) {
	if t.restore {
		return c.job.Repository.Restore(ctx, gitops.RestoreRequest{
			Branch: l.branch, Good: t.good.Commit, Paths: l.paths, Commits: hashes(l.commits), Author: belayPerson(),
		})
	}
	return c.job.Repository.Revert(ctx, gitops.RevertRequest{Branch: l.branch, Commits: hashes(l.commits), Author: belayPerson(), ByKey: c.job.Policy.Land.StructuredMerge})
}

// restoredTo is the commit the files go back to; empty where commits are reverted.
func (t target) restoredTo() gitops.ID {
	if !t.restore {
		return ""
	}
	return t.good.Commit
}

// byHand is what a person can paste into a shell to do what belay could not. Names of branches and files are other people's
// words, and are quoted.
func (t target) byHand(l landed, made gitops.Reversal, branch string) []string {
	lines := []string{"git fetch origin " + shellWord(l.branch), "git switch -c " + shellWord(branch) + " FETCH_HEAD"}
	if l.where.Checkout != "" {
		lines = slices.Insert(lines, 0, "cd "+shellWord(l.where.Checkout))
	}
	if t.restore {
		restore := fmt.Sprintf("git restore --source=%s --staged --worktree --", t.good.Commit)
		for _, path := range made.Paths {
			restore += " " + shellWord(pathspec(path))
		}
		lines = append(lines, restore, "git commit -m "+shellWord("Restore "+t.good.Stage+" to "+t.good.Commit.Short()))
	} else {
		for _, commit := range slices.Backward(l.commits) {
			options := "--no-edit " // an editor would take the next line that is pasted
			if slices.Contains(made.Merges, commit.Hash) {
				options += "-m 1 "
			}
			lines = append(lines, "git revert "+options+string(commit.Hash))
		}
	}
	return append(lines, "git push origin "+shellWord(branch))
}

// pathspec names one file for git, also where its name looks like a pattern (gitglossary(7), pathspec).
func pathspec(path string) string {
	if strings.HasPrefix(path, ":") || strings.ContainsAny(path, `*?[\`) {
		return ":(literal)" + path
	}
	return path
}

// plainWord is what no shell reads anything into.
var plainWord = pattern.New(`^[\pL\pN_./:@%+,][\pL\pN_./:@%+,=-]*$`)

// shellWord is text as one word of a shell.
func shellWord(text string) string {
	if plainWord.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// does says what merging the pull request will do.
func (t target) does(l landed) string {
	if !t.restore {
		return "This pull request reverts exactly what that run landed, nothing else."
	}
	what := "the files of that run"
	if len(l.paths) > 0 {
		var quoted []string
		for _, path := range l.paths {
			quoted = append(quoted, forge.Code(path))
		}
		what = strings.Join(quoted, ", ")
	}
	return fmt.Sprintf("This pull request brings %s back to %s, the last good commit of the stage %s, nothing else.", what, t.good.Commit, forge.Text(t.good.Stage))
}
