package report

import (
	"encoding/json"
	"strconv"
)

// Output is one line of the table of outputs. Every host writes these; action.yml declares them.
type Output struct {
	Name, Means string
	value       func(Report) string
}

// Value returns the output's value for a run, "" when there is none.
func (o Output) Value(r Report) string { return o.value(r) }

// Outputs lists the outputs in the order the reference shows them.
func Outputs() []Output {
	return []Output{
		{"result", "How the run ended: success, failed or cancelled.", func(r Report) string { return string(r.Result) }},
		{"kind", "The kind of the failure the run ended with.", func(r Report) string { return string(r.failure().Kind) }},
		{"failed-step", "The id of the step the run failed in.", func(r Report) string { return r.failure().Step }},
		{"attempts", "How many times steps were executed, retries and restarts included.", func(r Report) string { return strconv.Itoa(r.executions()) }},
		{"restarts", "How many times the run started again on the fresh tip.", func(r Report) string { return strconv.Itoa(r.Restarts) }},
		{"landed", "Whether the run's commits are on the branch, read back from the remote.", func(r Report) string { return strconv.FormatBool(len(r.Landed()) > 0) }},
		{"landed-sha", "The last commit the run landed.", func(r Report) string { return r.lastLanded().Hash }},
		{"landed-url", "The page of that commit.", func(r Report) string { return r.lastLanded().URL }},
		{"rollback-url", "The page of the pull request that reverts what the run landed.", func(r Report) string { return r.rollback().URL }},
		{"rollback-number", "The number of that pull request.", rollbackNumber},
		{"recovered", "Whether the run succeeded only because the policy recovered from a failure.", func(r Report) string { return strconv.FormatBool(r.Recovered) }},
		{"rerun", "Whether a new identical run is asked for.", func(r Report) string { return strconv.FormatBool(r.Rerun != nil) }},
		{"lineage", "What that new run has to be given as its `lineage`, whoever starts it.", func(r Report) string { return r.rerun().Lineage }},
		{"report", "The path of the report in JSON.", func(r Report) string { return r.Path }},
		{"report-dir", "The folder with the report as HTML, Markdown, JUnit XML and JSON.", func(r Report) string { return r.Dir }},
		{"steps", "Every step's outputs, outcome and conclusion, as JSON by step id; a for-each item is `id[item]`.", stepsJSON},
	}
}

// Landed returns the landings whose commits are on the branch, in the order they landed.
func (r Report) Landed() []Landing {
	var landed []Landing
	for _, l := range r.Landings {
		if l.landed() {
			landed = append(landed, l)
		}
	}
	return landed
}

func (l Landing) landed() bool { return l.Outcome == "landed" || l.Outcome == "already-landed" }

func (r Report) lastLanded() Commit {
	var last Commit
	for _, l := range r.Landed() {
		for _, c := range l.Commits {
			last = c
		}
	}
	return last
}

// failure returns what the run failed with, the zero Failure when it succeeded.
func (r Report) failure() Failure {
	if r.Failure == nil {
		return Failure{}
	}
	return *r.Failure
}

// rollback returns the rollback, the zero Rollback when none was tried.
func (r Report) rollback() Rollback {
	if r.Rollback == nil {
		return Rollback{}
	}
	return *r.Rollback
}

func (r Report) executions() int {
	n := 0
	for _, s := range r.Steps {
		n += len(s.Attempts)
	}
	return n
}

func rollbackNumber(r Report) string {
	if n := r.rollback().Number; n > 0 {
		return strconv.Itoa(n)
	}
	return ""
}

// stepsJSON has the shape of GitHub's steps context. After a restart a step's last visit counts.
func stepsJSON(r Report) string {
	type value struct {
		Outputs    map[string]string `json:"outputs"`
		Outcome    Status            `json:"outcome"`
		Conclusion Status            `json:"conclusion"`
	}
	steps := map[string]value{}
	for _, s := range r.Steps {
		outputs := s.Outputs
		if outputs == nil {
			outputs = map[string]string{}
		}
		steps[s.Ref()] = value{outputs, s.Outcome, s.Conclusion}
	}
	text, err := json.Marshal(steps)
	if err != nil {
		return "{}" // maps and strings always have a JSON form
	}
	return string(text)
}
