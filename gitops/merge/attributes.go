package merge

import (
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// attributeFolder is a folder on the way to a path, as base, ours and theirs have it.
type attributeFolder struct {
	path  string
	trees [3][]entry
}

// attributeLine is one line of a .gitattributes file: a pattern, or a macro "[attr]name", and the names it sets.
type attributeLine struct {
	pattern string
	names   []string
	driver  bool // one of them asks for a merge driver that git has not built in
}

const macro = "[attr]"

// attribute reports whether a .gitattributes file of base, ours or theirs, in the path's folder or above, may say how
// to merge path (see gitattributes(5)). Git takes its attributes from the work tree or the index, where any of the
// three may be. So this errs towards yes: letter case is ignored, wildcards match anything, and a later line does not
// undo an earlier one. Only `merge` and the macros that set it, like `binary`, change what git merges.
func (m *merger) attribute(path string) (bool, error) {
	names := []string{"merge", "binary"}
	for i, folder := range m.folders {
		var lines []attributeLine
		for _, tree := range folder.trees {
			more, err := m.attributeLines(tree)
			if err != nil {
				return false, err
			}
			lines = append(lines, more...)
		}
		if i == 0 { // git knows macros in the root folder only
			names = withMacros(names, lines)
		}
		for _, line := range lines {
			if line.sets(names) && line.matches(strings.TrimPrefix(path, folder.path+"/")) {
				return true, nil
			}
		}
	}
	return false, nil
}

// attributeLines reads the .gitattributes file of a folder. Git does not follow one that is a symbolic link.
func (m *merger) attributeLines(tree []entry) ([]attributeLine, error) {
	i, ok := slices.BinarySearchFunc(tree, ".gitattributes", func(e entry, name string) int { return strings.Compare(e.name, name) })
	if !ok || !tree[i].file() {
		return nil, nil
	}
	id := tree[i].hash
	if lines, ok := m.attributes[id]; ok {
		return lines, nil
	}
	text, err := readObject(m.store, plumbing.BlobObject, id)
	if err != nil {
		return nil, err
	}
	lines := parseAttributes(string(text))
	m.attributes[id] = lines
	return lines, nil
}

func parseAttributes(text string) []attributeLine {
	var lines []attributeLine
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		line = strings.TrimSpace(line)
		end := strings.IndexAny(line, " \t")
		if end < 0 || strings.HasPrefix(line, "#") {
			continue
		}
		a := attributeLine{pattern: line[:end]}
		if strings.HasPrefix(line, `"`) { // a quoted pattern may hold spaces: let it match everything
			a.pattern = "*"
			end = 0
		}
		for _, name := range strings.Fields(line[end:]) {
			a.driver = a.driver || ownDriver(name)
			name, _, _ = strings.Cut(strings.TrimLeft(name, "-!"), "=")
			a.names = append(a.names, name)
		}
		lines = append(lines, a)
	}
	return lines
}

// withMacros adds to names the macros that set one of them, also by way of another macro.
func withMacros(names []string, lines []attributeLine) []string {
	for grown := true; grown; {
		grown = false
		for _, line := range lines {
			name, ok := strings.CutPrefix(line.pattern, macro)
			if ok && line.sets(names) && !slices.Contains(names, name) {
				names, grown = append(names, name), true
			}
		}
	}
	return names
}

func (a attributeLine) sets(names []string) bool {
	return slices.ContainsFunc(a.names, func(name string) bool { return slices.Contains(names, name) })
}

// matches reports whether the pattern may match path, which is relative to the pattern's folder.
func (a attributeLine) matches(path string) bool {
	pattern := strings.ToLower(a.pattern)
	path = strings.ToLower(path)
	switch {
	case strings.HasPrefix(pattern, macro):
		return false
	case strings.ContainsAny(pattern, `[\`):
		return true
	case !strings.Contains(pattern, "/"):
		path = path[strings.LastIndexByte(path, '/')+1:]
	}
	// A star stands for any bytes here, so it stands in for every other wildcard.
	pattern = strings.NewReplacer("**/", "*", "?", "*").Replace(strings.TrimPrefix(pattern, "/"))
	return glob(pattern, path)
}

// glob matches a pattern whose stars each stand for any bytes.
func glob(pattern, text string) bool {
	start, pattern, starred := strings.Cut(pattern, "*")
	text, ok := strings.CutPrefix(text, start)
	if !ok || !starred {
		return ok && text == ""
	}
	parts := strings.Split(pattern, "*")
	for _, part := range parts[:len(parts)-1] {
		if _, text, ok = strings.Cut(text, part); !ok {
			return false
		}
	}
	return strings.HasSuffix(text, parts[len(parts)-1])
}
