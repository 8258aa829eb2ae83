package simulate

import (
	"strings"
	"time"
)

// rollback reverts what landed, unless the last change on one of the branches is older than the policy allows.
func (c *conductor) rollback(p progress) progress {
	limit := c.job.Policy.Rollback.MaxAge
	last := map[string]time.Duration{}
	var steps []string
	for _, l := range p.landed {
		steps = append(steps, l.step)
		last[l.branch] = l.at
	}
	p.rollback = &rollback{}
	for _, at := range last {
		if limit > 0 && p.now-at > limit {
			p.rollback.refused = "the change is older than rollback.max-age"
		}
	}
	why := "rollback of what " + strings.Join(steps, ", ") + " landed"
	if p.rollback.refused != "" {
		why += " fails: " + p.rollback.refused
	}
	c.log.show(Moment{At: p.now, Why: why})
	return p
}
