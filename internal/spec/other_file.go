package spec

import "github.com/belay-ci/belay/internal/source"

// otherFile recognizes the file of another tool by two of its keys, and returns what it is and the first of the two.
// What else is in it would only be a list of unknown keys.
func otherFile(root *source.Node) (what string, first *source.Node) {
	for _, other := range []struct{ what, one, two string }{
		{"a GitHub workflow", "on", "jobs"},
		{"a Kubernetes object", "apiVersion", "kind"},
		{"a state machine for AWS Step Functions", "StartAt", "States"},
	} {
		if root.Get(other.one) == nil || root.Get(other.two) == nil {
			continue
		}
		for _, e := range root.Entries {
			if e.Key.Text == other.one || e.Key.Text == other.two {
				return other.what, e.Key
			}
		}
	}
	return "", nil
}
