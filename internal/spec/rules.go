package spec

// Rule is what a diagnostic names in brackets.
type Rule struct{ Name, Means string }

// Rules lists the rules of both files, in the order the reference shows them.
func Rules() []Rule {
	return []Rule{
		{"yaml", "The file is the YAML belay reads: UTF-8, one document, no tags, no merge keys, within the limits."},
		{"duplicate-key", "A key stands once in its mapping."},
		{"unknown-key", "Every key is one that belay knows."},
		{"missing-key", "Keys that are required are there."},
		{"type", "A value is of its key's type."},
		{"value", "A value is one that its key can have."},
		{"expression", "Expressions are correct, and name only what exists at their place."},
		{"script", "A script holds no expression: values reach it through `env`."},
		{"step", "A step runs a script or a built-in step, and its keys belong to that."},
		{"child", "A steps file that a step runs is a file of the repository, and does not run itself."},
		{"id", "Ids are well-formed, and each is given once."},
		{"unknown-step", "A step that is named exists, and stands on the side the action needs."},
		{"kind", "A kind is well-formed, and exists where its first word is belay's."},
		{"action", "A route has exactly one action."},
		{"unreachable", "A failure can reach every route."},
		{"catch-all", "A route that takes every failure is the last."},
		{"retry-end", "After a retry's last re-run another route says what happens."},
		{"idempotent", "A step that says it is not idempotent is not run again."},
		{"limits", "What routes can add up to stays within the limits."},
		{"stage", "A policy that goes back to a stage's last good commit is used with steps that name their stage."},
		{"outcome", "A test, or `--fail`, names an outcome that belay can play."},
	}
}
