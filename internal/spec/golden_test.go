package spec

import (
	"cmp"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/belay-ci/belay/internal/source"
	gocmp "github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the goldens of testdata/spec")

const testdata = "../../testdata/spec"

// testBuiltins stand in for the runner's.
func testBuiltins() []Builtin {
	return []Builtin{
		{Name: "land", With: []source.Key{
			{Name: "branch", Type: source.TypeText, Required: true, Example: "main"},
			{Name: "paths", Type: source.TypeWords},
			{Name: "message", Type: source.TypeText},
			{Name: "structured-merge", Type: source.TypeBool},
		}},
		{Name: "edit", With: []source.Key{
			{Name: "file", Type: source.TypeText, Required: true},
			{Name: "set", Type: source.TypeMapping},
		}},
		{Name: "http", With: []source.Key{
			{Name: "url", Type: source.TypeText, Required: true},
			{Name: "retries", Type: source.TypeInt},
		}},
		{Name: "open-pull-request", With: []source.Key{
			{Name: "title", Type: source.TypeText, Required: true},
			{Name: "draft", Type: source.TypeBool},
			{Name: "labels", Type: source.TypeWords},
		}},
	}
}

// files lists the files of a folder of testdata, those that go with another one left out.
func files(t *testing.T, folder string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(testdata, folder, "*.yml"))
	if err != nil || len(all) == 0 {
		t.Fatalf("found no files in %s: %v", folder, err)
	}
	var files []string
	for _, name := range all {
		if !strings.HasSuffix(name, ".policy.yml") {
			files = append(files, name)
		}
	}
	return files
}

func read(t *testing.T, name string) source.File {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return source.File{Name: filepath.Base(name), Data: data}
}

// diagnose reads a file as what its name says it is: policy-*.yml is a policy, check-*.yml a steps file beside
// its check-*.policy.yml, and all others are steps files. The files they run are in the folder child.
func diagnose(t *testing.T, name string) string {
	t.Helper()
	f := read(t, name)
	folder := os.DirFS(filepath.Dir(name))
	switch {
	case strings.HasPrefix(f.Name, "policy-"):
		policy, problems := ReadPolicyIn(folder, f.Name, f, testBuiltins())
		if policy == nil {
			return problems.Render(f)
		}
		return problems.Render(append(policy.Files, f)...)
	case strings.HasPrefix(f.Name, "check-"):
		beside := read(t, strings.TrimSuffix(name, ".yml")+".policy.yml")
		steps, problems := ReadStepsIn(folder, f.Name, f, testBuiltins())
		policy, more := ReadPolicyIn(folder, beside.Name, beside, testBuiltins())
		problems = append(append(problems, more...), Check(steps, policy)...)
		return problems.Render(append(steps.Files, f, beside)...)
	}
	steps, problems := ReadStepsIn(folder, f.Name, f, testBuiltins())
	if steps == nil {
		return problems.Render(f)
	}
	return problems.Render(append(steps.Files, f)...)
}

func TestEveryMistakeIsTold(t *testing.T) {
	found := files(t, "err")
	if len(found) < 300 {
		t.Errorf("there are %d files of mistakes; 300 were promised", len(found))
	}
	for _, name := range found {
		t.Run(filepath.Base(name), func(t *testing.T) {
			got := diagnose(t, name)
			if got == "" {
				t.Error("nothing is said about this file")
			}
			golden := strings.TrimSuffix(name, ".yml") + ".out"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(string(want), got); diff != "" {
				t.Errorf("run with -update when this is meant (-want +got):\n%s", diff)
			}
		})
	}
}

// place is where the first line of a diagnostic says that it is.
var place = regexp.MustCompile(`(?m)^([^\s:]+\.yml):([0-9]+):([0-9]+): `)

func TestMistakesAreToldInTheOrderOfTheFile(t *testing.T) {
	for _, name := range files(t, "err") {
		golden, err := os.ReadFile(strings.TrimSuffix(name, ".yml") + ".out")
		if err != nil {
			t.Fatal(err)
		}
		type at struct {
			file      string
			line, col int
		}
		var places []at
		for _, m := range place.FindAllStringSubmatch(string(golden), -1) {
			line, _ := strconv.Atoi(m[2])
			col, _ := strconv.Atoi(m[3])
			places = append(places, at{m[1], line, col})
		}
		inOrder := slices.IsSortedFunc(places, func(a, b at) int {
			return cmp.Or(strings.Compare(a.file, b.file), a.line-b.line, a.col-b.col)
		})
		if len(places) == 0 || !inOrder {
			t.Errorf("%s: %v", filepath.Base(name), places)
		}
	}
}

func TestNothingIsSaidOfWhatIsRight(t *testing.T) {
	for _, name := range files(t, "ok") {
		if got := diagnose(t, name); got != "" {
			t.Errorf("%s:\n%s", name, got)
		}
	}
}
