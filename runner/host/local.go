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
	lines  lines
}

func newLocal(getenv func(string) string, out io.Writer) *local {
	l := &local{screen: &screen{out: out}}
	// A token of some forge that happens to be set is not used: nobody knows that it belongs to the remote's forge.
	l.facts = withTokens(Facts{
		Name: "local", RunAttempt: 1, Lineage: lineage(getenv), Actor: first(getenv, "USER", "USERNAME"), Temp: first(getenv, "TMPDIR", "TEMP"), Debug: getenv("BELAY_DEBUG") != "",
	}, getenv, credential{"GIT_PASSWORD", first(getenv, "GIT_USERNAME")})
	if file, ok := out.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		l.lines.width = 80
		if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
			l.lines.width = max(40, min(width, 120))
		}
		l.lines.paint.on = getenv("NO_COLOR") == "" && getenv("CI") == "" && getenv("TERM") != "dumb"
	}
	return l
}

// Facts says little: the caller reads repository, branch and commit from the checkout.
func (l *local) Facts() Facts { return l.facts }

// Show writes lines: wrapped on a terminal, where they also have colour unless NO_COLOR, CI or TERM=dumb speak against
// it, and whole elsewhere, so that they can be searched.
func (l *local) Show(e report.Event) {
	l.screen.mu.Lock()
	defer l.screen.mu.Unlock()
	l.screen.print(l.lines.render(e))
}

// Mask does nothing: a terminal hides nothing. All text in events is masked already.
func (l *local) Mask(string) {}

// Finish says where the report is: the last event has shown everything else.
func (l *local) Finish(r report.Report) error {
	l.screen.mu.Lock()
	defer l.screen.mu.Unlock()
	if r.Path != "" {
		l.screen.print(l.lines.label("report") + r.Path + "\n")
	}
	return nil
}
