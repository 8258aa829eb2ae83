package gitops

import (
	"github.com/belay-ci/belay/gitops/keys"
	"github.com/belay-ci/belay/gitops/merge"
)

// Structured is a file whose lines conflicted, as git sees it, and that was merged key by key.
type Structured struct {
	Path string
	Keys []string // the key paths that the run's commits changed in it
}

// mergeBy returns how files are merged: by line, else by the arbiter, else by key where that is wanted.
func mergeBy(key bool, arbiter merge.Arbiter) merge.Options {
	o := merge.Options{Arbiter: arbiter}
	if key {
		o.Resolve = mergeKeys
	}
	return o
}

// mergeKeys is a merge.Resolver: ours is what is on the branch, whose text is kept.
func mergeKeys(path string, base, ours, theirs []byte) ([]byte, []string, bool) {
	return keys.Merge(path, base, theirs, ours)
}

func structuredOf(list []merge.Resolved) []Structured {
	var all []Structured
	for _, r := range list {
		all = append(all, Structured{Path: r.Path, Keys: r.What})
	}
	return all
}
