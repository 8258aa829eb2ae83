package spec

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/policy"
	"github.com/google/go-cmp/cmp"
)

func TestAPolicyFileIsDecoded(t *testing.T) {
	f := read(t, filepath.Join(testdata, "ok", "policy-design.yml"))
	got, problems := ReadPolicy(f, nil)
	if len(problems) > 0 {
		t.Fatal(problems.Render(f))
	}
	want := policy.Policy{
		Name:     "policy-design.yml",
		Limits:   policy.Limits{Deadline: 50 * time.Minute, Reserve: 3 * time.Minute, Retries: 20, Executions: 100},
		Classify: []policy.Classification{{ExitCodes: []policy.Range{{From: 75, To: 75}}, Kind: "transient"}},
		Routes: []policy.Route{
			{
				ID: "routes[0]",
				Match: policy.Match{
					Kinds: []policy.Kind{"network", "transient", "step.timeout"}, ExitCodes: []policy.Range{{From: 70, To: 79}},
					Signals: []string{"KILL"}, Stderr: regexp.MustCompile("re"), Hints: []policy.Hint{policy.HintRetry}, If: true,
				},
				Action: policy.RetryAction{
					Max: 3, MaxElapsed: 15 * time.Minute, Workspace: policy.KeepWorkspace,
					Backoff: policy.Backoff{Initial: 5 * time.Second, Factor: 2, MaxDelay: 5 * time.Minute, Jitter: 0.25},
				},
			},
			{ID: "routes[1]", Match: policy.Match{Kinds: []policy.Kind{policy.GitConflict}}, Action: policy.RestartAction{Max: 3, Workspace: policy.CleanWorkspace}},
			{ID: "routes[2]", Match: policy.Match{Hints: []policy.Hint{policy.HintRerun}}, Action: policy.RerunAction{Max: 1}},
			{ID: "routes[3]", Action: policy.RollbackAction{}},
		},
		Land:     policy.DefaultLand(),
		Rollback: policy.DefaultRollback(),
	}
	patterns := cmp.Transformer("pattern", func(re *regexp.Regexp) string {
		if re == nil {
			return ""
		}
		return re.String()
	})
	if diff := cmp.Diff(want, got.Policy, patterns); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(got.Policy.Routes, got.Routes.List, patterns); diff != "" {
		t.Errorf("the routes are there twice and differ: %s", diff)
	}
	if c, ok := got.Routes.If["routes[0]"]; !ok || c.Source() != "${{ attempt < 3 }}" {
		t.Errorf("the condition is %q", c.Source())
	}
}

func TestAWarningTakesNothingAway(t *testing.T) {
	f := source.File{Name: "f", Data: []byte("version: 1\nroutes: [{ match: { kind: netwrok, signal: [KIL] }, retry: {} }, { fail: {} }]\n")}
	p, problems := ReadPolicy(f, nil)
	if len(problems) != 2 || problems.HasErrors() || len(p.Routes.List) != 2 {
		t.Errorf("%d routes:\n%s", len(p.Routes.List), problems.Render(f))
	}
}

func TestTheForgeMayMakeWhatLands(t *testing.T) {
	f := source.File{Name: "f", Data: []byte("version: 1\nland: { via: api, sign: none }\n")}
	p, problems := ReadPolicy(f, nil)
	if len(problems) > 0 || p.Land.Via != policy.ByAPI {
		t.Errorf("via %q:\n%s", p.Land.Via, problems.Render(f))
	}
}

