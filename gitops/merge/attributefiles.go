package merge

import (
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// attributeReader collects the .gitattributes files on the way to some paths.
type attributeReader struct {
	merger
	paths   map[string]bool
	folders map[string]bool // those the paths are in
	names   []string        // attributes by which git merges or compares files, and the macros that set one
	drivers []string        // macros that ask for a driver of the user's own
	files   []Change
}

// attributeFiles returns the .gitattributes files of ours that may speak about paths. It is not ok where base, ours and
// theirs differ on what counts, or where one of the paths may be merged by a driver that git has not built in.
func attributeFiles(s Store, roots [3]plumbing.Hash, paths map[string]bool) (files []Change, ok bool, err error) {
	r := attributeReader{
		merger:  merger{store: s, attributes: map[plumbing.Hash][]attributeLine{}},
		paths:   paths,
		folders: map[string]bool{},
		names:   []string{"merge", "diff", "binary"},
	}
	for path := range paths {
		for i := strings.LastIndexByte(path, '/'); i >= 0; i = strings.LastIndexByte(path[:i], '/') {
			r.folders[path[:i]] = true
		}
	}
	ok, err = r.read("", roots)
	return r.files, ok, err
}

// read reads a folder and those of folders below it. It reports false where the attributes are in doubt.
func (r *attributeReader) read(folder string, trees [3]plumbing.Hash) (ok bool, err error) {
	var lists [3][]entry
	var found [3]entry
	var lines []attributeLine
	for i, id := range trees {
		if lists[i], err = readTree(r.store, id); err != nil {
			return false, err
		}
		found[i] = attributesOf(lists[i])
		more, err := r.attributeLines(lists[i])
		if err != nil {
			return false, err
		}
		lines = append(lines, more...)
	}
	if folder == "" { // git knows macros in the root folder only
		r.names, r.drivers = withMacros(r.names, lines), driverMacros(lines)
	}
	agree := found[0] == found[1] && found[1] == found[2]
	if slices.ContainsFunc(lines, func(line attributeLine) bool { return r.doubtful(folder, line, agree) }) {
		return false, nil
	}
	if found[1].exists() {
		path := below(folder, found[1].name)
		if checkPath(path) != nil {
			return false, nil
		}
		r.files = append(r.files, Change{path, found[1].mode, found[1].hash})
	}
	for name, row := range sideBySide(lists[0], lists[1], lists[2]) {
		path := below(folder, name)
		if !r.folders[path] {
			continue
		}
		if ok, err := r.read(path, [3]plumbing.Hash{row[0].tree(), row[1].tree(), row[2].tree()}); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

// doubtful reports whether a line leaves it open how git merges one of the paths. Agree says that all sides have it.
func (r *attributeReader) doubtful(folder string, line attributeLine, agree bool) bool {
	if !agree && (line.sets(r.names) || strings.HasPrefix(line.pattern, macro)) {
		return true
	}
	if !line.driver && !line.sets(r.drivers) {
		return false
	}
	for path := range r.paths {
		inside, ok := strings.CutPrefix(path, folder+"/")
		if folder == "" {
			inside, ok = path, true
		}
		if ok && line.matches(inside) {
			return true
		}
	}
	return false
}

// attributesOf returns the .gitattributes file of a folder, if it has one that git reads: it follows no symbolic link.
func attributesOf(tree []entry) entry {
	for _, e := range tree {
		if e.name == ".gitattributes" && e.file() {
			return e
		}
	}
	return entry{}
}

// driverMacros returns the macros that may ask for a driver which is not git's own.
func driverMacros(lines []attributeLine) []string {
	var names []string
	for _, line := range lines {
		if name, ok := strings.CutPrefix(line.pattern, macro); ok && line.driver {
			names = append(names, name)
		}
	}
	return withMacros(names, lines)
}

// ownDriver reports whether a setting asks for a merge driver that git has not built in.
func ownDriver(setting string) bool {
	name, ok := strings.CutPrefix(setting, "merge=")
	return ok && !slices.Contains([]string{"text", "binary", "union"}, name)
}
