package merge

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

func TestLines(t *testing.T) {
	for _, c := range []struct {
		name, base, ours, theirs string
		want                     string // "!" for a refusal
	}{
		{"changes with a line between them are merged", "a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n", "A\nb\nC\n"},
		{"changes to neighbouring lines are refused", "a\nb\n", "A\nb\n", "a\nB\n", "!"},
		{"an insertion next to a change is refused", "a\nb\n", "a\nx\nb\n", "a\nB\n", "!"},
		{"two insertions at one place are refused", "a\nb\n", "a\nx\nb\n", "a\ny\nb\n", "!"},
		{"the same change on both sides is taken once", "a\nb\nc\nd\n", "A\nb\nc\nd\n", "A\nb\nc\nD\n", "A\nb\nc\nD\n"},
		{"the same insertion on both sides is taken once", "a\nb\nc\nd\n", "a\nx\nb\nc\nd\n", "a\nx\nb\nc\nD\n", "a\nx\nb\nc\nD\n"},
		{"the same lines added where the place is not certain are refused", "a\na\nb\nc\n", "a\na\na\nb\nc\n", "a\na\na\nb\nC\n", "!"},
		{"a line that may have been added next to the other side's change is refused", "x\n\n\ny\n", "x\n\n\n\ny\n", "X\n\n\ny\n", "!"},
		{"a line added among its like, far from the other side's change, is merged", "x\ny\n\n\nz\n", "x\ny\n\n\n\nz\n", "X\ny\n\n\nz\n", "X\ny\n\n\n\nz\n"},
		{"line ends are part of a line", "a\r\nb\r\nc\r\n", "a\nb\r\nc\r\n", "a\r\nb\r\nC\r\n", "a\nb\r\nC\r\n"},
		{"a changed last line without an end is merged", "a\nb\nc", "A\nb\nc", "a\nb\nC", "A\nb\nC"},
		{"an end added to the last line meets a line added after it", "a\nb\nc", "a\nb\nc\n", "a\nb\nc\nd\n", "!"},
		{"lines deleted and changed apart are merged", "a\nb\nc\nd\ne\n", "b\nc\nd\ne\n", "a\nb\nc\nD\ne\n", "b\nc\nD\ne\n"},
		{"one side alone is taken whole", "a\n", "a\n", "b", "b"},
		{"two sides alike are taken whole", "a\n", "b", "b", "b"},
		{"an empty base merges with nothing new", "", "a\n", "b\n", "!"},
		{"everything deleted meets any change", "a\nb\nc\n", "", "a\nb\nC\n", "!"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := Lines([]byte(c.base), []byte(c.ours), []byte(c.theirs))
			if !ok {
				got = []byte("!")
			}
			if string(got) != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestLargeFilesWithSmallChangesAreMerged(t *testing.T) {
	var b strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&b, "line %d\n\n", i)
	}
	base := b.String()
	ours, theirs := strings.Replace(base, "line 10\n", "ours\n", 1), strings.Replace(base, "line 90000\n", "theirs\n", 1)
	got, ok := Lines([]byte(base), []byte(ours), []byte(theirs))
	if want := strings.Replace(ours, "line 90000\n", "theirs\n", 1); !ok || string(got) != want {
		t.Errorf("Lines refuses (%v) or merges wrongly", ok)
	}
}

func TestFilesTooFarApartAreRefused(t *testing.T) {
	var base, ours, repeated strings.Builder
	for i := range maxEdits {
		fmt.Fprintf(&base, "line %d\n", i)
		fmt.Fprintf(&ours, "other %d\n", i)
		repeated.WriteString("a\nb\n")
	}
	huge := strings.Repeat("x", maxBlob)
	for name, c := range map[string][3]string{
		"too many edits":           {base.String(), ours.String(), base.String() + "end\n"},
		"too large":                {huge, huge + "\n1\n", "1\n" + huge},
		"lines repeated too often": {repeated.String(), "x\n" + repeated.String(), repeated.String() + "b\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, ok := Lines([]byte(c[0]), []byte(c[1]), []byte(c[2])); ok {
				t.Error("Lines merged it")
			}
		})
	}
}

func FuzzLines(f *testing.F) {
	f.Add([]byte("a\nb\nc\n"), []byte("A\nb\nc\n"), []byte("a\nb\nC"))
	f.Add([]byte("\n\n}\n"), []byte("\n\n\n}\n"), []byte("\n}\n"))
	f.Fuzz(func(t *testing.T, base, ours, theirs []byte) {
		got, ok := Lines(base, ours, theirs)
		if mirrored, ok2 := Lines(base, theirs, ours); ok != ok2 || !bytes.Equal(got, mirrored) {
			t.Errorf("Lines = %q, %v, but with the sides swapped %q, %v", got, ok, mirrored, ok2)
		}
		if one, ok := Lines(base, base, theirs); !ok || !bytes.Equal(one, theirs) {
			t.Errorf("with one side unchanged Lines = %q, %v, want %q", one, ok, theirs)
		}
		if !ok {
			return
		}
		// A change that is in already changes nothing.
		if again, ok := Lines(ours, got, ours); !ok || !bytes.Equal(again, got) {
			t.Errorf("merged on top of ours = %q, %v, want %q", again, ok, got)
		}
	})
}
