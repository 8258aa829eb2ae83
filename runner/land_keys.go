package runner

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/internal/spec"
)

// landKeys are what a land step may be given.
func landKeys() []source.Key {
	return []source.Key{
		{Name: "branch", Type: source.TypeText, Valid: wrongBranch, Example: "main", Means: "The branch to land on. Default: the branch that is checked out, else the one the run was started from."},
		{Name: "paths", Type: source.TypeWords, Example: "[envs/prod]", Means: "Files and folders to commit, relative to the repository. Default: everything that changed."},
		{Name: "checkout", Type: source.TypeText, Valid: wrongCheckout, Example: "deploy", Means: "A folder of the workspace with a checkout of another repository, as `clone` makes it: what changed there lands on that repository, and `paths` are relative to it. Default: the run's own checkout."},
		{Name: "token-env", Type: source.TypeText, Needs: "checkout", Example: "DEPLOY_TOKEN", Means: "The environment variable with a token for that repository alone, for git and for pull requests. Default: what the checkout itself keeps, else belay's own token where the repository is on the same server."},
		{Name: "targets", Type: source.TypeList, Keys: targetKeys(), Excludes: []string{"branch", "tag"}, Example: "[{ branch: main }, { branch: release, paths: [envs/prod] }]", Means: "Several branches to land on, one after the other, instead of `branch`; also of other repositories, by a `checkout`. The first that fails ends the step; a retry or re-run lands what is missing, and a rollback covers all that landed."},
		{Name: "message", Type: source.TypeText, Example: "'prod: shop ${{ inputs.tag }}'", Means: "The commit's message. Default: the run's name."},
		{Name: "author", Type: source.TypeText, Example: "'Release Bot <bot@example.com>'", Means: "The commit's author, as `Name <address>`. Default: the configured git identity, else belay."},
		{Name: "integrate", Type: source.TypeEnum, Enum: spec.IntegrateWays(), Example: "merge", Means: "How the commits get onto the tip. Default: the policy's `land.integrate`."},
		{Name: "tag", Type: source.TypeWords, Valid: wrongTag, Example: "'v${{ inputs.tag }}'", Means: "Tags to put on the last landed commit, in one step with the branch. One that is elsewhere already is `git.rejected.tag`: tags are never moved."},
		{Name: "tag-message", Type: source.TypeText, Needs: "tag", Example: "'shop ${{ inputs.tag }}'", Means: "Makes the tags annotated ones with this message, signed where belay has a key. Default: they are lightweight."},
		{Name: "on-protected", Type: source.TypeEnum, Enum: []string{protectedFails, protectedProposes}, Default: protectedFails, Means: "What to do where the branch is protected against the push: fail with `git.rejected.protected`, or open a pull request from `belay/land/…`, once. The step then succeeds with the outcome `proposed` and `landed` false."},
		{Name: "push-options", Type: source.TypeWords, Valid: wrongPushOption, Example: "[ci.skip]", Means: "What to tell the server's hooks with the push (`git push -o`), one line each."},
	}
}

// wrongBranch says what is wrong with a branch's name.
func wrongBranch(name string) string {
	if err := gitops.CheckBranchName(name); err != nil {
		return err.Error()
	}
	return ""
}

// wrongTag says what is wrong with a tag's name.
func wrongTag(name string) string {
	if err := gitops.CheckTagName(name); err != nil {
		return err.Error()
	}
	return ""
}

// wrongPushOption says what is wrong with a push option.
func wrongPushOption(option string) string {
	if strings.TrimSpace(option) == "" || strings.ContainsAny(option, "\n\x00") {
		return "a push option is one line"
	}
	return ""
}

// asked fills a request with what the step asked for besides the branch, else with what the policy has.
func (c *conductor) asked(req gitops.LandRequest, with map[string]any) (gitops.LandRequest, error) {
	req.Integrate = gitops.Integrate(c.job.Policy.Land.Integrate)
	if way := text(with["integrate"]); way != "" {
		if !slices.Contains(spec.IntegrateWays(), way) {
			return req, fmt.Errorf("land: `integrate` is %q, and not one of %s", way, strings.Join(spec.IntegrateWays(), ", "))
		}
		req.Integrate = gitops.Integrate(way)
	}
	if what := word(with["on-protected"]); what != "" && what != protectedFails && what != protectedProposes {
		return req, fmt.Errorf("land: `on-protected` is %q, and neither %s nor %s", what, protectedFails, protectedProposes)
	}
	for _, name := range words(with["tag"]) {
		if wrong := wrongTag(name); wrong != "" {
			return req, errors.New("land: `tag`: " + wrong)
		}
		tag := gitops.Tag{Name: name, Message: text(with["tag-message"])}
		if !slices.Contains(req.Tags, tag) { // expressions may come to the same, which a server refuses
			req.Tags = append(req.Tags, tag)
		}
	}
	for _, option := range words(with["push-options"]) {
		if wrong := wrongPushOption(option); wrong != "" {
			return req, errors.New("land: `push-options`: " + wrong)
		}
		req.PushOptions = append(req.PushOptions, option)
	}
	return req, nil
}

// words reads a list, or one word; without any there are none.
func words(v any) []string {
	if v == nil || v == "" {
		return nil
	}
	return paths(v)
}
