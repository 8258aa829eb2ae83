package runner

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func newTestLog(t *testing.T) *attemptLog {
	t.Helper()
	return &attemptLog{dir: filepath.Join(t.TempDir(), LogsFolder), name: "001-a-1.log", spent: &spent{}}
}

// printed writes n bytes in pieces, as a step does.
func printed(w io.Writer, n int) {
	for piece := []byte(strings.Repeat("0123456789abcde\n", 4<<10)); n > 0; n -= len(piece) {
		_, _ = w.Write(piece[:min(n, len(piece))])
	}
}

func TestAFloodIsKeptUpToALimitAndSaysSo(t *testing.T) {
	l := newTestLog(t)
	printed(l.stream(nil), keptPerAttempt+12345)
	if name := l.close("the end\n"); name != "logs/001-a-1.log" {
		t.Errorf("is called %q", name)
	}
	text, err := os.ReadFile(filepath.Join(l.dir, l.name))
	if err != nil {
		t.Fatal(err)
	}
	if end := "\n[belay: 12345 bytes in between were not kept; the last lines were]\nthe end\n"; !bytes.HasSuffix(text, []byte(end)) || len(text) != keptPerAttempt+len(end) {
		t.Errorf("%d bytes that end in %q", len(text), text[max(0, len(text)-len(end)):])
	}
}

func TestAllLogsOfARunHaveOneLimit(t *testing.T) {
	s := &spent{}
	if first, second := s.keep(keptPerRun-10), s.keep(100); first != keptPerRun-10 || second != 10 || s.keep(1) != 0 {
		t.Errorf("kept %d and %d", first, second)
	}
}

func TestALogThatCanNotBeKeptFailsNoStep(t *testing.T) {
	l := newTestLog(t)
	if err := os.WriteFile(l.dir, nil, 0o600); err != nil { // a file stands where the folder should
		t.Fatal(err)
	}
	var out bytes.Buffer
	if n, err := l.stream(&out).Write([]byte("text")); n != 4 || err != nil || out.String() != "text" {
		t.Errorf("%d, %v, shown %q", n, err, out.String())
	}
	if name := l.close(""); name != "" {
		t.Errorf("claims to be %q", name)
	}
}

func TestAddMaskLinesPassTheLimitAndAreKeptMasked(t *testing.T) {
	l := newTestLog(t)
	l.limit = 4
	var out bytes.Buffer
	s := l.stream(&out).(*attemptStream)
	_, _ = s.Write([]byte("more than four\n"))
	s.WriteRaw([]byte("::add-mask::hush-hush\n"))
	l.close("")
	kept, _ := os.ReadFile(filepath.Join(l.dir, l.name))
	if want := "more than four\n::add-mask::***\n"; string(kept) != want || out.String() != "more\n::add-mask::hush-hush\n" {
		t.Errorf("kept %q, shown %q", kept, out.String())
	}
}
