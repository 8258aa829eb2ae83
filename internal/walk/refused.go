package walk

import (
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/policy"
)

// RetryRefused says why a step that failed can't be executed again; empty when it can. One that never began did nothing.
func RetryRefused(step spec.Step, kind policy.Kind) string {
	if !step.Once() || step.Child == nil && kind == policy.StepStart {
		return ""
	}
	return "the step says `idempotent: false`"
}

// RestartRefused says why a run can't start again from a step; empty when it can. failed says that a failure which nothing
// handled came before.
func RestartRefused(section string, failed bool, in Inside) string {
	switch {
	case section != Main:
		return notStartedAgain(section)
	case failed:
		return "an earlier step failed, and what follows it would only be skipped again"
	case in.Section != "":
		return notStartedAgain(in.Section)
	}
	return ""
}

func notStartedAgain(section string) string {
	return "only the steps themselves can be started again, not " + section
}
