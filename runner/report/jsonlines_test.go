package report

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"time"
)

func TestEventLines(t *testing.T) {
	smoke := rolledBack().Steps[3]
	var lines bytes.Buffer
	for _, e := range []Event{
		RunStarted{Run: success().Run, Steps: 4}, StepStarted{Step: smoke, N: 4, Of: 4}, StepSkipped{Step: success().Steps[2], N: 3, Of: 4},
		AttemptStarted{Step: smoke}, AttemptEnded{Step: smoke, Attempt: smoke.Attempts[0]}, Waiting{Step: smoke, Delay: time.Second, Why: "retry 1 of 1"},
		RaceLost{Step: smoke, Branch: "main", Tip: "9f8e", Lost: 1}, LandingEnded{Landing: success().Landings[0]}, Restarted{From: "bump", Tip: "9f8e", N: 1, Max: 3},
		StepEnded{Step: smoke}, RollbackEnded{Rollback: *rolledBack().Rollback}, Noted{Text: "hello"}, RunEnded{Report: rolledBack()},
	} {
		line, err := EventLine(e, at(7))
		if err != nil {
			t.Fatal(err)
		}
		if !json.Valid(line) || bytes.Count(line, []byte("\n")) != 1 {
			t.Errorf("%T is not one line of JSON: %s", e, line)
		}
		lines.Write(line)
	}
	golden(t, "report-events.jsonl", lines.String())
}

func TestEveryEventIsInTheTable(t *testing.T) {
	names := map[string]bool{}
	for _, e := range Events() {
		if names[e.Name] || e.Means == "" {
			t.Errorf("%s is there twice, or says nothing", e.Name)
		}
		names[e.Name] = true
		line, err := EventLine(e.Event, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		var head struct{ Event string }
		if err := json.Unmarshal(line, &head); err != nil || head.Event != e.Name {
			t.Errorf("%s is written as %q (%v)", e.Name, head.Event, err)
		}
		for _, field := range reflect.VisibleFields(reflect.TypeOf(e.Event)) {
			if field.Tag.Get("json") == "" {
				t.Errorf("%s: %s has no name in JSON", e.Name, field.Name)
			}
		}
	}
}
