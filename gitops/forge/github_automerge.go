package forge

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/belay-ci/belay/policy"
)

// enableAutoMerge is GraphQL's mutation of that name: REST has no such call.
// https://docs.github.com/graphql/reference/mutations#enablepullrequestautomerge
func (g *GitHub) enableAutoMerge(ctx context.Context, pr PullRequest, node string, m Merge) (PullRequest, error) {
	const mutation = `mutation($input: EnablePullRequestAutoMergeInput!) { enablePullRequestAutoMerge(input: $input) { clientMutationId } }`
	method := "MERGE"
	if m.Method != "" {
		method = strings.ToUpper(m.Method)
	}
	input := map[string]any{"pullRequestId": node, "mergeMethod": method}
	for name, value := range map[string]string{"expectedHeadOid": pr.HeadSHA, "commitHeadline": m.Title, "commitBody": m.Message} {
		if value != "" {
			input[name] = value
		}
	}
	name := fmt.Sprintf("#%d", pr.Number)
	callCtx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	client := g.client()
	req, err := client.NewRequest("POST", g.graphQL(), map[string]any{"query": mutation, "variables": map[string]any{"input": input}})
	if err != nil {
		return pr, fmt.Errorf("turn on auto-merge for %s: %w", name, err)
	}
	var answer struct {
		Errors []struct{ Type, Message string }
	}
	resp, err := client.Do(callCtx, req, &answer)
	if err != nil {
		return pr, notMergeable(g.failure(ctx, "turn on auto-merge for", name, resp, err), pr)
	}
	if len(answer.Errors) == 0 {
		pr.AutoMerge = true
		return pr, nil
	}
	refused := &Error{
		Op: "turn on auto-merge for", What: name + " in " + g.owner + "/" + g.name, Err: errors.New(shorten(oneLine(answer.Errors[0].Message), 500)),
		kind: policy.ForgeNotMergeable, advice: "Allow auto-merge under Settings > General > Pull Requests; it also needs a branch with required reviews or checks",
	}
	// GitHub refuses to wait for what could be merged at once, and may know that before it shows it: look again.
	refused.passing = pr.Readiness == Checking
	if answer.Errors[0].Type == "FORBIDDEN" {
		refused.kind, refused.passing = policy.ForgeForbidden, false
	}
	return pr, refused
}

// graphQL is where GraphQL is: https://api.github.com/graphql, and https://HOST/api/graphql on Enterprise Server, whose
// REST API is at /api/v3.
func (g *GitHub) graphQL() string {
	if base, ok := strings.CutSuffix(g.api.String(), "/v3/"); ok {
		return base + "/graphql"
	}
	return g.api.String() + "graphql"
}
