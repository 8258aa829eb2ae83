package expr

import "strings"

// typedScope is scope for the type check alone: the contexts that have fields of their own have types for them, so that
// a comparison that never holds is found before the run. At run time a field may be missing, as those of `error` where
// nothing failed, which a map takes and a struct does not.
type typedScope struct {
	scope
	Error struct {
		Kind     string         `expr:"kind"`
		Message  string         `expr:"message"`
		ExitCode int            `expr:"exit-code"`
		Signal   string         `expr:"signal"`
		Step     string         `expr:"step"`
		Hint     string         `expr:"hint"`
		Details  map[string]any `expr:"details"`
	} `expr:"error"`
	Run struct {
		ID      string `expr:"id"`
		Attempt int    `expr:"attempt"`
		URL     string `expr:"url"`
		Name    string `expr:"name"`
		Restart int    `expr:"restart"`
	} `expr:"run"`
	Git struct {
		Repository string `expr:"repository"`
		Branch     string `expr:"branch"`
		Commit     string `expr:"commit"`
	} `expr:"git"`
	Host struct {
		Name  string `expr:"name"`
		Actor string `expr:"actor"`
		Event string `expr:"event"`
		Job   string `expr:"job"`
	} `expr:"host"`
}

// hasTypes reports whether the expression s may have fields whose types are known.
func hasTypes(s string, n Names) bool {
	mentioned := false
	for _, c := range Contexts() {
		if c.Fields != nil && n.Fields[c.Name] == nil {
			return false
		}
		mentioned = mentioned || c.Fields != nil && strings.Contains(s, c.Name)
	}
	return mentioned
}
