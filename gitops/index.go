package gitops

import (
	"bytes"
	"cmp"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
)

// indexEntry is one file of an index, gitformat-index(5).
type indexEntry struct {
	stat     [40]byte // times, device, inode, mode, owner, size, as they stand in the file
	hash     plumbing.Hash
	flags    uint16
	extended uint16
	name     string
}

// entrySize is how many bytes an entry has up to its flags, which are the last two of them.
const entrySize = 62

// The entry's flags.
const (
	indexAssumed  = 0x8000 // git does not look at the file, see --assume-unchanged in git-update-index(1)
	indexExtended = 0x4000
	indexStage    = 0x3000
	indexName     = 0x0fff // the name's length, or all of these bits
)

// nameAt is where in an entry with such flags the name begins.
func nameAt(flags uint16) int {
	if flags&indexExtended != 0 {
		return entrySize + 2
	}
	return entrySize
}

// padding is how many zero bytes follow an entry of that length: at least one, up to a multiple of eight.
func padding(length int) int { return 8 - length%8 }

func (e indexEntry) mode() filemode.FileMode {
	return filemode.FileMode(binary.BigEndian.Uint32(e.stat[24:]))
}

// entryOf is an entry git knows nothing of but its content: it will look at the file.
func entryOf(name string, mode filemode.FileMode, hash plumbing.Hash) indexEntry {
	e := indexEntry{hash: hash, name: name, flags: uint16(min(len(name), indexName))}
	binary.BigEndian.PutUint32(e.stat[24:], uint32(mode))
	return e
}

// errIndexShape is the cause for an index that only git itself can read: split, sparse, or of a later format.
var errIndexShape = errors.New("the index has a form that is left to git")

// writeIndex writes an index of version 3 with the entries, sorted.
func writeIndex(path string, entries []indexEntry) error {
	slices.SortFunc(entries, func(a, b indexEntry) int {
		return cmp.Or(strings.Compare(a.name, b.name), cmp.Compare(a.flags&indexStage, b.flags&indexStage))
	})
	var out bytes.Buffer
	out.WriteString("DIRC")
	out.Write(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, 3), uint32(len(entries))))
	for _, e := range entries {
		out.Write(e.stat[:])
		out.Write(e.hash[:])
		out.Write(binary.BigEndian.AppendUint16(nil, e.flags))
		if e.flags&indexExtended != 0 {
			out.Write(binary.BigEndian.AppendUint16(nil, e.extended))
		}
		out.WriteString(e.name)
		out.Write(make([]byte, padding(nameAt(e.flags)+len(e.name))))
	}
	sum := sha1.Sum(out.Bytes())
	out.Write(sum[:])
	return os.WriteFile(filepath.Clean(path), out.Bytes(), 0o600)
}
