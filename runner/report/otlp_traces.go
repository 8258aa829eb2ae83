package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/belay-ci/belay/internal/pattern"
)

// Traces renders the report as one trace in OTLP's JSON: the run, its steps, their attempts, the landings and pushes, and
// the rollback, named as the conventions for CI/CD have it (https://opentelemetry.io/docs/specs/semconv/cicd/cicd-spans/).
// parent is a traceparent (https://www.w3.org/TR/trace-context/#traceparent-header) to belong to, or empty.
func Traces(r Report, from Resource, parent string) ([]byte, error) {
	t := trace{report: r, id: identifier(16, r.Run.ID, fmt.Sprint(r.Run.Attempt), nano(r.Run.Started))}
	root := ""
	if m := traceparent.FindStringSubmatch(parent); m != nil && strings.Trim(m[1], "0") != "" {
		t.id, root = m[1], m[2]
	}
	t.run(root)
	type scopeSpans struct {
		Scope otlpScope  `json:"scope"`
		Spans []otlpSpan `json:"spans"`
	}
	type resourceSpans struct {
		Resource otlpResource `json:"resource"`
		Scopes   []scopeSpans `json:"scopeSpans"`
	}
	return otlpJSON(struct {
		Resources []resourceSpans `json:"resourceSpans"`
	}{[]resourceSpans{{from.attributes(), []scopeSpans{{scope(), t.spans}}}}})
}

var traceparent = pattern.New(`^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$`)

type otlpSpan struct {
	TraceID    string      `json:"traceId"`
	SpanID     string      `json:"spanId"`
	Parent     string      `json:"parentSpanId,omitempty"`
	Name       string      `json:"name"`
	Kind       int         `json:"kind"`
	Start      string      `json:"startTimeUnixNano"`
	End        string      `json:"endTimeUnixNano"`
	Attributes attributes  `json:"attributes"`
	Events     []otlpEvent `json:"events,omitempty"`
	Status     otlpStatus  `json:"status"`
}

type otlpEvent struct {
	At         string     `json:"timeUnixNano"`
	Name       string     `json:"name"`
	Attributes attributes `json:"attributes,omitempty"`
}

type otlpStatus struct {
	Code    int    `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
}

// Numbers of OTLP's enums.
const (
	spanInternal = 1
	spanServer   = 2
	spanClient   = 3
	statusError  = 2
)

// trace is the spans so far.
type trace struct {
	report Report
	id     string
	spans  []otlpSpan
}

// add adds a span and returns its id.
func (t *trace) add(parent, name string, kind int, from, to time.Time, a attributes, failed string) string {
	span := otlpSpan{
		TraceID: t.id, SpanID: identifier(8, t.id, parent, name, nano(from), fmt.Sprint(len(t.spans))), Parent: parent,
		Name: OneLine(name), Kind: kind, Start: nano(from), End: nano(to), Attributes: a,
	}
	if failed != "" {
		span.Status = otlpStatus{Code: statusError, Message: OneLine(failed)}
	}
	t.spans = append(t.spans, span)
	return span.SpanID
}

func (t *trace) run(parent string) {
	r, run := t.report, t.report.Run
	a := attributes{}.text("cicd.pipeline.name", title(run)).text("cicd.pipeline.run.id", run.ID).text("cicd.pipeline.run.url.full", run.URL).
		text("cicd.pipeline.result", pipelineResult(r)).text("cicd.pipeline.action.name", "RUN").
		text("vcs.repository.name", run.Repository).text("vcs.ref.head.name", run.Branch).text("vcs.ref.head.revision", run.Commit).
		text("error.type", string(r.failure().Kind)).number("belay.exit_code", r.ExitCode).number("belay.run.attempt", run.Attempt).
		flag("belay.recovered", r.Recovered).number("belay.restarts", r.Restarts)
	id := t.add(parent, "RUN "+title(run), spanServer, run.Started, run.Ended, a, failedWith(r))
	for _, s := range r.Steps {
		t.step(id, s)
	}
	if b := r.rollback(); !b.Started.IsZero() {
		a := attributes{}.text("belay.rollback.outcome", b.Outcome).text("vcs.ref.head.name", b.Branch).text("vcs.ref.base.name", b.Base).text("url.full", b.URL).text("error.type", string(b.Kind))
		if b.Number > 0 {
			a = a.number("vcs.change.id", b.Number)
		}
		t.add(id, "rollback", spanInternal, b.Started, b.Ended, a, b.failed())
	}
}

func failedWith(r Report) string {
	if r.Result == Success {
		return ""
	}
	return r.headline()
}

func (b Rollback) failed() string {
	if b.Outcome == "failed" || b.Outcome == "refused" {
		return b.Message
	}
	return ""
}

func (t *trace) step(parent string, s Step) {
	if s.Started.IsZero() {
		return // it never began
	}
	kind := ""
	if n := len(s.Attempts); n > 0 {
		kind = string(s.Attempts[n-1].Kind)
	}
	a := attributes{}.text("cicd.pipeline.task.name", s.ID).text("cicd.pipeline.task.run.id", s.Ref()).text("cicd.pipeline.task.run.result", taskResult(s.Conclusion, kind)).
		text("belay.item", s.Item).text("belay.section", s.Section).number("belay.attempts", len(s.Attempts))
	failed := ""
	if s.Conclusion == StatusFailure {
		a, failed = a.text("error.type", kind), s.Title()+" failed"
	}
	id := t.add(parent, s.Title(), spanInternal, s.Started, s.Ended, a, failed)
	for _, attempt := range s.Attempts {
		t.attempt(id, s, attempt)
	}
}

func (t *trace) attempt(parent string, s Step, at Attempt) {
	a := attributes{}.text("cicd.pipeline.task.name", s.ID).text("cicd.pipeline.task.run.result", taskResult(at.Status, string(at.Kind))).
		number("belay.attempt", at.N).text("error.type", string(at.Kind)).number("process.exit.code", at.ExitCode)
	failed := ""
	if at.Status == StatusFailure {
		failed = at.Cause()
	}
	if d := at.Decision; d != nil {
		a = a.text("belay.decision", d.String()).text("belay.route", d.Route)
	}
	id := t.add(parent, fmt.Sprintf("attempt %d", at.N+1), spanInternal, at.Started, at.Ended, a, failed)
	for _, l := range t.report.Landings {
		if l.Step == s.Ref() && !l.Started.Before(at.Started) && !l.Ended.After(at.Ended) {
			t.landing(id, l)
		}
	}
}

func (t *trace) landing(parent string, l Landing) {
	a := attributes{}.text("vcs.ref.head.name", l.Branch).text("vcs.repository.url.full", l.Remote).text("belay.landing.outcome", l.Outcome).
		number("belay.pushes", l.Pushes).number("belay.races_lost", l.RacesLost).text("error.type", string(l.Kind))
	if n := len(l.Commits); n > 0 {
		a = a.text("vcs.ref.head.revision", l.Commits[n-1].Hash)
	}
	id := t.add(parent, "land on "+l.Where(), spanInternal, l.Started, l.Ended, a, l.Message)
	from := l.Started
	for _, race := range l.Races {
		t.add(id, "push", spanClient, from, race.At, attributes{}.text("vcs.ref.head.name", l.Branch).text("belay.push.outcome", "raced").text("belay.push.tip", race.Tip), "")
		from = race.At.Add(race.Wait)
	}
	if l.Pushes > l.RacesLost {
		t.add(id, "push", spanClient, from, l.Ended, attributes{}.text("vcs.ref.head.name", l.Branch).text("belay.push.outcome", l.Outcome), l.Message)
	}
}
