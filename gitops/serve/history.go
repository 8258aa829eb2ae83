package serve

import (
	"errors"
	"fmt"

	"github.com/belay-ci/belay/gitops/wire"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// errMissing is under the error of a walk that comes upon an object nobody has.
var errMissing = errors.New("missing necessary objects")

// read finds an object by name.
type read func(wire.Hash) (plumbing.EncodedObject, error)

// set is a set of objects.
type set map[wire.Hash]bool

func setOf(hashes []wire.Hash) set {
	s := set{}
	for _, hash := range hashes {
		s[hash] = true
	}
	return s
}

func (s set) has(hash wire.Hash) bool { return s[hash] }

// history lists what starts name, the targets of tags, and the commits they descend from, no further than those
// where stop says so and at most depth commits deep (0 for no bound). The edge is the commits whose parents lie
// deeper. It goes breadth first, so that a commit is met at its least depth.
func history(get read, starts []wire.Hash, depth int, stop func(wire.Hash) bool) (found, edge []wire.Hash, err error) {
	seen := set{}
	for level := 1; len(starts) > 0; level++ {
		var next []wire.Hash
		for i := 0; i < len(starts); i++ { // grows by the targets of tags
			hash := starts[i]
			if seen[hash] {
				continue
			}
			seen[hash] = true
			found = append(found, hash)
			o, err := get(hash)
			if err != nil {
				return nil, nil, fmt.Errorf("%w: %s", errMissing, hash)
			}
			switch o.Type() {
			case plumbing.TagObject:
				var tag object.Tag
				if err := tag.Decode(o); err != nil {
					return nil, nil, fmt.Errorf("decode tag %s: %w", hash, err)
				}
				starts = append(starts, tag.Target)
			case plumbing.CommitObject:
				var commit object.Commit
				if err := commit.Decode(o); err != nil {
					return nil, nil, fmt.Errorf("decode commit %s: %w", hash, err)
				}
				switch {
				case len(commit.ParentHashes) == 0 || stop(hash):
				case depth > 0 && level >= depth:
					edge = append(edge, hash)
				default:
					next = append(next, commit.ParentHashes...)
				}
			}
		}
		starts = next
	}
	return found, edge, nil
}

// contents lists objects and the trees and blobs below them, without those that skip names and what lies below.
func contents(get read, roots []wire.Hash, skip func(wire.Hash) bool) ([]wire.Hash, error) {
	var list []wire.Hash
	seen := set{}
	var add func(hash wire.Hash) error
	add = func(hash wire.Hash) error {
		if seen[hash] || skip(hash) {
			return nil
		}
		seen[hash] = true
		list = append(list, hash)
		o, err := get(hash)
		if err != nil {
			return fmt.Errorf("%w: %s", errMissing, hash)
		}
		switch o.Type() {
		case plumbing.CommitObject:
			var commit object.Commit
			if err := commit.Decode(o); err != nil {
				return fmt.Errorf("decode commit %s: %w", hash, err)
			}
			return add(commit.TreeHash)
		case plumbing.TreeObject:
			var tree object.Tree
			if err := tree.Decode(o); err != nil {
				return fmt.Errorf("decode tree %s: %w", hash, err)
			}
			for _, entry := range tree.Entries {
				if entry.Mode == filemode.Submodule { // a commit of another repository
					continue
				}
				if err := add(entry.Hash); err != nil {
					return err
				}
			}
		}
		return nil
	}
	for _, root := range roots {
		if err := add(root); err != nil {
			return nil, err
		}
	}
	return list, nil
}
