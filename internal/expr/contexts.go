package expr

// Context is a name that an expression can start from.
type Context struct {
	Name, Means string
	Fields      []Field // what it always holds; nil where that depends on the file, or it is one value
}

// Field is a part of a context.
type Field struct{ Name, Means string }

// Contexts lists the contexts in the order the reference shows them.
func Contexts() []Context {
	return []Context{
		{"inputs", "The run's inputs, as text.", nil},
		{"env", "The environment, as text; a name that is not set is empty.", nil},
		{"steps", "The steps that have run: `steps.ID.outputs.NAME`, `.outcome` and `.conclusion`.", nil},
		{"error", "The failure that is being handled.", []Field{
			{"kind", "its kind"},
			{"message", "one line that says what happened"},
			{"exit-code", "the step's exit code, -1 when there is none"},
			{"signal", "the signal that killed the step; empty when none did"},
			{"step", "the id of the step that failed, where recovery steps and finally look back at it"},
			{"hint", "the step's advice, from the error file"},
			{"details", "what else the step wrote into the error file"},
		}},
		{"attempt", "How many executions of the step came before this one: 0 for the first.", nil},
		{"run", "This run.", []Field{
			{"id", "its id, the same over all attempts of one CI run"},
			{"attempt", "the CI run's attempt, from 1"},
			{"url", "its page; empty where there is none"},
			{"name", "the steps file's name"},
			{"restart", "how many times it has started again"},
		}},
		{"git", "The repository the run works in.", []Field{
			{"repository", "its name, as in `acme/shop`"},
			{"branch", "the branch the run was started from; empty for a tag"},
			{"commit", "the commit the run was started from"},
		}},
		{"host", "The CI host the run works on.", []Field{
			{"name", "`github`, `gitlab`, `jenkins` or `local`"},
			{"actor", "who started the run"},
			{"event", "what started it, in the host's words"},
			{"job", "the job's name in the pipeline"},
		}},
		{"item", "The for-each item; `item.index` is its position, from 0. Of a map, `item.key` and `item.value`.", nil},
	}
}

// Fields returns the names of the fields of every context that has a fixed set of them, as [Names] takes them.
func Fields() map[string][]string {
	fields := map[string][]string{}
	for _, c := range Contexts() {
		for _, f := range c.Fields {
			fields[c.Name] = append(fields[c.Name], f.Name)
		}
	}
	return fields
}
