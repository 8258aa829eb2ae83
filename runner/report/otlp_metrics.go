package report

import "sort"

// Metrics renders what a dashboard counts in OTLP's JSON: how long runs take and what they fail with, as the conventions
// for CI/CD have it (https://opentelemetry.io/docs/specs/semconv/cicd/cicd-metrics/), and what belay alone knows: attempts,
// those that a run recovered from (how flaky a step is), races and rollbacks. Every number is this run's alone.
func Metrics(r Report, from Resource) ([]byte, error) {
	m := metrics{report: r}
	run := attributes{}.text("cicd.pipeline.name", title(r.Run))
	ended := append(run[:len(run):len(run)], attributes{}.text("cicd.pipeline.run.state", "executing").text("cicd.pipeline.result", pipelineResult(r)).text("error.type", string(r.failure().Kind))...)
	m.duration("cicd.pipeline.run.duration", "Duration of a pipeline run grouped by pipeline, state and result.", r.Run.Ended.Sub(r.Run.Started).Seconds(), ended)
	m.errors(run)
	m.steps(run)
	m.landings(run)
	if b := r.Rollback; b != nil {
		m.sum("belay.rollbacks", "Rollbacks, by what they came to.", "{rollback}", []otlpPoint{m.point(1, append(run[:len(run):len(run)], attributes{}.text("belay.rollback.outcome", b.Outcome)...))})
	}
	type scopeMetrics struct {
		Scope   otlpScope    `json:"scope"`
		Metrics []otlpMetric `json:"metrics"`
	}
	type resourceMetrics struct {
		Resource otlpResource   `json:"resource"`
		Scopes   []scopeMetrics `json:"scopeMetrics"`
	}
	return otlpJSON(struct {
		Resources []resourceMetrics `json:"resourceMetrics"`
	}{[]resourceMetrics{{from.attributes(), []scopeMetrics{{scope(), m.all}}}}})
}

type otlpMetric struct {
	Name        string         `json:"name"`
	Description string         `json:"description"`
	Unit        string         `json:"unit"`
	Sum         *otlpSum       `json:"sum,omitempty"`
	Histogram   *otlpHistogram `json:"histogram,omitempty"`
}

type otlpSum struct {
	Points      []otlpPoint `json:"dataPoints"`
	Temporality int         `json:"aggregationTemporality"`
	Monotonic   bool        `json:"isMonotonic"`
}

type otlpHistogram struct {
	Points      []otlpBuckets `json:"dataPoints"`
	Temporality int           `json:"aggregationTemporality"`
}

type otlpPoint struct {
	Attributes attributes `json:"attributes"`
	Start      string     `json:"startTimeUnixNano"`
	At         string     `json:"timeUnixNano"`
	Value      string     `json:"asInt"`
}

type otlpBuckets struct {
	Attributes attributes `json:"attributes"`
	Start      string     `json:"startTimeUnixNano"`
	At         string     `json:"timeUnixNano"`
	Count      string     `json:"count"`
	Sum        float64    `json:"sum"`
	Counts     []string   `json:"bucketCounts"`
	Bounds     []float64  `json:"explicitBounds"`
}

// delta is OTLP's number for values since the last report: a run is a process of its own, and reports once.
const delta = 1

type metrics struct {
	report Report
	all    []otlpMetric
}

func (m *metrics) point(value int, a attributes) otlpPoint {
	return otlpPoint{a, nano(m.report.Run.Started), nano(m.report.Run.Ended), itoa(value)}
}

func (m *metrics) sum(name, about, unit string, points []otlpPoint) {
	if len(points) > 0 {
		m.all = append(m.all, otlpMetric{Name: name, Description: about, Unit: unit, Sum: &otlpSum{points, delta, true}})
	}
}

func (m *metrics) duration(name, about string, seconds float64, a attributes) {
	bounds := []float64{1, 5, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200}
	counts := make([]string, len(bounds)+1)
	for i := range counts {
		counts[i] = "0"
	}
	counts[sort.SearchFloat64s(bounds, seconds)] = "1"
	m.all = append(m.all, otlpMetric{Name: name, Description: about, Unit: "s", Histogram: &otlpHistogram{
		[]otlpBuckets{{a, nano(m.report.Run.Started), nano(m.report.Run.Ended), "1", seconds, counts, bounds}}, delta,
	}})
}

// errors counts failed attempts by kind, those that were recovered from too.
func (m *metrics) errors(run attributes) {
	kinds := map[string]int{}
	for _, s := range m.report.Steps {
		for _, a := range s.Attempts {
			if a.Status == StatusFailure {
				kinds[string(a.Kind)]++
			}
		}
	}
	var points []otlpPoint
	for _, kind := range sortedKeys(kinds) {
		points = append(points, m.point(kinds[kind], append(run[:len(run):len(run)], attributes{}.text("error.type", kind)...)))
	}
	m.sum("cicd.pipeline.run.errors", "The number of errors encountered in pipeline runs (eg. compile, test failures).", "{error}", points)
}

// steps counts attempts, and those that failed before one that worked.
func (m *metrics) steps(run attributes) {
	var attempts, recovered []otlpPoint
	for _, s := range m.report.Steps {
		if len(s.Attempts) == 0 {
			continue
		}
		a := append(run[:len(run):len(run)], attributes{}.text("cicd.pipeline.task.name", s.ID).text("belay.item", s.Item)...)
		attempts = append(attempts, m.point(len(s.Attempts), a))
		if n := len(s.Attempts) - 1; n > 0 && s.Conclusion == StatusSuccess {
			recovered = append(recovered, m.point(n, a))
		}
	}
	m.sum("belay.step.attempts", "Executions of a step.", "{attempt}", attempts)
	m.sum("belay.step.recovered", "Failed executions that a step recovered from: how flaky it is.", "{attempt}", recovered)
}

func (m *metrics) landings(run attributes) {
	var landings, races []otlpPoint
	for _, l := range m.report.Landings {
		a := append(run[:len(run):len(run)], attributes{}.text("vcs.ref.head.name", l.Branch).text("belay.landing.outcome", l.Outcome)...)
		landings = append(landings, m.point(1, a))
		if l.RacesLost > 0 {
			races = append(races, m.point(l.RacesLost, a))
		}
	}
	m.sum("belay.landings", "Landings, by what they came to.", "{landing}", landings)
	m.sum("belay.races_lost", "Pushes that another writer was faster than.", "{push}", races)
}
