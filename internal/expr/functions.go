package expr

import "slices"

// Function is something an expression can call.
type Function struct {
	Name, Means string
	Status      bool // only in `if:`
	ours        bool // called through the scope, not built into expr-lang
}

// Functions lists the functions in the order the reference shows them. Left out on purpose: what reads the clock
// (a re-run must see the same), what makes much out of little (repeat), and what orders by chance (keys of a map).
func Functions() []Function {
	return []Function{
		{Name: "success", Means: "Whether no step has failed and the run is not cancelled.", Status: true, ours: true},
		{Name: "failure", Means: "Whether a step has failed and the run is not cancelled.", Status: true, ours: true},
		{Name: "cancelled", Means: "Whether the run is cancelled.", Status: true, ours: true},
		{Name: "always", Means: "True.", Status: true, ours: true},
		{Name: "status", Means: "How the step with this id ended: success, failure, cancelled or skipped.", Status: true, ours: true},
		{Name: "join", Means: "The list's elements as one text, with a separator between them (a comma when none is given).", ours: true},
		{Name: "replace", Means: "The text with every occurrence of the second text replaced by the third.", ours: true},
		{Name: "split", Means: "The parts of the text between the separators."},
		{Name: "trim", Means: "The text without white space, or the given characters, at both ends."},
		{Name: "trimPrefix", Means: "The text without the given start."},
		{Name: "trimSuffix", Means: "The text without the given end."},
		{Name: "upper", Means: "The text in upper case."},
		{Name: "lower", Means: "The text in lower case."},
		{Name: "hasPrefix", Means: "Whether the text starts with the second text."},
		{Name: "hasSuffix", Means: "Whether the text ends with the second text."},
		{Name: "indexOf", Means: "Where the second text starts in the first, -1 when nowhere.", ours: true},
		{Name: "len", Means: "How long the text, list or map is."},
		{Name: "string", Means: "The value as text."},
		{Name: "int", Means: "The value as a whole number."},
		{Name: "float", Means: "The value as a number."},
		{Name: "abs", Means: "The number without its sign."},
		{Name: "ceil", Means: "The number rounded up."},
		{Name: "floor", Means: "The number rounded down."},
		{Name: "round", Means: "The number rounded to the nearest whole one."},
		{Name: "min", Means: "The smallest of the numbers."},
		{Name: "max", Means: "The largest of the numbers."},
		{Name: "sum", Means: "The numbers of the list added up."},
		{Name: "toJSON", Means: "The value as JSON."},
		{Name: "fromJSON", Means: "The value that a JSON text stands for."},
		{Name: "toBase64", Means: "The text in Base64."},
		{Name: "fromBase64", Means: "The text that a Base64 text stands for."},
		{Name: "first", Means: "The list's first element."},
		{Name: "last", Means: "The list's last element."},
		{Name: "get", Means: "The element with this index or key, nil when there is none."},
		{Name: "sort", Means: "The list in ascending order."},
		{Name: "reverse", Means: "The list from its end to its start."},
		{Name: "map", Means: "A list of what the predicate makes of every element."},
		{Name: "filter", Means: "The elements that the predicate holds for."},
		{Name: "find", Means: "The first element that the predicate holds for."},
		{Name: "count", Means: "How many elements the predicate holds for."},
		{Name: "all", Means: "Whether the predicate holds for every element."},
		{Name: "any", Means: "Whether the predicate holds for at least one element."},
		{Name: "none", Means: "Whether the predicate holds for no element."},
		{Name: "one", Means: "Whether the predicate holds for exactly one element."},
	}
}

func function(name string) (Function, bool) {
	all := Functions()
	i := slices.IndexFunc(all, func(f Function) bool { return f.Name == name })
	if i < 0 {
		return Function{}, false
	}
	return all[i], true
}
