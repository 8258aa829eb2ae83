package policy

// Decide says what to do about a failure: it walks the routes from the top and takes the first that matches
// and can act. It is total and pure; the counters it returns are the ones to come with next time.
//
//   - A cancelled run tries no route, and fails.
//   - A route that matches but can't act is passed over, only that one, and named in Decision.Passed.
//   - When no route is left the decision is Fail, with an empty Route.
//
// Routes need ids of their own, because the counters go by them. For one item of a for-each, only a Retry
// decision is the item's, and only then its counters; any other ends the item, and is made anew for the group.
func Decide(routes []Route, c Counters, s Situation) (Decision, Counters) {
	none := Decision{Verb: Fail, Action: FailAction{}.Name()}
	if s.Cancelled || s.Failure.Kind == Cancelled {
		return none, c
	}
	for _, r := range routes {
		if !r.applies(s) {
			continue
		}
		d, refusal := r.next(c, s)
		if refusal.Reason == "" {
			d.Action, d.Route, d.Passed = r.Action.Name(), r.ID, none.Passed
			return d, c.acted(r)
		}
		if refusal.Spent {
			c = c.spend(r, refusal.Reason)
		}
		none.Passed = append(none.Passed, Passed{Route: r.ID, Action: r.name(), Reason: refusal.Reason})
	}
	return none, c
}

// applies reports whether r matches the failure and its condition, if there is one, holds.
func (r Route) applies(s Situation) bool {
	return r.Match.Matches(s.Failure) && (!r.Match.If || s.Holds != nil && s.Holds(r.ID))
}

// name is the action's name, empty for a route that has none.
func (r Route) name() string {
	if r.Action == nil {
		return ""
	}
	return r.Action.Name()
}

func (r Route) next(c Counters, s Situation) (Decision, Refusal) {
	if r.Action == nil {
		return Decision{}, Refusal{Reason: "the route has no action"}
	}
	if reason, spent := c.spent[r.ID]; spent {
		return Decision{}, Refusal{Reason: reason}
	}
	return r.Action.Next(r, c.Used(r), s)
}
