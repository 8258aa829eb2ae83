package policy

import "maps"

// Counters remembers how often each route acted, by the route's id. It is a value: Decide returns a new one
// and leaves the old as it was. The zero value has counted nothing.
type Counters struct {
	visit  map[string]int    // by route, in this visit of the step
	spent  map[string]string // by route, in this visit: why it will not act again
	run    map[string]int    // by route, in this run
	action map[string]int    // by action, in this run
}

// Used says how often a route acted before.
type Used struct {
	Visit  int // this route, in this visit of the step (and item)
	Run    int // this route, in this run
	Action int // any route with the same action, in this run
}

// NewVisit returns the counters for another visit of a step, or for another item: what counts per visit
// begins anew, what counts per run stays.
func (c Counters) NewVisit() Counters { return Counters{run: c.run, action: c.action} }

// After returns the counters with what later counted per run, and c's own per visit: later are those of a visit
// inside of this one, as of a step in a file that this step runs.
func (c Counters) After(later Counters) Counters {
	return Counters{visit: c.visit, spent: c.spent, run: later.run, action: later.action}
}

// Used says how often r acted before.
func (c Counters) Used(r Route) Used {
	used := Used{Visit: c.visit[r.ID], Run: c.run[r.ID]}
	if r.Action != nil {
		used.Action = c.action[r.Action.Name()]
	}
	return used
}

func (c Counters) acted(r Route) Counters {
	c.visit, c.run, c.action = plusOne(c.visit, r.ID), plusOne(c.run, r.ID), plusOne(c.action, r.Action.Name())
	return c
}

func (c Counters) spend(r Route, reason string) Counters {
	spent := maps.Clone(c.spent)
	if spent == nil {
		spent = map[string]string{}
	}
	spent[r.ID] = reason
	c.spent = spent
	return c
}

func plusOne(counts map[string]int, key string) map[string]int {
	more := maps.Clone(counts)
	if more == nil {
		more = map[string]int{}
	}
	more[key]++
	return more
}

// Run returns what counts per run, by route and by action, for whoever goes on with the run later.
func (c Counters) Run() (routes, actions map[string]int) {
	return maps.Clone(c.run), maps.Clone(c.action)
}

// CountersOf returns the counters of a run that counted so far as Run said.
func CountersOf(routes, actions map[string]int) Counters {
	return Counters{run: maps.Clone(routes), action: maps.Clone(actions)}
}
