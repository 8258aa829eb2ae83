package simulate

import (
	"maps"
	"slices"

	"github.com/belay-ci/belay/internal/spec"
)

// outcomes returns what is listed for a step here, by the most exact of its names; and the one name of all it is played by.
func (c *conductor) outcomes(step spec.Step) (name string, _ []spec.Outcome) {
	names := c.names(step)
	for _, called := range names {
		if outcomes, ok := c.script[called]; ok {
			return names[0], outcomes
		}
	}
	return names[0], nil
}

// names returns all names by which a job may speak of a step, the most exact first: with the items it is in, with some
// of them, and without.
func (c *conductor) names(step spec.Step) []string {
	within := c.within
	if len(within) == 0 {
		within = []string{""}
	}
	var names []string
	for _, prefix := range within {
		if c.item != nil {
			names = append(names, prefix+step.ID+"["+c.item.Name+"]")
		}
		names = append(names, prefix+step.ID)
	}
	return names
}

// left returns what a step leaves when it succeeds, as the job says it.
func (c *conductor) left(step spec.Step) map[string]string {
	names := c.names(step)
	outputs := map[string]string{}
	for _, o := range c.job.Left {
		if slices.Contains(names, o.Step) {
			maps.Copy(outputs, o.Values)
		}
	}
	return outputs
}
