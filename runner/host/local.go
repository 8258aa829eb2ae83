package host

import (
	"io"
	"os"

	"golang.org/x/term"

	"github.com/belay-ci/belay/runner/report"
)

// local is somebody's machine, or a CI host belay does not know.
type local struct {
	facts  Facts
	screen *screen
	log    Log
	lines  lines
	live   *live // nil where there is no terminal
}

func newLocal(getenv func(string) string, log Log) *local {
	l := &local{screen: &screen{out: log.Out}, log: log}
	// A token of some forge that happens to be set is not used: nobody knows that it belongs to the remote's forge.
	l.facts = withTokens(Facts{
		Name: "local", RunAttempt: 1, Lineage: lineage(getenv), Actor: first(getenv, "USER", "USERNAME"), Temp: first(getenv, "TMPDIR", "TEMP"), Debug: getenv("BELAY_DEBUG") != "",
	}, getenv, credential{"GIT_PASSWORD", first(getenv, "GIT_USERNAME")})
	l.lines = log.lines(l.facts)
	if file, ok := Terminal(log.Out); ok {
		l.lines.width = max(40, min(across(file), 120))
		smart := getenv("CI") == "" && getenv("TERM") != "dumb" && obeys(file)
		l.lines.paint.on = smart && getenv("NO_COLOR") == ""
		if smart && log.Detail != Quiet {
			l.live = newLive(l.screen, l.lines.paint, func() int { return across(file) })
		}
	}
	return l
}

// Terminal returns the file behind a writer that is a terminal, and reports whether it is one.
func Terminal(out io.Writer) (*os.File, bool) {
	file, ok := out.(*os.File)
	return file, ok && term.IsTerminal(int(file.Fd()))
}

// across is the terminal's width, 80 where it does not say.
func across(file *os.File) int {
	if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
		return width
	}
	return 80
}

// Facts says little: the caller reads repository, branch and commit from the checkout.
func (l *local) Facts() Facts { return l.facts }

// Output returns the log's two streams. On a terminal they share it with the live view.
func (l *local) Output() (stdout, stderr io.Writer) {
	stdout, stderr = l.log.output()
	if l.live == nil {
		return stdout, stderr
	}
	if _, ok := Terminal(stderr); ok {
		stderr = l.live.around(stderr)
	}
	return l.live.around(stdout), stderr
}

// Show writes lines: wrapped on a terminal, where they also have colour unless NO_COLOR, CI or TERM=dumb speak against
// it, and whole elsewhere, so that they can be searched.
func (l *local) Show(e report.Event) {
	text := l.lines.render(e)
	if l.live != nil {
		l.live.show(e, text)
		return
	}
	l.screen.mu.Lock()
	defer l.screen.mu.Unlock()
	l.screen.print(text)
}

// Mask does nothing: a terminal hides nothing. All text in events is masked already.
func (l *local) Mask(string) {}

// Finish says where the report is: the last event has shown everything else.
func (l *local) Finish(r report.Report) error {
	l.screen.mu.Lock()
	defer l.screen.mu.Unlock()
	if r.Dir != "" && l.log.Detail != Quiet {
		l.screen.print(l.lines.label("report") + r.Dir + string(os.PathSeparator) + report.HTMLFile + "\n")
	}
	return nil
}
