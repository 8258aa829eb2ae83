// Package expr checks and evaluates `${{ … }}`.
//
// The language is expr-lang's (https://expr-lang.org/docs/language-definition) with three things taken out and one
// put in. Out: `let` and sequences, methods, and every function that is not in the table of [Functions]. In: a dash
// inside a name, as GitHub users write it: `steps.build-image.outputs.image-tag` is one name after another, no
// subtraction. That holds after a dot, right behind `inputs`, `env`, `steps` and `error`, where the dash has no space
// on either side.
//
// Everything that can be known before a run is checked before it: syntax, types, and the names that exist at that
// place. An evaluation is bounded in time and memory, whatever the expression; it reads its [Values] and nothing else.
package expr

// Names says which names exist at the place of an expression.
type Names struct {
	Inputs  []string // the declared inputs
	Steps   []string // the ids of the steps that have run before this place
	Allowed []string // the contexts that exist here, out of Contexts
	Status  bool     // whether success(), failure(), cancelled(), always() and status('id') may be called
	// Fields lists what a context such as "git" or "run" holds. A context without an entry is not checked:
	// a field it lacks is then nil when the expression is evaluated.
	Fields map[string][]string
}

// Problem is something wrong with a string, known before anything runs.
type Problem struct {
	Offset, Length int // bytes into the string; never outside of it
	Message        string
}
