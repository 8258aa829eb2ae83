package spec

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/belay-ci/belay/internal/source"
)

// FuzzSteps and FuzzPolicy look for a file that makes reading panic, puts a diagnostic outside of the file, or
// is told differently the second time.
func FuzzSteps(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		file := source.File{Name: "f", Data: data}
		tree := fstest.MapFS{"dir/f": {Data: data}, "dir/child.yml": {Data: []byte("version: 1\ninputs: { a: }\nsteps: [{ run: b }]\n")}, "other.yml": {Data: data}}
		s, problems := ReadStepsIn(tree, "dir/f", file, testBuiltins())
		again, same := ReadStepsIn(tree, "dir/f", file, testBuiltins())
		checkDiagnostics(t, file, problems, same)
		if (s == nil) != (again == nil) || s == nil && !problems.HasErrors() {
			t.Error("a file that is not read must have an error")
		}
		if p, _ := ReadPolicy(source.File{Name: "p", Data: []byte("version: 1\nroutes: [{ to: a }, { retry: {} }]\n")}, nil); s != nil {
			Check(s, p)
		}
	})
}

func FuzzPolicy(f *testing.F) {
	seed(f)
	steps, _ := ReadSteps(source.File{Name: "s", Data: []byte("version: 1\nsteps: [{ run: a, idempotent: false }]\n")}, nil)
	f.Fuzz(func(t *testing.T, data []byte) {
		file := source.File{Name: "f", Data: data}
		p, problems := ReadPolicy(file, testBuiltins())
		again, same := ReadPolicy(file, testBuiltins())
		checkDiagnostics(t, file, problems, same)
		if (p == nil) != (again == nil) || p == nil && !problems.HasErrors() {
			t.Error("a file that is not read must have an error")
		}
		if p != nil {
			Check(steps, p)
		}
	})
}

func seed(f *testing.F) {
	f.Helper()
	for _, folder := range []string{"err", "ok"} {
		names, err := filepath.Glob(filepath.Join(testdata, folder, "*.yml"))
		if err != nil || len(names) == 0 {
			f.Fatal(err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
}

func checkDiagnostics(t *testing.T, f source.File, problems, same source.Diagnostics) {
	t.Helper()
	if !reflect.DeepEqual(problems, same) {
		t.Errorf("two readings say different things:\n%s\n%s", problems.Render(f), same.Render(f))
	}
	lines := strings.Split(strings.ReplaceAll(string(f.Data), "\r\n", "\n"), "\n")
	for _, d := range problems {
		if d.File != f.Name && d.Message != "" && d.Rule != "" {
			continue // of a file it runs
		}
		if d.Line < 1 || d.Line > len(lines) || d.Col < 1 || d.Col > len([]rune(lines[d.Line-1]))+1 {
			t.Errorf("outside of the file: %v", d)
		}
		if d.File != f.Name || d.Message == "" || d.Rule == "" {
			t.Errorf("not a whole diagnostic: %+v", d)
		}
	}
	problems.Render(f)
}
