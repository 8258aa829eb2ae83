package merge

import (
	"bytes"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
)

// maxBlob is the size in bytes above which a file is not merged by line.
const maxBlob = 16 << 20

// leaf merges a path that is nowhere a folder and that both sides changed, each in its own way.
func (m *merger) leaf(path string, base, ours, theirs entry) (entry, error) {
	if reason := unmergeable(base, ours, theirs); reason != "" {
		m.conflict(path, reason)
		if reason == ModifyDelete && base.file() {
			m.doubts[path] = doubt{base, ours, theirs}
		}
		return entry{}, nil
	}
	merged := ours
	if ours.mode == base.mode { // a file has one of two modes, so sides that both changed it agree
		merged.mode = theirs.mode
	}
	switch {
	case ours.hash == theirs.hash || theirs.hash == base.hash:
		return merged, nil
	case ours.hash == base.hash:
		merged.hash = theirs.hash
		return merged, nil
	}
	id, reason, err := m.file(path, base.hash, ours.hash, theirs.hash)
	if err != nil {
		return entry{}, err
	}
	if reason != "" {
		m.conflict(path, reason)
		return entry{}, nil
	}
	m.merged = append(m.merged, path)
	merged.hash = id
	return merged, nil
}

// unmergeable returns why no merge of the three can be tried, or "" when all of them are files.
func unmergeable(base, ours, theirs entry) Reason {
	has := func(mode filemode.FileMode) bool {
		return base.mode == mode || ours.mode == mode || theirs.mode == mode
	}
	switch {
	case !ours.exists() || !theirs.exists():
		return ModifyDelete
	case has(filemode.Submodule):
		return Submodule
	case has(filemode.Symlink):
		return Symlink
	case base.exists():
		return ""
	case ours.hash == theirs.hash:
		return Mode
	}
	return AddAdd
}

// file merges three files by line, or else by the resolver, and stores the merged one. The reason is "" when that went well.
func (m *merger) file(path string, base, ours, theirs plumbing.Hash) (plumbing.Hash, Reason, error) {
	declared, err := m.attribute(path)
	if err != nil || declared {
		return plumbing.ZeroHash, Attribute, err
	}
	var texts [3][]byte
	for i, id := range []plumbing.Hash{base, ours, theirs} {
		text, fits, err := m.text(id)
		switch {
		case err != nil:
			return plumbing.ZeroHash, "", err
		case !fits:
			return plumbing.ZeroHash, TooLarge, nil
		case binary(text):
			return plumbing.ZeroHash, Binary, nil
		}
		texts[i] = text
	}
	merged, reason := mergeLines(texts[0], texts[1], texts[2])
	switch reason {
	case "":
	case Content:
		return m.resolve(path, texts)
	default:
		return plumbing.ZeroHash, reason, nil
	}
	id, err := writeObject(m.store, plumbing.BlobObject, merged)
	return id, "", err
}

// text reads a file, unless it is too large to be merged.
func (m *merger) text(id plumbing.Hash) (text []byte, fits bool, err error) {
	o, err := openObject(m.store, plumbing.BlobObject, id)
	if err != nil || o.Size() > maxBlob {
		return nil, false, err
	}
	text, err = content(o)
	return text, true, err
}

// binary is git's test: a NUL among the first 8000 bytes.
func binary(text []byte) bool {
	return bytes.IndexByte(text[:min(len(text), 8000)], 0) >= 0
}
