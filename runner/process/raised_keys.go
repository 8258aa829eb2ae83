package process

// RaisedKey is a key of the error file.
type RaisedKey struct{ Name, Type, Means string }

// RaisedKeys lists the keys of the error file in the order the reference shows them.
func RaisedKeys() []RaisedKey {
	return []RaisedKey{
		{"kind", "text", "what went wrong, as a dotted lower-case name of your own"},
		{"message", "text", "one line for people"},
		{"details", "a JSON object", "anything more; expressions read it as `error.details`"},
		{"retry-after", "a duration, or a number of seconds", "the least time to wait before a retry"},
		{"retryable", "true or false", "false when no retry, restart or rerun can help"},
		{"hint", "text", "how best to proceed; a route may match it"},
	}
}

func raisedNames() []string {
	var names []string
	for _, k := range RaisedKeys() {
		names = append(names, k.Name)
	}
	return names
}
