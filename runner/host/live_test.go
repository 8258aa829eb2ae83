package host

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"github.com/belay-ci/belay/runner/report"
)

// terminal is as much of a terminal as the live view uses. It knows what is on the screen: a cell for each column, the second
// of a wide character's being empty. It is one of those that measure each character by itself.
type terminal struct {
	mu       sync.Mutex
	lines    [][]string
	row, col int
	width    int
	noWrap   bool
}

func (t *terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := string(p)
	for text != "" {
		switch {
		case strings.HasPrefix(text, "\x1b[A"):
			t.row, text = max(t.row-1, 0), text[3:]
		case strings.HasPrefix(text, "\x1b[J"):
			t.cut()
			t.lines, text = t.lines[:t.row+1], text[3:]
		case strings.HasPrefix(text, "\x1b[K"):
			t.cut()
			text = text[3:]
		case strings.HasPrefix(text, "\x1b[?7"):
			t.noWrap, text = text[4] == 'l', text[5:]
		case strings.HasPrefix(text, "\x1b["): // colours
			text = text[strings.IndexByte(text, 'm')+1:]
		case text[0] == '\r':
			t.col, text = 0, text[1:]
		case text[0] == '\n':
			t.row, t.col, text = t.row+1, 0, text[1:]
		default:
			r := []rune(text)[0]
			t.put(r)
			text = text[len(string(r)):]
		}
	}
	return len(p), nil
}

func (t *terminal) line() *[]string {
	for len(t.lines) <= t.row {
		t.lines = append(t.lines, nil)
	}
	return &t.lines[t.row]
}

func (t *terminal) cut() {
	line := t.line()
	*line = (*line)[:min(t.col, len(*line))]
}

// cells is how many columns this terminal gives a character.
func cells(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Cf):
		return 0
	case unicode.In(r, unicode.Han, unicode.Hangul, unicode.Katakana, unicode.Hiragana) || r >= 0x1f300:
		return 2
	}
	return 1
}

func (t *terminal) put(r rune) {
	n := cells(r)
	if t.col+n > t.width {
		if t.noWrap {
			t.col = t.width - n
		} else {
			t.row, t.col = t.row+1, 0
		}
	}
	line := t.line()
	if n == 0 && t.col > 0 && t.col <= len(*line) {
		(*line)[t.col-1] += string(r)
		return
	}
	for len(*line) < t.col+n {
		*line = append(*line, " ")
	}
	for i := range n {
		(*line)[t.col+i] = ""
	}
	(*line)[t.col] = string(r)
	t.col += n
}

func (t *terminal) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out strings.Builder
	for _, line := range t.lines {
		out.WriteString(strings.TrimRight(strings.Join(line, ""), " ") + "\n")
	}
	return out.String()
}

// onTerminal is a local host on a terminal of that width.
func onTerminal(width int) (*local, *terminal, io.Writer) {
	t := &terminal{width: width}
	l := newLocal(environment(nil), Log{Out: t})
	l.lines.width = max(40, min(width, 120))
	l.live = newLive(l.screen, paint{on: true}, func() int { return width })
	return l, t, l.live.around(t)
}

func TestLiveView(t *testing.T) {
	for _, width := range []int{80, 200} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, screen, out := onTerminal(width)
				var film strings.Builder
				shoot := func(what string, after time.Duration) {
					time.Sleep(after)
					synctest.Wait()
					fmt.Fprintf(&film, "── %s\n%s", what, screen)
				}
				for _, e := range story() {
					l.Show(e)
					switch e := e.(type) {
					case report.AttemptStarted:
						_, _ = out.Write([]byte("output of " + e.Step.ID + "\n"))
						shoot(e.Step.ID+" at work", 3100*time.Millisecond)
					case report.Waiting:
						shoot(e.Step.ID+" waits", e.Delay/2)
						time.Sleep(e.Delay / 2)
					}
				}
				shoot("the end", time.Second)
				golden(t, fmt.Sprintf("host-live-%d.txt", width), film.String())
			})
		})
	}
}

func TestTheLiveViewLeavesNothingBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, screen, out := onTerminal(120)
		var want bytes.Buffer
		plainly := newLocal(environment(nil), Log{Out: &want})
		plainly.lines.width = 120
		for i, e := range story() {
			l.Show(e)
			plainly.Show(e)
			if i > 1 && i < 20 {
				text := fmt.Sprintf("part %d", i) // a line in two pieces, with time in between
				_, _ = out.Write([]byte(text))
				time.Sleep(time.Second)
				_, _ = out.Write([]byte(" and the rest\n"))
				time.Sleep(time.Second)
				fmt.Fprintf(&want, "%s and the rest\n", text)
			}
		}
		time.Sleep(time.Second)
		if got := screen.String(); strings.TrimRight(got, "\n") != strings.TrimRight(want.String(), "\n") {
			t.Errorf("the screen at the end is\n%s\nwant\n%s", got, want.String())
		}
	})
}

func TestWideCharactersKeepTheAreaInItsPlace(t *testing.T) {
	for name, title := range map[string]string{
		"double width":    strings.Repeat("部署到生产环境", 20),
		"marks":           strings.Repeat("e\u0301", 200),
		"pictures":        strings.Repeat("🚀", 200),
		"signs of joined": strings.Repeat("👩🏽\u200d🚀", 200), // this terminal shows more columns than one that knows them
	} {
		for _, width := range []int{80, 200} {
			t.Run(fmt.Sprint(name, " ", width), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					l, screen, out := onTerminal(width)
					l.Show(report.RunStarted{})
					_, _ = out.Write([]byte("before\n"))
					l.Show(report.StepStarted{Step: report.Step{ID: "deploy", Name: title}, N: 1, Of: 1})
					time.Sleep(3100 * time.Millisecond)
					synctest.Wait()
					rows := strings.Split(strings.TrimRight(screen.String(), "\n"), "\n")
					if last := rows[len(rows)-1]; strings.Count(screen.String(), "[1/1]") != 2 || !strings.Contains(last, "[1/1]") {
						t.Errorf("the screen is\n%s", screen)
					} else if known := !strings.Contains(title, "\u200d"); known && !strings.HasSuffix(last, "…  3s") {
						t.Errorf("the row is %q", last)
					}
					l.Show(report.RunEnded{})
					if screen.noWrap {
						t.Error("the terminal does not wrap any more")
					}
				})
			})
		}
	}
}

func TestItemsAtWorkHaveALineEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, screen, _ := onTerminal(80)
		l.Show(report.RunStarted{})
		l.Show(report.StepStarted{Step: report.Step{ID: "deploy"}, N: 1, Of: 1})
		for i := range 8 {
			l.Show(report.StepStarted{Step: report.Step{ID: "deploy", Item: fmt.Sprint("region-", i)}, N: i + 1, Of: 8})
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		for _, want := range []string{"[1/8] deploy [region-0]", "[5/8] deploy [region-4]", "and 3 more"} {
			if !strings.Contains(screen.String(), want) {
				t.Errorf("there is no %q on\n%s", want, screen)
			}
		}
		l.Show(report.RunEnded{})
	})
}

func TestWithoutATerminalThereIsNoLiveView(t *testing.T) {
	file, err := os.Create(t.TempDir() + "/log")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if l := newLocal(environment(nil), Log{Out: file}); l.live != nil || l.lines.width != 0 || l.lines.paint.on {
		t.Errorf("a file is taken for a terminal: %+v", l.lines)
	}
}
