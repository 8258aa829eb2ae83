package policy

// Route is one line of a policy: which failures it is for, and the one thing to do about them.
type Route struct {
	ID     string // where the file has it, such as "routes[0]" or "smoke.on-error[1]"; no two routes share one
	Match  Match
	Action Action
}
