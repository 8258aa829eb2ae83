package runner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/policy"
)

// targetKeys are what one of a land step's `targets` may be given.
func targetKeys() []source.Key {
	return []source.Key{
		{Name: "checkout", Type: source.TypeText, Valid: wrongCheckout, Example: "deploy", Means: "A folder with a checkout of another repository, to land on that one what changed there. Default: the step's own `checkout`."},
		{Name: "token-env", Type: source.TypeText, Needs: "checkout", Example: "DEPLOY_TOKEN", Means: "The environment variable with a token for that repository alone. Default: the step's own `token-env`."},
		{Name: "branch", Type: source.TypeText, Required: true, Valid: wrongBranch, Example: "main", Means: "The branch to land on."},
		{Name: "paths", Type: source.TypeWords, Example: "[envs/prod]", Means: "Files and folders to land there. Default: the step's own `paths`."},
	}
}

// landTargets lands on several branches, one after the other. All is staged before anything lands. The first branch that fails
// ends the step: what landed before stays the run's, to be rolled back, and a retry or a re-run finds it there and lands
// what is missing.
func (c *conductor) landTargets(ctx context.Context, k call, targets []call) execution {
	landings, places := make([]landing, len(targets)), make([]*conductor, len(targets))
	for i, target := range targets {
		there, err := c.placeOf(ctx, target)
		if err != nil {
			return failedExecution(notStarted(err))
		}
		if landings[i], err = there.stage(ctx, target); err != nil {
			return failedExecution(gitFailure(err))
		}
		places[i] = there
	}
	var done []execution
	for i, target := range targets {
		e := places[i].landOne(ctx, target, landings[i])
		e.earlier = done
		if e.failure != nil {
			e.failure.Message += c.leftOver(done, landings[i+1:])
			return e
		}
		done = append(slices.Clip(done), e)
	}
	last := done[len(done)-1]
	last.earlier = done[:len(done)-1]
	last.effects.Outputs = targetOutputs(done)
	return last
}

// leftOver says how far a step with several targets came before one failed.
func (c *conductor) leftOver(done []execution, rest []landing) string {
	var on, off []string
	for _, e := range done {
		if len(e.commits) > 0 {
			on = append(on, e.landing.Where())
		}
	}
	for _, l := range rest {
		off = append(off, l.report.Where())
	}
	text := ""
	if len(on) > 0 {
		text += "; landed before on " + strings.Join(on, ", ")
	}
	if len(off) > 0 {
		text += "; not tried: " + strings.Join(off, ", ")
	}
	return text
}

// targetOutputs are the outputs of a step with several targets: those of all of them by branch, and of the last with commits.
func targetOutputs(done []execution) map[string]string {
	all := map[string]map[string]string{}
	outputs := map[string]string{"landed": "false"}
	var outcomes []string
	for _, e := range done {
		one := e.effects.Outputs
		all[e.landing.Where()] = one
		outcomes = append(outcomes, one["outcome"])
		if one["landed"] == "true" {
			outputs["landed"], outputs["sha"], outputs["branch"] = "true", one["sha"], one["branch"]
			delete(outputs, "repository")
			if e.landing.Repository != "" {
				outputs["repository"] = e.landing.Repository
			}
		}
	}
	outcomes = slices.Compact(outcomes)
	outputs["outcome"] = outcomes[0]
	if len(outcomes) > 1 {
		outputs["outcome"] = "mixed"
	}
	if text, err := json.Marshal(all); err == nil {
		outputs["targets"] = string(text)
	}
	return outputs
}

// targets reads a land step's `targets`, each as a call of its own; none where it has a branch.
func targets(k call) ([]call, error) {
	if k.with["targets"] == nil {
		return nil, nil
	}
	list, ok := k.with["targets"].([]any)
	if !ok || len(list) == 0 {
		return nil, errors.New("land: `targets` is a list of branches, as in [{ branch: main }]")
	}
	var calls []call
	type place struct{ checkout, branch string }
	seen := map[place]bool{}
	for i, item := range list {
		target, _ := item.(map[string]any)
		one := k
		one.with = maps.Clone(k.with)
		maps.Copy(one.with, target)
		to := place{text(one.with["checkout"]), text(target["branch"])}
		switch {
		case to.branch == "":
			return nil, fmt.Errorf("land: target %d names no branch", i+1)
		case seen[to]:
			return nil, fmt.Errorf("land: the branch %s is there twice among the targets", to.branch)
		}
		seen[to] = true
		calls = append(calls, one)
	}
	return calls, nil
}

// partly adds to the run what a failed attempt landed all the same, so that the policy, and a rollback, know of it.
func (p progress) partly(e execution) progress {
	for _, one := range append(slices.Clip(e.earlier), e) {
		if len(one.commits) > 0 && one.landing != nil {
			p = p.withLanding(*one.landing, one.where, one.paths, one.commits)
		}
	}
	return p
}

// cancelledExecution is an attempt that a cancellation kept from beginning.
func cancelledExecution() execution {
	return execution{failure: &policy.Failure{ExitCode: -1, Message: "cancelled"}, cancelled: true}
}
