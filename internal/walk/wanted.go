package walk

import (
	"fmt"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/internal/spec"
)

// Standing is what decides whether a step runs.
type Standing struct {
	Section   string
	In        Inside
	Failed    bool // what failure() answers there
	Cancelled bool
	Steps     map[string]expr.StepValue
}

// Wanted evaluates a step's `if`, and says why the step does not run. values is only asked where there is a condition. One
// that can't be evaluated is a failure of the step.
func (s Standing) Wanted(step spec.Step, values func() expr.Values) (yes bool, why string, broken error) {
	switch {
	case s.Cancelled && s.Section != Finally:
		return false, s.In.Stopped(), nil
	case step.If == nil && s.Failed && s.Section != Finally:
		return false, "an earlier step failed", nil
	case step.If == nil:
		return true, "", nil
	}
	status := s.status()
	if s.Section == Finally && !step.If.AsksStatus() {
		status = expr.Status{} // finally runs whatever happened, unless its condition says otherwise
	}
	yes, err := step.If.Holds(values(), status)
	if err != nil {
		return false, "", fmt.Errorf("evaluate `if: %s`: %w", step.If.Source(), err)
	}
	return yes, "its `if` is false: " + step.If.Source(), nil
}

// status is what the status functions answer.
func (s Standing) status() expr.Status {
	conclusions := map[string]string{}
	for id, v := range s.Steps {
		conclusions[id] = v.Conclusion
	}
	return expr.Status{Failed: s.Failed, Cancelled: s.Cancelled, Steps: conclusions}
}
