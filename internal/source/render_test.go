package source

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheCaretStandsUnderItsPlace(t *testing.T) {
	long := strings.Repeat("x", 300)
	for name, c := range map[string]struct {
		line string
		col  int
		want string
	}{
		"plain":                {"a: b", 4, "    1 | a: b\n      |    ^\n"},
		"tabs":                 {"\ta:\tb", 5, "    1 | \ta:\tb\n      | \t  \t^\n"},
		"wide characters":      {"日本: é", 5, "    1 | 日本: é\n      |       ^\n"},
		"marks have no width":  {"e\u0301: b", 5, "    1 | e\u0301: b\n      |    ^\n"},
		"past the end":         {"a:", 3, "    1 | a:\n      |   ^\n"},
		"far past the end":     {"a:", 30, "    1 | a:\n      |   ^\n"},
		"control characters":   {"a\x1b[2Jb\u202e", 6, "    1 | a\ufffd[2Jb\ufffd\n      |      ^\n"},
		"a long line":          {long, 150, "    1 | …" + long[:100] + "…\n      | " + strings.Repeat(" ", 51) + "^\n"},
		"a long line's start":  {long, 2, "    1 | " + long[:100] + "…\n      |  ^\n"},
		"the end of a long it": {long, 300, "    1 | …" + long[:51] + "\n      | " + strings.Repeat(" ", 51) + "^\n"},
	} {
		d := Diagnostics{{File: "f", Pos: Pos{1, c.col}, Message: "m", Rule: "r"}}
		_, got, _ := strings.Cut(d.Render(File{Name: "f", Data: []byte(c.line)}), "\n")
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestDiagnosticsAreSortedAndToldOnce(t *testing.T) {
	ds := Diagnostics{
		{File: "b", Pos: Pos{1, 1}, Message: "last", Rule: "r"},
		{File: "a", Pos: Pos{2, 1}, Message: "third", Rule: "r", Warning: true},
		{File: "a", Pos: Pos{1, 9}, Message: "second", Rule: "r"},
		{File: "a", Pos: Pos{1, 2}, Message: "first", Rule: "r"},
		{File: "a", Pos: Pos{1, 9}, Message: "second", Rule: "r"},
	}
	const want = "a:1:2: first [r]\na:1:9: second [r]\na:2:1: warning: third [r]\nb:1:1: last [r]\n"
	if diff := cmp.Diff(want, ds.Render()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !ds.HasErrors() || ds[1:2].HasErrors() {
		t.Error("a warning is no error, and everything else is")
	}
}
