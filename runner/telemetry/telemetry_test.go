package telemetry

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/belay-ci/belay/runner/report"
)

// collector takes what is sent to it with the collector's own code.
type collector struct {
	*httptest.Server

	mu       sync.Mutex
	traces   ptraceotlp.ExportRequest
	metrics  pmetricotlp.ExportRequest
	requests []*http.Request
	busy     int // requests to answer with 503 first
}

func startCollector(t *testing.T) *collector {
	c := &collector{traces: ptraceotlp.NewExportRequest(), metrics: pmetricotlp.NewExportRequest()}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.requests = append(c.requests, r)
		if c.busy > 0 {
			c.busy--
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		body := io.Reader(r.Body)
		if r.Header.Get("Content-Encoding") == "gzip" {
			z, err := gzip.NewReader(body)
			if err != nil {
				t.Error(err)
				return
			}
			body = z
		}
		text, err := io.ReadAll(body)
		if err != nil {
			t.Error(err)
		}
		switch r.URL.Path {
		case "/v1/traces":
			err = c.traces.UnmarshalJSON(text)
		case "/v1/metrics":
			err = c.metrics.UnmarshalJSON(text)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
		if err != nil {
			t.Errorf("%s: %v\n%s", r.URL.Path, err, text)
		}
		_, _ = io.WriteString(w, "{}")
	}))
	t.Cleanup(c.Close)
	return c
}

func environment(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func at(seconds float64) time.Time {
	return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(seconds * float64(time.Second)))
}

// promotion is a run that lost a race, recovered once, failed after it had landed, and was rolled back.
func promotion() report.Report {
	landing := report.Landing{
		Step: "land", Branch: "main", Outcome: "landed", Pushes: 2, RacesLost: 1, Races: []report.Race{{Tip: "9f8e7d6c", At: at(1), Wait: time.Second}},
		Commits: []report.Commit{{Hash: "4c5d6e7f"}}, Started: at(0), Ended: at(3),
	}
	return report.Report{
		Run:    report.Run{ID: "4711", Attempt: 1, Name: "promote shop", Branch: "main", Started: at(0), Ended: at(40)},
		Result: report.Failed, ExitCode: report.ExitRolledBack, Failure: &report.Failure{Step: "smoke", Kind: "step.exit"},
		Steps: []report.Step{
			{ID: "land", Section: "steps", Conclusion: report.StatusSuccess, Started: at(0), Ended: at(3), Attempts: []report.Attempt{{Status: report.StatusSuccess, Started: at(0), Ended: at(3)}}},
			{ID: "fetch", Section: "steps", Conclusion: report.StatusSuccess, Started: at(3), Ended: at(10), Attempts: []report.Attempt{
				{Status: report.StatusFailure, Kind: "network", ExitCode: 7, Started: at(3), Ended: at(4), Decision: &report.Decision{Action: "retry", Route: "routes[0]", N: 1, Max: 3}},
				{N: 1, Status: report.StatusSuccess, Started: at(9), Ended: at(10)},
			}},
			{ID: "skipped", Conclusion: report.StatusSkipped},
			{ID: "smoke", Section: "steps", Conclusion: report.StatusFailure, Started: at(10), Ended: at(30), Attempts: []report.Attempt{{Status: report.StatusFailure, Kind: "step.exit", ExitCode: 1, Started: at(10), Ended: at(30)}}},
		},
		Landings: []report.Landing{landing},
		Rollback: &report.Rollback{Outcome: "opened", Number: 12, Base: "main", Started: at(30), Ended: at(39)},
	}
}

// tree is the spans as a person reads them: by parent, in order.
func tree(spans ptrace.SpanSlice, parent string, depth int) string {
	var out strings.Builder
	for i := range spans.Len() {
		s := spans.At(i)
		if s.ParentSpanID().String() != parent {
			continue
		}
		out.WriteString(strings.Repeat("  ", depth) + s.Name() + " " + s.EndTimestamp().AsTime().Sub(s.StartTimestamp().AsTime()).String())
		if s.Status().Code() == ptrace.StatusCodeError {
			out.WriteString(" error")
		}
		out.WriteString("\n" + tree(spans, s.SpanID().String(), depth+1))
	}
	return out.String()
}

