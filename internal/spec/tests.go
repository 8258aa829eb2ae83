package spec

import (
	"slices"
	"time"

	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/policy"
)

// Test is one case of a policy's `tests`: how steps fail, and what must come of it.
type Test struct {
	Name   string
	Pos    source.Pos
	File   string // the steps file, as a path from the policy's folder; empty where Steps has the steps
	Steps  *Steps
	Inputs map[string]string
	Host   string
	Fail   []Fail
	Left   []Outputs
	Expect Expect

	inputs map[string]source.Pos
}

// Fail is how the executions of a step end, one after another.
type Fail struct {
	Step     string
	Pos      source.Pos
	Outcomes []Outcome
}

// Outputs is what a step leaves whenever it succeeds.
type Outputs struct {
	Step   string
	Pos    source.Pos
	Values map[string]string
}

// Expect is what must come of a case. What is nil is not looked at.
type Expect struct {
	Result   string // empty is not looked at
	Kind     policy.Kind
	ExitCode *int
	Attempts []Attempts
	Waits    []time.Duration
	Routes   []source.Value[string]
	Restarts *int
	Rollback *bool
	Rerun    *bool
}

// Attempts is how often a step must be executed.
type Attempts struct {
	Step string
	Pos  source.Pos
	N    int
}

// tests reads the cases of a policy whose routes are read already.
func (r *reader) tests(list *source.Node, p *Policy) []Test {
	if list == nil {
		return nil
	}
	var tests []Test
	for _, n := range list.Items {
		rec := r.Record(n, "a test", TestKeys())
		if n.Kind != source.Mapping {
			continue
		}
		t := Test{Name: r.plain(rec, "name"), Pos: n.Pos, Host: "local"}
		if host, ok := rec.Text("host"); ok {
			t.Host = host.Is
		}
		t.File, t.Steps = r.testSteps(rec)
		t.Inputs, t.inputs = r.texts(rec.Node("inputs"))
		t.Fail = r.testFail(rec.Node("fail"))
		t.Left = r.testOutputs(rec.Node("outputs"))
		if expect := rec.Node("expect"); expect != nil {
			t.Expect = r.expect(expect)
		}
		if t.Steps != nil {
			r.checkTest(t, t.Steps, p)
		}
		tests = append(tests, t)
	}
	return tests
}

// testSteps reads the path of a steps file, or a list of steps.
func (r *reader) testSteps(rec *source.Record) (string, *Steps) {
	n := rec.Node("steps")
	switch {
	case n == nil:
		return "steps.yml", nil
	case n.Kind == source.String && n.Text != "":
		return n.Text, nil
	case n.Kind != source.Sequence || len(n.Items) == 0:
		r.Report(n.Pos, "type", "\"steps\" must be the path of a steps file or a list of steps, not %s", n.Kind)
		return "", nil
	}
	inner := *r
	inner.Decoder = source.Decoder{File: r.File, Strays: strayKey}
	inner.inPolicy, inner.ids, inner.order, inner.before = false, nil, nil, nil
	s := &Steps{File: r.File}
	s.Steps = inner.section(section{list: withWork(n), prefix: "step", mayRoute: true, main: true})
	r.Problems, r.counts = append(r.Problems, inner.Problems...), inner.counts
	return "", s
}

// withWork gives the steps of a test what they need to be steps: an id alone becomes one, and a step that says
// nothing of what it does runs something. Nothing of it is ever run.
func withWork(list *source.Node) *source.Node {
	full := *list
	full.Items = nil
	for _, n := range list.Items {
		entry := func(key string, value *source.Node) source.Entry {
			return source.Entry{Key: &source.Node{Kind: source.String, Text: key, Pos: n.Pos}, Value: value}
		}
		step := *n
		if n.Kind == source.String {
			step = source.Node{Kind: source.Mapping, Pos: n.Pos, Entries: []source.Entry{entry("id", n)}}
		}
		if step.Kind == source.Mapping && step.Get("run") == nil && step.Get("uses") == nil {
			script := &source.Node{Kind: source.String, Text: "true", Pos: n.Pos}
			step.Entries = append(slices.Clip(step.Entries), entry("run", script))
		}
		full.Items = append(full.Items, &step)
	}
	return &full
}

// texts reads a mapping of text, and where its keys stand.
func (r *reader) texts(n *source.Node) (map[string]string, map[string]source.Pos) {
	values, at := map[string]string{}, map[string]source.Pos{}
	if n != nil {
		for _, e := range n.Entries {
			if v, ok := r.Value(source.Key{Name: e.Key.Text, Type: source.TypeText}, e.Value); ok {
				values[e.Key.Text], at[e.Key.Text] = v.(string), e.Key.Pos
			}
		}
	}
	return values, at
}

func (r *reader) testOutputs(n *source.Node) []Outputs {
	if n == nil {
		return nil
	}
	var list []Outputs
	for _, e := range n.Entries {
		if v, ok := r.Value(source.Key{Name: e.Key.Text, Type: source.TypeMapping}, e.Value); ok {
			values, _ := r.texts(v.(*source.Node))
			list = append(list, Outputs{e.Key.Text, e.Key.Pos, values})
		}
	}
	return list
}

func (r *reader) testFail(n *source.Node) []Fail {
	if n == nil {
		return nil
	}
	var list []Fail
	for _, e := range n.Entries {
		f := Fail{Step: e.Key.Text, Pos: e.Key.Pos}
		items := []*source.Node{e.Value}
		if e.Value.Kind == source.Sequence {
			items = e.Value.Items
		}
		for _, item := range items {
			if _, ok := r.Value(source.Key{Name: e.Key.Text, Type: source.TypeText}, item); ok {
				f.Outcomes = append(f.Outcomes, outcomeReader{&r.Decoder, item.PosAt}.read(item.Text))
			}
		}
		list = append(list, f)
	}
	return list
}

func (r *reader) expect(n *source.Node) Expect {
	rec := r.Record(n, "`expect`", ExpectKeys())
	if n.Kind == source.Mapping && len(n.Entries) == 0 {
		r.Report(n.Pos, "value", "this expects nothing, so the test can't fail; begin with `result: failed`")
	}
	var e Expect
	result, _ := rec.Text("result")
	e.Result = result.Is
	if kind, ok := rec.Text("kind"); ok {
		e.Kind = policy.Kind(kind.Is)
		r.kind(e.Kind, kind.Pos)
	}
	e.ExitCode, e.Restarts = given(rec.Int("exit-code")), given(rec.Int("restarts"))
	e.Rollback, e.Rerun = given(rec.Bool("rollback")), given(rec.Bool("rerun"))
	if attempts := rec.Node("attempts"); attempts != nil {
		for _, entry := range attempts.Entries {
			if v, ok := r.Value(source.Key{Name: entry.Key.Text, Type: source.TypeInt}, entry.Value); ok {
				e.Attempts = append(e.Attempts, Attempts{Step: entry.Key.Text, Pos: entry.Key.Pos, N: v.(int)})
			}
		}
	}
	if waits := rec.Node("waits"); waits != nil {
		e.Waits = []time.Duration{}
		for _, item := range waits.Items {
			if v, ok := r.Value(source.Key{Name: "waits", Type: source.TypeDuration}, item); ok {
				e.Waits = append(e.Waits, v.(time.Duration))
			}
		}
	}
	e.Routes = rec.Words("routes")
	return e
}

func given[T any](v source.Value[T], ok bool) *T {
	if !ok {
		return nil
	}
	return &v.Is
}
