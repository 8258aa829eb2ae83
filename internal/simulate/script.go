package simulate

import (
	"maps"

	"github.com/belay-ci/belay/internal/spec"
)

// outcomes returns what is listed for a step here: for this item of it, or for each item of it.
func (c *conductor) outcomes(step spec.Step) (name string, _ []spec.Outcome) {
	name, general := c.names(step)
	if outcomes, ok := c.script[name]; ok {
		return name, outcomes
	}
	return name, c.script[general]
}

// names returns the names by which a job may speak of a step: with the items it is in, and without.
func (c *conductor) names(step spec.Step) (name, general string) {
	name = c.in.Rows + step.ID
	if c.item != nil {
		name += "[" + c.item.Name + "]"
	}
	return name, c.in.Routes + step.ID
}

// left returns what a step leaves when it succeeds, as the job says it.
func (c *conductor) left(step spec.Step) map[string]string {
	name, general := c.names(step)
	outputs := map[string]string{}
	for _, o := range c.job.Left {
		if o.Step == name || o.Step == general {
			maps.Copy(outputs, o.Values)
		}
	}
	return outputs
}
