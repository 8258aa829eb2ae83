package spec

import (
	"slices"

	"github.com/belay-ci/belay/internal/source"
)

// Check tells what is wrong between a steps file and the policy it runs under, both without errors of their own.
func Check(s *Steps, p *Policy) source.Diagnostics {
	inSteps := &reader{Decoder: source.Decoder{File: s.File}}
	inPolicy := &reader{Decoder: source.Decoder{File: p.Name}, inPolicy: true}
	var order []string
	for _, step := range s.Steps {
		order = append(order, step.ID)
	}
	for _, t := range p.Routes.targets {
		inPolicy.checkTarget(t, order, "")
	}
	for _, step := range slices.Concat(s.Steps, s.Finally) {
		own := step.OnError
		all := slices.Concat(own.List, p.Routes.List)
		inSteps.lintRetryEnds(own, all)
		inSteps.lintIdempotent(step, p, all)
		inSteps.lintAbreast(step, p, all)
		if len(own.List) > 0 {
			inSteps.lintLimits(p.Limits, all, own.pos[own.List[0].ID], "this step")
		}
	}
	inPolicy.lintRestarts(p, len(s.Steps))
	inPolicy.lintLastGood(p, s.Stage)
	return slices.Concat(inSteps.Problems, inPolicy.Problems).Sorted()
}
