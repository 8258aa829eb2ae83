package forge_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/gitops/forge/fake"
	"github.com/belay-ci/belay/policy"
	"github.com/google/go-cmp/cmp"
)

var again = forge.Dispatch{Workflow: "promote it.yml", Ref: "main", Inputs: map[string]string{"tag": "v2", "belay_lineage": "7/1"}}

func TestAWorkflowIsDispatched(t *testing.T) {
	github, server := start(t, fake.Options{})
	github.AddWorkflow("promote it.yml", []string{"tag", "belay_lineage", "note"})
	page, err := connect(t, server).Dispatch(t.Context(), again)
	if want := server.URL + "/acme/shop/actions/workflows/promote%20it.yml"; err != nil || page != want {
		t.Errorf("%q, %v; want %q", page, err, want)
	}
	want := []fake.Dispatch{{Workflow: "promote it.yml", Ref: "main", Inputs: map[string]any{"tag": "v2", "belay_lineage": "7/1"}}}
	if diff := cmp.Diff(want, github.Dispatches()); diff != "" {
		t.Error(diff)
	}
}

func TestARefusedDispatchSaysWhatIsMissing(t *testing.T) {
	for name, c := range map[string]struct {
		inputs []string
		fault  fake.Fault
		ref    string
		kind   policy.Kind
		want   string
	}{
		"no such trigger":       {nil, fake.Fault{}, "main", policy.ForgeRejected, "start promote it.yml in acme/shop: the forge answered 422: Workflow does not have 'workflow_dispatch' trigger. The workflow needs the trigger `workflow_dispatch` with the inputs belay_lineage, tag"},
		"an input it lacks":     {[]string{"tag"}, fake.Fault{}, "main", policy.ForgeRejected, `Unexpected inputs provided: ["belay_lineage"]. The workflow needs`},
		"a ref that is gone":    {[]string{"tag", "belay_lineage"}, fake.Fault{}, "gone", policy.ForgeRejected, "No ref found for: gone"},
		"a token that may not":  {[]string{"tag", "belay_lineage"}, fake.Fault{Status: 403, Message: "Resource not accessible by integration"}, "main", policy.ForgeForbidden, "Resource not accessible by integration. Give the token `actions: write`"},
		"no token":              {[]string{"tag", "belay_lineage"}, fake.Fault{Status: 401}, "main", policy.ForgeAuth, "Check that the token"},
		"a server that is down": {[]string{"tag", "belay_lineage"}, fake.Fault{Status: 503}, "main", policy.ForgeUnavailable, "Service Unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			github, server := start(t, fake.Options{})
			github.AddWorkflow("promote it.yml", c.inputs)
			if c.fault.Status != 0 {
				github.Inject(c.fault)
			}
			d := again
			d.Ref = c.ref
			_, err := connect(t, server).Dispatch(t.Context(), d)
			var failed *forge.Error
			if !errors.As(err, &failed) || failed.Kind() != c.kind || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v; want %s: %s", err, c.kind, c.want)
			}
			if n := len(github.Dispatches()); n > 0 {
				t.Errorf("%d runs were started", n)
			}
		})
	}
}

func TestADispatchIsNeverSentTwice(t *testing.T) {
	for name, c := range map[string]struct {
		fault fake.Fault
		want  int
		kind  policy.Kind
	}{
		"its answer is lost":       {fake.Fault{Drop: true}, 1, policy.ForgeUnavailable},
		"a proxy does not know":    {fake.Fault{Status: http.StatusBadGateway}, 0, policy.ForgeUnavailable},
		"a rate limit held it off": {fake.Fault{Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"1"}}}, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			github, server := start(t, fake.Options{})
			github.AddWorkflow("promote it.yml", []string{"tag", "belay_lineage"})
			github.Inject(c.fault)
			inFakeTime(t, server, func(t *testing.T, g *forge.GitHub) {
				_, err := g.Dispatch(t.Context(), again)
				var failed *forge.Error
				if c.kind == "" && err != nil || c.kind != "" && (!errors.As(err, &failed) || failed.Kind() != c.kind) {
					t.Errorf("%v, want %s", err, c.kind)
				}
			})
			if n := len(github.Dispatches()); n != c.want {
				t.Errorf("%d runs were started, want %d", n, c.want)
			}
		})
	}
}
