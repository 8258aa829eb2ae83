package process

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func newFiles(t testing.TB) Files {
	t.Helper()
	f, err := NewFiles(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestOutputFilesReadAsGitHubsRunnerReadsThem(t *testing.T) {
	tests := []struct {
		name, text string
		want       map[string]string
		err        string
	}{
		{"nothing", "", map[string]string{}, ""},
		{"a value", "MY_KEY=MY VALUE\n", map[string]string{"MY_KEY": "MY VALUE"}, ""},
		{"a value without the last newline", "a=1\nb=2", map[string]string{"a": "1", "b": "2"}, ""},
		{"empty lines", "\na=1\n\nb=2\n\n", map[string]string{"a": "1", "b": "2"}, ""},
		{"an empty value", "a=\n", map[string]string{"a": ""}, ""},
		{"more equal signs", "a==abc\nb=def=ghi\nc=jkl=\n", map[string]string{"a": "=abc", "b": "def=ghi", "c": "jkl="}, ""},
		{"a value with <<", "a=abc << def\n", map[string]string{"a": "abc << def"}, ""},
		{"nothing is trimmed", " a = b \n", map[string]string{" a ": " b "}, ""},
		{"no comments", "# note=x\n", map[string]string{"# note": "x"}, ""},
		{"the last one wins", "a=1\na=2\n", map[string]string{"a": "2"}, ""},
		{"a byte order mark", "\ufeffa=1\n", map[string]string{"a": "1"}, ""},
		{"what is not UTF-8", "a=\xff\xfe1\n", map[string]string{"a": "\ufffd1"}, ""},
		{"a block", "a<<EOF\nline one\nline two\nEOF\n", map[string]string{"a": "line one\nline two"}, ""},
		{"an empty block", "a<<EOF\nEOF\n", map[string]string{"a": ""}, ""},
		{"a block with empty lines", "a<<EOF\nhello\n\nthree\n\nEOF\n", map[string]string{"a": "hello\n\nthree\n"}, ""},
		{"a block of one empty line", "a<<EOF\n\n\nEOF\n", map[string]string{"a": "\n"}, ""},
		{"a block that holds assignments", "a<<EOF\nb=1\nc<<X\nEOF\nd=2\n", map[string]string{"a": "b=1\nc<<X", "d": "2"}, ""},
		{"a block that nearly ends", "a<<EOF\n EOF\nEOF EOF\nEOFx\nEOF\n", map[string]string{"a": " EOF\nEOF EOF\nEOFx"}, ""},
		{"a block whose delimiter ends the file", "a<<EOF\nx\nEOF", map[string]string{"a": "x"}, ""},
		{"a delimiter with =", "a<<=EOF=\nabc\n=EOF=\n", map[string]string{"a": "abc"}, ""},
		{"a name with a space", "a <<EOF\nabc\nEOF\n", map[string]string{"a ": "abc"}, ""},

		// What an attacker puts into a value that a step writes without a block, or with a guessed delimiter.
		{"injected into a value", "title=x\ninjected=y\n", map[string]string{"title": "x", "injected": "y"}, ""},
		{"injected into a block with a guessed delimiter", "t<<EOF\nx\nEOF\ninjected=y\nz<<EOF\nEOF\n", map[string]string{"t": "x", "injected": "y", "z": ""}, ""},
		{"injected into a block with a random delimiter", "t<<ghadelimiter_1f3\nx\nEOF\ninjected=y\nghadelimiter_1f3\n", map[string]string{"t": "x\nEOF\ninjected=y"}, ""},
		{"an = injected before the delimiter", "p_a `=` b<<khkIhPxsVA==\ndata\nkhkIhPxsVA==\n", nil, "GITHUB_OUTPUT line 2: neither name=value nor name<<DELIMITER"},

		{"a line that is neither", "a=1\nplain s3cret\n", nil, "GITHUB_OUTPUT line 2: neither name=value nor name<<DELIMITER"},
		{"no name", "=x\n", nil, "GITHUB_OUTPUT line 1: there is no name before ="},
		{"no name before the block", "<<EOF\nEOF\n", nil, "GITHUB_OUTPUT line 1: name<<DELIMITER needs a name and a delimiter"},
		{"no delimiter", "a=1\n\nb<<\n\n", nil, "GITHUB_OUTPUT line 3: name<<DELIMITER needs a name and a delimiter"},
		{"a block without end", "a<<EOF\nx\n", nil, "GITHUB_OUTPUT line 1: the block that begins here has no line with its delimiter alone"},
		{"a delimiter joined to the last line", "a<<EOF\nxEOF", nil, "GITHUB_OUTPUT line 1: the block that begins here"},
		{"too much", "a=" + strings.Repeat("x", maxFile), nil, "GITHUB_OUTPUT: larger than 1024 KiB"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFiles(t)
			write(t, f.Output, test.text, 0o600)
			effects, err := f.Read()
			checkError(t, err, test.err)
			if diff := cmp.Diff(test.want, effects.Outputs); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if err != nil && strings.Contains(err.Error(), "s3cret") {
				t.Errorf("the error quotes the file: %v", err)
			}
		})
	}
}

func write(t testing.TB, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// checkError wants no error for "", else one that contains want.
func checkError(t testing.TB, err error, want string) {
	t.Helper()
	switch {
	case err == nil && want != "":
		t.Errorf("no error, want …%s…", want)
	case err != nil && (want == "" || !strings.Contains(err.Error(), want)):
		t.Errorf("error %v, want …%s…", err, want)
	}
}

func TestCarriageReturnsCountOnlyOnWindows(t *testing.T) {
	f := newFiles(t)
	write(t, f.Output, "a=1\r\nb<<EOF\r\nx\r\ny\r\nEOF\r\n", 0o600)
	effects, err := f.Read()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"a": "1\r", "b": "x\r\ny\r"}
	if runtime.GOOS == "windows" {
		want = map[string]string{"a": "1", "b": "x\r\ny"}
	}
	if diff := cmp.Diff(want, effects.Outputs); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestAllEffectsOfAStep(t *testing.T) {
	f := newFiles(t)
	write(t, f.Output, "sha=abc\n", 0o600)
	write(t, f.Env, "APP=shop\nLD_PRELOAD=/evil.so\nnode_options=--require x\nGOFLAGS=-mod=mod\nPATH=/evil\nNUL=a\x00b\n", 0o600)
	write(t, f.Path, "/one\n\n/two\r\n/one\n", 0o600)
	write(t, f.Summary, "# Fine\n", 0o600)
	got, err := f.Read()
	if err != nil {
		t.Fatal(err)
	}
	want := Effects{
		Outputs: map[string]string{"sha": "abc"},
		Env:     map[string]string{"APP": "shop", "GOFLAGS": "-mod=mod"},
		Path:    []string{"/two", "/one"},
		Summary: "# Fine\n",
		Refused: []*FileError{
			{File: "GITHUB_ENV", Line: 2, Problem: `"LD_PRELOAD" can't be set for later steps: it makes every program load or run code`},
			{File: "GITHUB_ENV", Line: 3, Problem: `"node_options" can't be set for later steps: it makes every program load or run code`},
			{File: "GITHUB_ENV", Line: 5, Problem: `"PATH" can't be set for later steps: write the folder to GITHUB_PATH instead`},
			{File: "GITHUB_ENV", Line: 6, Problem: `"NUL" contains a NUL byte and was left out`},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestEveryRefusedNameIsRefused(t *testing.T) {
	for _, name := range []string{
		"LD_LIBRARY_PATH", "DYLD_INSERT_LIBRARIES", "GIT_SSH_COMMAND", "NODE_OPTIONS", "BASH_ENV", "ENV", "SHELLOPTS",
		"BASH_FUNC_ls%%", "BELAY_TOKEN", "GITHUB_ACTIONS", "RUNNER_TEMP", "ACTIONS_RUNTIME_TOKEN", "INPUT_TOKEN", "Path",
	} {
		if refuseEnv(pair{name: name}) == "" {
			t.Errorf("%s is let through", name)
		}
	}
	for _, name := range []string{"ENVIRONMENT", "LDFLAGS", "GITLAB", "MY_GIT_DIR", "PATHS", "PYTHONPATH"} {
		if problem := refuseEnv(pair{name: name}); problem != "" {
			t.Errorf("%s", problem)
		}
	}
}

func TestALargeSummaryIsLeftOut(t *testing.T) {
	f := newFiles(t)
	write(t, f.Output, "a=1\n", 0o600)
	write(t, f.Summary, strings.Repeat("x", maxFile+1), 0o600)
	got, err := f.Read()
	if err != nil || got.Summary != "" || len(got.Refused) != 1 || got.Outputs["a"] != "1" {
		t.Errorf("got %d bytes, refused %v, %v", len(got.Summary), got.Refused, err)
	}
}

func TestDeletedFilesAreEmpty(t *testing.T) {
	f := newFiles(t)
	if err := f.Remove(); err != nil {
		t.Fatal(err)
	}
	got, err := f.Read()
	if diff := cmp.Diff(Effects{}, got, cmpopts.EquateEmpty()); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestFilesArePrivateAndNamedTwice(t *testing.T) {
	f := newFiles(t)
	if runtime.GOOS != "windows" {
		for path, want := range map[string]os.FileMode{f.Dir: 0o700, f.Output: 0o600, f.Env: 0o600, f.Path: 0o600, f.Summary: 0o600} {
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: %v, %v", path, info.Mode(), err)
			}
		}
	}
	if _, err := os.Stat(f.Error); !errors.Is(err, os.ErrNotExist) {
		t.Error("an error file is there before the step failed")
	}
	env := f.Environ()
	for name, path := range map[string]string{"OUTPUT": f.Output, "ENV": f.Env, "PATH": f.Path, "STEP_SUMMARY": f.Summary} {
		if LookupEnv(env, "GITHUB_"+name) != path || LookupEnv(env, "BELAY_"+name) != path {
			t.Errorf("%s is missing in %q", name, env)
		}
	}
	if LookupEnv(env, "BELAY_ERROR") != f.Error {
		t.Errorf("BELAY_ERROR is missing in %q", env)
	}
	if _, err := NewFiles(filepath.Join(f.Dir, "gone")); err == nil {
		t.Error("no error for a missing folder")
	}
}

func FuzzPairs(f *testing.F) {
	f.Add("a=1\nb<<EOF\nx\nEOF\n")
	f.Add("a<<b<<c\n\nb<<c\n")
	f.Fuzz(func(t *testing.T, text string) {
		pairs, err := parsePairs("F", text)
		if err != nil {
			return
		}
		// Written as blocks, whose delimiter is no line of the text, the pairs read back.
		delimiter := "d" + strings.Repeat("x", len(text)+1)
		var again strings.Builder
		for _, p := range pairs {
			if strings.Contains(p.name, "=") || strings.Contains(p.name, "<<") || strings.HasSuffix(p.name, "<") {
				return
			}
			body := p.value + "\n"
			if p.value == "" {
				body = ""
			}
			again.WriteString(p.name + "<<" + delimiter + "\n" + body + delimiter + "\n")
		}
		got, err := parsePairs("F", again.String())
		if err != nil || len(got) != len(pairs) {
			t.Fatalf("%q: %v", again.String(), err)
		}
		for i := range got {
			if got[i].name != pairs[i].name || got[i].value != pairs[i].value {
				t.Fatalf("got %+v, want %+v", got[i], pairs[i])
			}
		}
	})
}
