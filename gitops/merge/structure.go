package merge

import "github.com/go-git/go-git/v5/plumbing"

// Options say how a merge goes beyond what lines can settle. The zero Options are git's own merge.
type Options struct {
	Resolve Resolver // nil: a file whose lines conflict is a conflict
	Arbiter Arbiter  // nil: what lines can't settle for sure is a conflict
}

// Resolver merges what ours and theirs made of a file when their lines conflict, by what the lines mean. What names the
// places that theirs changed, for people. It is asked of files alone, never of one that has a merge attribute, and is
// not ok where it is in any doubt: then the conflict stands.
type Resolver func(path string, base, ours, theirs []byte) (merged []byte, what []string, ok bool)

// Resolved is a file that a Resolver merged.
type Resolved struct {
	Path string
	What []string // the places in it that theirs changed
}

// resolve puts a file whose lines conflict to the resolver, and stores what comes of it.
func (m *merger) resolve(path string, texts [3][]byte) (plumbing.Hash, Reason, error) {
	if m.options.Resolve == nil {
		return plumbing.ZeroHash, Content, nil
	}
	merged, what, ok := m.options.Resolve(path, texts[0], texts[1], texts[2])
	if !ok {
		return plumbing.ZeroHash, Content, nil
	}
	id, err := writeObject(m.store, plumbing.BlobObject, merged)
	if err != nil {
		return plumbing.ZeroHash, "", err
	}
	m.resolved = append(m.resolved, Resolved{Path: path, What: what})
	return id, "", nil
}
