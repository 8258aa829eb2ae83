package source

import (
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// hostile returns files of 1 MiB made to be expensive.
func hostile() map[string]string {
	const size = 1 << 20
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	bomb := "a0: &a0 [x]\n"
	for i := 1; i < 60; i++ {
		was := strconv.Itoa(i - 1)
		bomb += "a" + strconv.Itoa(i) + ": &a" + strconv.Itoa(i) + " [*a" + was + ", *a" + was + "]\n"
	}
	flat, deep := strings.Builder{}, strings.Builder{}
	for i := 0; flat.Len() < size-20; i++ {
		flat.WriteString("key-" + strconv.Itoa(i) + ": v\n")
	}
	for i := 0; deep.Len() < size-2000; i++ {
		deep.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return map[string]string{
		"brackets":             fill("["),
		"braces":               fill("{a: "),
		"dashes":               fill("- "),
		"deep mapping":         deep.String(),
		"alias bomb":           bomb + "# " + strings.Repeat("x", size-len(bomb)-2),
		"aliases":              "a: &a [" + strings.Repeat("x,", 1000) + "]\nb: [" + fill("*a,")[:size-3000],
		"huge list":            fill("- a\n"),
		"huge list of steps":   fill("- run: make\n"),
		"huge mapping":         flat.String(),
		"huge list, one line":  "[" + fill("a,")[:size-2] + "]",
		"empty items":          fill("-\n"),
		"huge line":            "a: " + strings.Repeat("x", size-4),
		"huge quoted line":     "a: \"" + strings.Repeat("\t", size-6) + "\"",
		"escapes":              "a: \"" + fill("\\n")[:size-6] + "\"",
		"huge block":           "a: |\n" + fill("  x\n")[:size-5],
		"huge folded block":    "a: >\n" + fill("  x\n\n")[:size-5],
		"text over many lines": "a:\n" + fill("  x\n")[:size-40] + "\nb: c: d",
		"colons":               fill(": "),
		"question marks":       fill("? "),
		"anchors":              fill("&a "),
		"tags":                 fill("!a "),
		"quotes":               fill("\"\" "),
		"unclosed quotes":      fill("- \"a\n"),
		"documents":            fill("---\n"),
		"blank lines":          "a: b" + fill("\n")[:size-5] + "?",
		"comments":             fill("#\n")[:size-2] + "?",
		"too large":            strings.Repeat("x", size+1),
	}
}

// tooLong tells work that grows faster than the file from a machine that is busy: on a quiet one no file takes a
// quarter of a second.
const tooLong = 10 * time.Second

func TestAHostileFileIsCheapToRefuse(t *testing.T) {
	files := hostile()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f := File{Name: "f", Data: []byte(files[name])}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		_, problems := Parse(f)
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		if len(problems) == 0 {
			t.Errorf("%s: nothing is said", name)
			continue
		}
		if len(problems) > maxProblems+1 {
			t.Errorf("%s: %d diagnostics", name, len(problems))
		}
		if took > tooLong {
			t.Errorf("%s took %v", name, took)
		}
		if total := after.TotalAlloc - before.TotalAlloc; total > 64<<20 {
			t.Errorf("%s allocated %d MiB", name, total>>20)
		}
		t.Logf("%-20s %8v %3d MiB  %s", name, took.Round(time.Millisecond), (after.TotalAlloc-before.TotalAlloc)>>20, problems[0].Message)
	}
}
