package report

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOutputs(t *testing.T) {
	tests := []struct {
		name   string
		report Report
		want   map[string]string
	}{
		{"a success that landed", success(), map[string]string{
			"result": "success", "attempts": "2", "restarts": "0", "landed": "true", "recovered": "false", "rerun": "false",
			"landed-sha": "4c5d6e7f8091a2b3", "landed-url": "https://github.com/acme/deploy/commit/4c5d6e7f8091a2b3",
			"steps": `{"bump":{"outputs":{"tag":"v2"},"outcome":"success","conclusion":"success"},"land":{"outputs":{},"outcome":"success","conclusion":"success"},"notify":{"outputs":{},"outcome":"skipped","conclusion":"skipped"}}`,
		}},
		{"a failure that is rolled back", rolledBack(), map[string]string{
			"result": "failed", "kind": "step.timeout", "failed-step": "smoke", "attempts": "4", "restarts": "0", "landed": "true", "recovered": "false", "rerun": "false",
			"landed-sha": "4c5d6e7f8091a2b3", "landed-url": "https://github.com/acme/deploy/commit/4c5d6e7f8091a2b3",
			"rollback-url": "https://github.com/acme/deploy/pull/12", "rollback-number": "12",
			"steps": `{"bump":{"outputs":{"tag":"v2"},"outcome":"success","conclusion":"success"},"land":{"outputs":{},"outcome":"success","conclusion":"success"},"notify":{"outputs":{},"outcome":"skipped","conclusion":"skipped"},"smoke":{"outputs":{},"outcome":"failure","conclusion":"failure"}}`,
		}},
		{"a run that never began", Report{Result: Failed, Path: "r.json"}, map[string]string{
			"result": "failed", "attempts": "0", "restarts": "0", "landed": "false", "recovered": "false", "rerun": "false", "report": "r.json", "steps": "{}",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := map[string]string{}
			for _, o := range Outputs() {
				if value := o.Value(tt.report); value != "" {
					got[o.Name] = value
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLandedNeedsProof(t *testing.T) {
	for _, outcome := range []string{"absorbed", "empty", "rejected", "conflict", "raced", "unknown"} {
		r := success()
		r.Landings[0].Outcome = outcome
		if r.Landed() != nil {
			t.Errorf("%s counts as landed", outcome)
		}
	}
}

func TestJSON(t *testing.T) {
	text, err := JSON(rolledBack())
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "report-rolled-back.json", string(text))
	if text, err = JSON(hostile()); err != nil || !json.Valid(text) {
		t.Errorf("hostile text breaks the JSON: %v", err)
	}
}

func TestExitCodesAreDeclaredOnce(t *testing.T) {
	seen := map[int]bool{}
	for _, exit := range Exits() {
		if seen[exit.Code] {
			t.Errorf("%d is declared twice", exit.Code)
		}
		seen[exit.Code] = true
	}
}