func TestEveryKeyOfLandAndRollbackIsDecoded(t *testing.T) {
	f := source.File{Name: "f", Data: []byte(`version: 1
land: { integrate: rebase, max: 0, initial: 1s, max-delay: 2s, jitter: 0.5, deadline: 3m, contention: combine, structured-merge: false }
rollback: { to: previous, via: push, max-age: 0 }
`)}
	got, problems := ReadPolicy(f, nil)
	if len(problems) > 0 {
		t.Fatal(problems.Render(f))
	}
	want := policy.Policy{
		Name:     "f",
		Land:     policy.Land{Integrate: "rebase", Via: policy.ByPush, Initial: time.Second, MaxDelay: 2 * time.Second, Jitter: 0.5, Deadline: 3 * time.Minute, Contention: policy.Combine},
		Rollback: policy.Rollback{To: "previous", Via: "push", Labels: []string{"belay-rollback"}},
	}
	if diff := cmp.Diff(want, got.Policy); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestEveryActionCanBeWritten gives each action of package policy its defaults and what it requires.
func TestEveryActionCanBeWritten(t *testing.T) {
	for _, info := range policy.Actions() {
		value := "{}"
		for _, k := range info.Keys {
			if k.Required {
				value = "{ " + k.Name + ": " + map[policy.KeyType]string{policy.TypeStep: "later", policy.TypeSteps: "[{ run: undo }]"}[k.Type] + " }"
			}
		}
		s := mustSteps(t, "version: 1\nsteps:\n  - run: a\n    on-error: [{ "+info.Name+": "+value+" }]\n  - { id: later, run: b }\n")
		routes := s.Steps[0].OnError
		if len(routes.List) != 1 || routes.List[0].Action.Name() != info.Name {
			t.Errorf("%s: %v", info.Name, routes.List)
		}
		if info.Name == "run" && routes.Recovery[routes.List[0].ID][0].Run != "undo" {
			t.Error("the recovery steps are lost")
		}
	}
	s := mustSteps(t, "version: 1\nsteps:\n  - run: a\n    on-error: [{ to: later }]\n  - { id: later, run: b }\n")
	if got := s.Steps[0].OnError.List[0].Action; got != (policy.ToAction{Step: "later"}) {
		t.Errorf("`to: later` is %v", got)
	}
}

func TestPresetsAreFilesLikeAnyOther(t *testing.T) {
	if !slices.Contains(Presets(), DefaultPreset) {
		t.Errorf("there is no preset %q", DefaultPreset)
	}
	if entries, err := presets.ReadDir("presets"); err != nil || len(entries) != len(Presets()) {
		t.Errorf("%d files for %d presets: %v", len(entries), len(Presets()), err)
	}
	steps := mustSteps(t, "version: 1\nsteps:\n  - run: a\n    on-error: [{ match: network, retry: {} }, { fail: {} }]\n")
	want := map[string][]string{
		"none": nil, "retry": {"retry", "fail"}, "restart": {"restart", "fail"}, "rerun": {"rerun", "fail"},
		"rollback": {"retry", "restart", "rerun", "rollback", "fail"},
	}
	for _, name := range Presets() {
		f, ok := Preset(name)
		if !ok {
			t.Errorf("%s is listed, and is not there", name)
		}
		p, problems := ReadPolicy(f, nil)
		problems = append(problems, Check(steps, p)...)
		if len(problems) > 0 {
			t.Errorf("%s:\n%s", name, problems.Render(f))
		}
		var actions []string
		for _, route := range p.Routes.List {
			actions = append(actions, route.Action.Name())
		}
		if diff := cmp.Diff(want[name], actions); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if !strings.HasPrefix(string(f.Data), "# "+name+": ") {
			t.Errorf("%s does not begin with what it does", name)
		}
	}
	if _, ok := Preset("../presets/none"); ok {
		t.Error("a path is no preset")
	}
}

func TestTheTablesCanBeRead(t *testing.T) {
	var check func(where string, keys []source.Key)
	check = func(where string, keys []source.Key) {
		seen := map[string]bool{}
		for _, k := range keys {
			if k.Means == "" || k.Type == "" || seen[k.Name] {
				t.Errorf("%s.%s lacks a meaning or a type, or is there twice", where, k.Name)
			}
			seen[k.Name] = true
			check(where+"."+k.Name, k.Keys)
		}
	}
	check("steps", StepsKeys())
	check("input", InputKeys())
	check("policy", PolicyKeys())
	for _, k := range ActionKeys(policy.Actions()[0]) {
		if k.Name == "max-delay" && k.Default != "5m" {
			t.Errorf("a default is written %q", k.Default)
		}
	}
}

func TestEveryRuleIsInTheTable(t *testing.T) {
	rules := map[string]bool{}
	for _, r := range Rules() {
		rules[r.Name] = false
	}
	for _, name := range files(t, "err") {
		for line := range strings.Lines(diagnose(t, name)) {
			tail := strings.LastIndex(line, " [")
			if tail < 0 || strings.HasPrefix(line, " ") {
				continue
			}
			rule := strings.TrimSuffix(strings.TrimSpace(line[tail+2:]), "]")
			if _, ok := rules[rule]; !ok {
				t.Errorf("the rule %q of %s is not in the table", rule, name)
			}
			rules[rule] = true
		}
	}
	for rule, used := range rules {
		if !used {
			t.Errorf("no file of testdata breaks the rule %q", rule)
		}
	}
}
