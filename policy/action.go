package policy

import "fmt"

// Action is what a route does with a failure it matches. Actions are plain values, safe to share.
type Action interface {
	// Name is the action's name in Actions, and its key in the files.
	Name() string
	// Next says what to do with the failure, or why the action can't act on it now: then Refusal.Reason
	// is not empty and the Decision counts for nothing. Next is pure; Decide fills in Action, Route and Passed.
	Next(r Route, used Used, s Situation) (Decision, Refusal)
	// String says in one line what the action does, as a plan shows it.
	String() string
}

// Refusal says why a route that matches is passed over.
type Refusal struct {
	Reason string // a clause for the report; empty when the action acts
	Spent  bool   // the route will not act again in this visit of the step
}

// ActionInfo declares an action: its name, its keys, and how it is made of their values.
type ActionInfo struct {
	Name  string
	Means string // one sentence for the reference
	// Example is a value as a file would have it, under the action's name.
	Example string
	Keys    []Key
	// Ends says that the action acts on whatever its route matches, so that nothing the route covers gets
	// past it. git.unknown is the one exception: `continue` does not call it a success unless the route names it.
	Ends bool
	// Make builds the action. Absent values take their defaults; the error says which value is wrong, and why.
	Make func(Values) (Action, error)
}

// Actions lists all actions, in the order the reference shows them.
func Actions() []ActionInfo {
	var infos []ActionInfo
	for _, r := range rows() {
		infos = append(infos, r.info())
	}
	return infos
}

// ActionNamed returns the action with that name, and false when there is none.
func ActionNamed(name string) (ActionInfo, bool) {
	for _, r := range rows() {
		if r.name == name {
			return r.info(), true
		}
	}
	return ActionInfo{}, false
}

// row is one line of the table. Its keys are made when they are asked for: the table itself is looked at for
// every pair of routes.
type row struct {
	name, means, example string
	ends                 bool
	keys                 func() []Key // nil for none
	make                 func(Values) (Action, error)
}

// rows is the table of all actions. A new action is a row here and a file beside this one.
func rows() []row {
	return []row{
		{name: "retry", means: "Run the step again.", example: "{ max: 3, initial: 5s }", keys: retryKeys, make: makeRetry},
		{name: "restart", means: "Bring the workspace to the branch's fresh tip and start from the first step.", example: "{ max: 3 }", keys: restartKeys, make: makeRestart},
		{name: "rerun", means: "End this run as failed and ask for a new identical one.", example: "{ max: 1 }", keys: rerunKeys, make: makeRerun},
		{name: "fail", means: "Do nothing more: the run fails.", example: "{}", ends: true, make: makeFail},
		{name: "rollback", means: "Revert what this run landed; the run still fails.", example: "{}", make: makeRollback},
		{name: "run", means: "Run recovery steps of your own.", example: "{ steps: [{ run: ./undo.sh }], then: fail }", ends: true, keys: runKeys, make: makeRun},
		{name: "to", means: "Go on at a later step: the failure is handled.", example: "cleanup", keys: toKeys, make: makeTo},
		{name: "continue", means: "Treat the failure as success, with a warning.", example: "{}", ends: true, make: makeContinue},
	}
}

func (r row) info() ActionInfo {
	var keys []Key
	if r.keys != nil {
		keys = r.keys()
	}
	return ActionInfo{Name: r.name, Means: r.means, Example: r.example, Keys: keys, Ends: r.ends, Make: func(given Values) (Action, error) {
		full, err := complete(keys, given)
		if err != nil {
			return nil, fmt.Errorf("make %s: %w", r.name, err)
		}
		return r.make(full)
	}}
}

// ends reports whether the action of that name acts on whatever its route matches: see ActionInfo.Ends.
func ends(name string) bool {
	for _, r := range rows() {
		if r.name == name {
			return r.ends
		}
	}
	return false
}