func TestTheCollectorUnderstandsWhatIsSent(t *testing.T) {
	c := startCollector(t)
	env := environment("OTEL_EXPORTER_OTLP_ENDPOINT", c.URL+"/", "OTEL_EXPORTER_OTLP_HEADERS", "x-team=a%20b", "OTEL_EXPORTER_OTLP_COMPRESSION", "gzip",
		"OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=prod", "TRACEPARENT", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	if err := send(t.Context(), env, "1.2.3", promotion()); err != nil {
		t.Fatal(err)
	}
	resource := c.traces.Traces().ResourceSpans().At(0)
	if diff := cmp.Diff(map[string]any{"service.name": "belay", "service.version": "1.2.3", "deployment.environment.name": "prod"}, resource.Resource().Attributes().AsRaw()); diff != "" {
		t.Error(diff)
	}
	spans := resource.ScopeSpans().At(0).Spans()
	want := `RUN promote shop 40s error
  land 3s
    attempt 1 3s
      land on main 3s
        push 1s
        push 1s
  fetch 7s
    attempt 1 1s error
    attempt 2 1s
  smoke 20s error
    attempt 1 20s error
  rollback 9s
`
	if diff := cmp.Diff(want, tree(spans, "b7ad6b7169203331", 0)); diff != "" {
		t.Error(diff)
	}
	root := spans.At(0)
	if root.TraceID().String() != "0af7651916cd43dd8448eb211c80319c" || root.Kind() != ptrace.SpanKindServer {
		t.Errorf("the run's span is %s of kind %s", root.TraceID(), root.Kind())
	}
	for key, want := range map[string]string{"cicd.pipeline.name": "promote shop", "cicd.pipeline.result": "failure", "cicd.pipeline.run.id": "4711", "error.type": "step.exit"} {
		if got, ok := root.Attributes().Get(key); !ok || got.AsString() != want {
			t.Errorf("%s is not %q", key, want)
		}
	}
	for _, r := range c.requests {
		if r.Header.Get("X-Team") != "a b" {
			t.Errorf("the header is %q", r.Header.Get("X-Team"))
		}
	}
	metrics := map[string]string{}
	all := c.metrics.Metrics().ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics()
	for i := range all.Len() {
		m := all.At(i)
		var values []string
		if m.Type() == pmetric.MetricTypeSum {
			values = append(values, counts(m.Sum().DataPoints())...)
			metrics[m.Name()] = strings.Join(values, " ")
			continue
		}
		for j := range m.Histogram().DataPoints().Len() {
			p := m.Histogram().DataPoints().At(j)
			values = append(values, time.Duration(p.Sum()*float64(time.Second)).String())
			if p.BucketCounts().Len() != p.ExplicitBounds().Len()+1 {
				t.Errorf("%s: %d counts for %d bounds", m.Name(), p.BucketCounts().Len(), p.ExplicitBounds().Len())
			}
		}
		metrics[m.Name()] = strings.Join(values, " ")
	}
	if diff := cmp.Diff(map[string]string{
		"cicd.pipeline.run.duration": "40s", "cicd.pipeline.run.errors": "network=1 step.exit=1",
		"belay.step.attempts": "land=1 fetch=2 smoke=1", "belay.step.recovered": "fetch=1",
		"belay.landings": "=1", "belay.races_lost": "=1", "belay.rollbacks": "=1",
	}, metrics); diff != "" {
		t.Error(diff)
	}
}

// counts is the points of a sum: what they are of, and their value.
func counts(points pmetric.NumberDataPointSlice) (all []string) {
	for i := range points.Len() {
		p := points.At(i)
		of := ""
		for _, key := range []string{"cicd.pipeline.task.name", "error.type"} {
			if value, ok := p.Attributes().Get(key); ok {
				of += value.AsString()
			}
		}
		all = append(all, fmt.Sprintf("%s=%d", of, p.IntValue()))
	}
	return all
}

func TestABusyCollectorIsAskedAgain(t *testing.T) {
	c := startCollector(t)
	c.busy = 2
	if err := send(t.Context(), environment("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", c.URL+"/v1/traces"), "", promotion()); err != nil {
		t.Fatal(err)
	}
	if len(c.requests) != 3 || c.traces.Traces().SpanCount() == 0 {
		t.Errorf("%d requests, %d spans", len(c.requests), c.traces.Traces().SpanCount())
	}
}

func TestNothingIsSentWhereNobodyAsks(t *testing.T) {
	c := startCollector(t)
	for name, env := range map[string]func(string) string{
		"no endpoint":  environment(),
		"switched off": environment("OTEL_EXPORTER_OTLP_ENDPOINT", c.URL, "OTEL_SDK_DISABLED", "true"),
		"no exporters": environment("OTEL_EXPORTER_OTLP_ENDPOINT", c.URL, "OTEL_TRACES_EXPORTER", "none", "OTEL_METRICS_EXPORTER", "none"),
	} {
		if err := Send(t.Context(), env, "", promotion()); err != nil || len(c.requests) > 0 {
			t.Errorf("%s: %d requests, %v", name, len(c.requests), err)
		}
	}
}

func TestTroubleIsSaidAndEnds(t *testing.T) {
	silent := make(chan struct{})
	hangs := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-silent }))
	t.Cleanup(hangs.Close)
	t.Cleanup(func() { close(silent) })
	elsewhere := startCollector(t)
	redirects := httptest.NewServer(http.RedirectHandler(elsewhere.URL+"/v1/traces", http.StatusTemporaryRedirect))
	t.Cleanup(redirects.Close)
	cancelled := promotion()
	cancelled.Result = report.Cancelled
	for name, c := range map[string]struct {
		env  []string
		want string
	}{
		"no address":              {[]string{"OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"}, "is no http address"},
		"gRPC":                    {[]string{"OTEL_EXPORTER_OTLP_ENDPOINT", hangs.URL, "OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}, "not grpc"},
		"a header is broken":      {[]string{"OTEL_EXPORTER_OTLP_ENDPOINT", hangs.URL, "OTEL_EXPORTER_OTLP_HEADERS", "secret"}, "is not name=value"},
		"tokens follow no detour": {[]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", redirects.URL}, "it answered 307"},
		"no such certificate":     {[]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", hangs.URL, "OTEL_EXPORTER_OTLP_CERTIFICATE", "/no/such.pem"}, "OTEL_EXPORTER_OTLP_CERTIFICATE"},
	} {
		err := send(t.Context(), environment(c.env...), "", promotion())
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	if len(elsewhere.requests) > 0 {
		t.Error("a redirect was followed")
	}
	// A collector that never answers: the run ends all the same.
	err := Send(t.Context(), environment("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", hangs.URL), "", cancelled)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("nobody answers: %v", err)
	}
}

func TestAPartialSuccessIsSaid(t *testing.T) {
	for text, want := range map[string]string{
		`{}`: "", ``: "", `{"partialSuccess":{}}`: "",
		`{"partialSuccess":{"rejectedSpans":"3","errorMessage":"too many"}}`: "it took a part only: too many",
	} {
		got := ""
		if err := partial([]byte(text)); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}
