package house

import (
	"errors"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Patterns are compiled when they are used first, see internal/pattern: a bad one would be found by whoever needs it. So
// all of the tree are compiled here.
func TestEveryPatternCompiles(t *testing.T) {
	found := 0
	for pkg, files := range parsed(t) {
		for call, text := range patterns(pkg, files) {
			found++
			if text == nil {
				t.Errorf("%s: what pattern.New takes must be a constant, so that it can be tried here", files.at(call))
			} else if _, err := regexp.Compile(*text); err != nil {
				t.Errorf("%s: %v", files.at(call), err)
			}
		}
	}
	if found < 30 {
		t.Errorf("found %d patterns: this test no longer sees them", found)
	}
}

func TestNoPackageVariableIsAnExpressionCompiledAtTheStart(t *testing.T) {
	for pkg, files := range parsed(t) {
		if strings.HasSuffix(pkg, "test") { // gittest and forgetest are no part of belay
			continue
		}
		for _, f := range files.list {
			for _, decl := range f.Decls {
				gen, ok := decl.(*ast.GenDecl)
				if !ok || gen.Tok != token.VAR {
					continue
				}
				for _, call := range calls(gen, "regexp", "MustCompile") {
					t.Errorf("%s: this is compiled whenever belay starts; pattern.New compiles it when it is used first", files.at(call))
				}
			}
		}
	}
}

func TestABadPatternIsSeen(t *testing.T) {
	files := sourceFiles{set: token.NewFileSet()}
	f, err := parser.ParseFile(files.set, "p.go", "package p\n"+
		"import \"github.com/belay-ci/belay/internal/pattern\"\n"+
		"const word = `[a-z`\n"+
		"var bad, unknown = pattern.New(`^` + word), pattern.New(word[1:])\n", 0)
	if err != nil {
		t.Fatal(err)
	}
	files.list = []*ast.File{f}
	var bad, unknown int
	for _, text := range patterns("p", files) {
		if text == nil {
			unknown++
		} else if *text == "^[a-z" {
			bad++
		}
	}
	if bad != 1 || unknown != 1 {
		t.Errorf("got %d bad patterns and %d that are not constant, want one of each", bad, unknown)
	}
}

// sourceFiles are the files of one package that are no tests.
type sourceFiles struct {
	set  *token.FileSet
	list []*ast.File
}

func (s sourceFiles) at(n ast.Node) string { return s.set.Position(n.Pos()).String() }

// parsed reads the packages of the module.
func parsed(t *testing.T) map[string]sourceFiles {
	t.Helper()
	packages, set := map[string]sourceFiles{}, token.NewFileSet()
	for _, f := range sources(t) {
		read, err := parser.ParseFile(set, filepath.Join("..", "..", filepath.FromSlash(f.path)), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		packages[f.pkg] = sourceFiles{set: set, list: append(packages[f.pkg].list, read)}
	}
	return packages
}

// patterns returns the calls of pattern.New in a package with what they are given, nil for what is no constant. Only the
// package's own constants are known, so the types of all else are wrong, and nobody looks at them.
func patterns(pkg string, files sourceFiles) map[*ast.CallExpr]*string {
	var all []*ast.CallExpr
	for _, f := range files.list {
		all = append(all, calls(f, "pattern", "New")...)
	}
	if len(all) == 0 {
		return nil
	}
	info := types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	alone := types.Config{Importer: nothing{}, Error: func(error) {}, IgnoreFuncBodies: true}
	_, _ = alone.Check(pkg, files.set, files.list, &info)
	texts := map[*ast.CallExpr]*string{}
	for _, call := range all {
		texts[call] = nil
		if v := info.Types[call.Args[0]].Value; v != nil && v.Kind() == constant.String {
			text := constant.StringVal(v)
			texts[call] = &text
		}
	}
	return texts
}

type nothing struct{}

func (nothing) Import(string) (*types.Package, error) { return nil, errors.New("not looked at") }

// calls returns the calls of one function of another package in a piece of source.
func calls(in ast.Node, pkg, name string) []*ast.CallExpr {
	var found []*ast.CallExpr
	ast.Inspect(in, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if f, ok := call.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == name {
			if x, ok := f.X.(*ast.Ident); ok && x.Name == pkg {
				found = append(found, call)
			}
		}
		return true
	})
	return found
}
