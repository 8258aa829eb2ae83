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

// Actions is the table of all actions, in the order the reference shows them. A new action is a row here
// and a file beside this one.
func Actions() []ActionInfo {
	rows := []ActionInfo{
		{Name: "retry", Means: "Run the step again.", Example: "{ max: 3, initial: 5s }", Keys: retryKeys(), Make: makeRetry},
		{Name: "restart", Means: "Reset the workspace to the branch's fresh tip and start from the first step.", Example: "{ max: 3 }", Keys: restartKeys(), Make: makeRestart},
		{Name: "rerun", Means: "End this run as failed and ask for a new identical one.", Example: "{ max: 1 }", Keys: rerunKeys(), Make: makeRerun},
		{Name: "fail", Means: "Do nothing more: the run fails.", Example: "{}", Ends: true, Make: makeFail},
		{Name: "rollback", Means: "Revert what this run landed; the run still fails.", Example: "{}", Make: makeRollback},
		{Name: "run", Means: "Run recovery steps of your own.", Example: "{ steps: [{ run: ./undo.sh }], then: fail }", Keys: runKeys(), Ends: true, Make: makeRun},
		{Name: "to", Means: "Go on at a later step: the failure is handled.", Example: "cleanup", Keys: toKeys(), Make: makeTo},
		{Name: "continue", Means: "Treat the failure as success, with a warning.", Example: "{}", Ends: true, Make: makeContinue},
	}
	for i, row := range rows {
		rows[i].Make = func(given Values) (Action, error) {
			full, err := complete(row.Keys, given)
			if err != nil {
				return nil, fmt.Errorf("make %s: %w", row.Name, err)
			}
			return row.Make(full)
		}
	}
	return rows
}

// ActionNamed returns the row of Actions with that name, and false when there is none.
func ActionNamed(name string) (ActionInfo, bool) {
	for _, info := range Actions() {
		if info.Name == name {
			return info, true
		}
	}
	return ActionInfo{}, false
}
