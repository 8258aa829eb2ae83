package gitops

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
)

// asIsAtMost is how large a file may be, in bytes, that is stored without asking git, and asIsMost how many of them at a time: they
// stay in memory, and git is the quicker one with many.
const (
	asIsAtMost = 64 << 10
	asIsMost   = 16
)

// addAsIs is addFew without a git to ask, which takes longer than all else there is to do: it takes files into the
// entries as they lie in the work tree. It declines, with ok false, wherever git could see anything else: in folders, links
// and deleted files, filters and line endings, files that may be ignored, settings it does not know to be harmless.
func (r *Repo) addAsIs(entries []indexEntry, list fewPaths) (added []indexEntry, ok bool) {
	if len(list) > asIsMost || !r.child.storesAsIs(*r.checkout) {
		return nil, false
	}
	added = slices.Clone(entries)
	for _, name := range list {
		tracked, ok := tracks(entries, name)
		if !ok {
			return nil, false
		}
		mode, content, ok := r.checkout.fileAsIs(name, tracked, entries)
		if !ok {
			return nil, false
		}
		hash, err := writeObject(r.store, plumbing.BlobObject, content)
		if err != nil {
			return nil, false
		}
		added = slices.DeleteFunc(added, func(e indexEntry) bool { return e.name == name })
		added = append(added, entryOf(name, mode, hash))
	}
	return added, true
}

// tracks reports whether the entries have a file, and, with ok, whether that is all they have there.
func tracks(entries []indexEntry, name string) (tracked, ok bool) {
	for _, e := range entries {
		switch {
		case !(fewPaths{name}).cover([]byte(e.name)):
		case e.name != name || e.flags&(indexAssumed|indexExtended|indexStage) != 0 || e.mode() == filemode.Submodule:
			return false, false
		default:
			tracked = true
		}
	}
	// What git refuses to track has that in its name, as .git and git~1 do on some file systems.
	return tracked, tracked || !strings.Contains(strings.ToLower(name), "git")
}

// fileAsIs reads a file that no rule of the work tree applies to.
func (c checkout) fileAsIs(name string, tracked bool, entries []indexEntry) (mode filemode.FileMode, content []byte, ok bool) {
	attributes, ok := textBeside(filepath.Join(c.common, "info", "attributes"))
	ignore, ok2 := textBeside(filepath.Join(c.common, "info", "exclude"))
	if !ok || !ok2 {
		return 0, nil, false
	}
	for _, folder := range foldersOf(name) {
		if !c.ordinary(folder) {
			return 0, nil, false
		}
		rules := path.Join(folder, ".gitattributes")
		text, ok := textBeside(c.file(rules))
		if text == nil && slices.ContainsFunc(entries, func(e indexEntry) bool { return e.name == rules }) {
			ok = false // git reads it out of the index
		}
		more, ok2 := textBeside(c.file(path.Join(folder, ".gitignore")))
		if !ok || !ok2 {
			return 0, nil, false
		}
		attributes, ignore = append(append(attributes, '\n'), text...), append(append(ignore, '\n'), more...)
	}
	if mayIgnore(ignore, name, tracked) {
		return 0, nil, false
	}
	if mode, content, ok = c.smallFile(name); !ok || !harmless(attributes, content) {
		return 0, nil, false
	}
	return mode, content, true
}

// foldersOf lists the folders a path leads through, the top of the work tree first.
func foldersOf(name string) []string {
	folders := []string{"."}
	for i, c := range name {
		if c == '/' {
			folders = append(folders, name[:i])
		}
	}
	return folders
}

// ordinary reports whether a folder is neither a link nor another repository.
func (c checkout) ordinary(folder string) bool {
	if folder == "." {
		return true
	}
	info, err := os.Lstat(c.file(folder))
	return err == nil && info.IsDir() && !exists(c.file(path.Join(folder, ".git")))
}

func (c checkout) file(name string) string { return filepath.Join(c.root, filepath.FromSlash(name)) }

func exists(file string) bool {
	_, err := os.Lstat(file)
	return !errors.Is(err, fs.ErrNotExist)
}

// textBeside reads a file of rules, which is nil where there is none, and not ok where it is none to read.
func textBeside(file string) (text []byte, ok bool) {
	text, _, err := readSmall(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, true
	}
	return append([]byte{}, bytes.TrimPrefix(text, []byte("\ufeff"))...), err == nil
}

// smallFile reads a file of the work tree, with the mode git has for it.
func (c checkout) smallFile(name string) (filemode.FileMode, []byte, bool) {
	content, perm, err := readSmall(c.file(name))
	mode := filemode.Regular
	if perm&0o100 != 0 {
		mode = filemode.Executable
	}
	return mode, content, err == nil
}

var errNotSmall = errors.New("not a small file")

// readSmall reads a regular file that is no link and of at most asIsAtMost bytes.
func readSmall(file string) ([]byte, fs.FileMode, error) {
	named, err := os.Lstat(file)
	if err != nil || !named.Mode().IsRegular() {
		return nil, 0, errors.Join(err, errNotSmall)
	}
	in, err := os.Open(file)
	if err != nil {
		return nil, 0, err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil || !os.SameFile(named, info) || info.Size() > asIsAtMost {
		return nil, 0, errors.Join(err, errNotSmall)
	}
	content := make([]byte, info.Size()+1)
	n, err := io.ReadFull(in, content)
	if err == nil || n != int(info.Size()) { // it grows or shrinks
		return nil, 0, errNotSmall
	}
	if n > 0 && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, 0, err
	}
	return content[:n], info.Mode(), nil
}

// harmless reports whether attributes leave a content as it is, whatever file they are for. Those of gitattributes(5) that
// turn line endings change nothing where there is no carriage return.
func harmless(attributes, content []byte) bool {
	for _, word := range []string{"filter", "ident", "working-tree-encoding", "[attr]"} {
		if bytes.Contains(attributes, []byte(word)) {
			return false
		}
	}
	return len(bytes.TrimSpace(attributes)) == 0 || bytes.IndexByte(content, '\r') < 0
}

// mayIgnore reports whether a pattern of gitignore(5) may be for a file, or for a folder it lies in: there git refuses a
// tracked file, too. It looks at the last part of a pattern alone, and takes exceptions for rules.
func mayIgnore(rules []byte, name string, tracked bool) bool {
	parts := strings.Split(name, "/")
	if tracked {
		parts = parts[:len(parts)-1]
	}
	for line := range strings.Lines(string(rules)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		pattern := strings.TrimRight(strings.TrimRight(line, "\r\n\t "), "/")
		pattern = strings.TrimPrefix(pattern[strings.LastIndexByte(pattern, '/')+1:], "!")
		if strings.ContainsAny(pattern, `[\`) || slices.ContainsFunc(parts, func(part string) bool {
			matched, err := path.Match(pattern, part)
			return matched || err != nil
		}) {
			return true
		}
	}
	return false
}
