package house

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/belay-ci/belay"

func TestEveryImportStaysInTheHouse(t *testing.T) {
	for _, f := range sources(t) {
		for _, imported := range f.imports {
			if strings.HasPrefix(imported, module+"/") {
				checkLayer(t, f, strings.TrimPrefix(imported, module+"/"))
			} else if strings.Contains(strings.Split(imported, "/")[0], ".") {
				checkOwner(t, f, imported)
			}
			if f.pkg == "policy" && !pure[imported] && !slices.Contains(Everywhere, strings.TrimPrefix(imported, module+"/")) {
				t.Errorf("%s imports %s: policy is pure, see docs/ARCHITECTURE.md", f.path, imported)
			}
		}
	}
}

// pure is what the policy may use: nothing that reads a clock, draws a number, or touches the world.
// It uses package time for durations only.
var pure = map[string]bool{
	"cmp": true, "errors": true, "fmt": true, "maps": true, "math": true, "regexp": true, "slices": true,
	"sort": true, "strconv": true, "strings": true, "time": true, "unicode": true, "unicode/utf8": true, "iter": true,
}

func checkLayer(t *testing.T, f file, imported string) {
	t.Helper()
	for _, layer := range Layers {
		if !covers(layer.Package, f.pkg) {
			continue
		}
		if !slices.Contains(Everywhere, imported) && !slices.ContainsFunc(layer.May, func(may string) bool { return covers(may, imported) }) {
			t.Errorf("%s imports %s: package %s may import %v", f.path, imported, f.pkg, layer.May)
		}
		return
	}
	t.Errorf("%s: package %s has no line in the import table", f.path, f.pkg)
}

func checkOwner(t *testing.T, f file, imported string) {
	t.Helper()
	for _, owner := range Owners {
		if imported == owner.Library || strings.HasPrefix(imported, owner.Library+"/") {
			if !slices.Contains(owner.Packages, f.pkg) {
				t.Errorf("%s imports %s: that library belongs to %v", f.path, imported, owner.Packages)
			}
			return
		}
	}
	t.Errorf("%s imports %s: no package owns that library", f.path, imported)
}

func covers(pattern, pkg string) bool {
	if below, ok := strings.CutSuffix(pattern, "/..."); ok {
		return pkg == below || strings.HasPrefix(pkg, below+"/")
	}
	return pattern == pkg
}

type file struct {
	path, pkg string
	imports   []string
}

// sources reads the imports of every Go file of the module that is not a test.
func sources(t *testing.T) []file {
	t.Helper()
	root := filepath.Join("..", "..")
	var files []file
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := d.Name(); base == "testdata" || base == "bench" || strings.HasPrefix(base, ".") && base != ".." {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		f := file{path: filepath.ToSlash(rel), pkg: path.Dir(filepath.ToSlash(rel))}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			f.imports = append(f.imports, imported)
		}
		files = append(files, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("found no source file")
	}
	return files
}
