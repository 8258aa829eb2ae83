package runner

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/belay-ci/belay/internal/spec"
)

// What is kept of attempts' output on disk. A flood must not fill it: what is past the limits is in the CI host's log.
const (
	keptPerAttempt = 16 << 20
	keptPerRun     = 256 << 20
)

// LogsFolder is the folder, in the run's own and then beside the report, that holds what every attempt printed.
const LogsFolder = "logs"

// lastShown is how much of the end is shown of output that was longer than its log-limit: errors come last.
const lastShown = 4 << 10

// attemptLog is what one attempt prints, already masked, on its way to the CI host's log: all of it is kept in a file,
// up to a limit, and no more than the step's log-limit is shown. Both streams write to it, one at a time.
type attemptLog struct {
	dir, name string // of the file, which is made when there is something to keep
	limit     int64  // of what is shown; 0 for none
	spent     *spent

	file          *os.File
	kept, unkept  int64
	shown, hidden int64
	broken        bool // the file can't be written: a log never fails a run
}

// newAttemptLog makes the log of an attempt of a step. Attempts are numbered over the whole run.
func (c *conductor) newAttemptLog(step spec.Step, n int) *attemptLog {
	name := c.in.Rows + step.ID
	if c.item != nil {
		name += "-" + c.item.Name
	}
	return &attemptLog{
		dir: filepath.Join(c.job.Temp, LogsFolder), name: fmt.Sprintf("%03d-%s-%d.log", c.spent.nextLog(), fileName(c.job.Masks.String(name)), n+1),
		limit: step.LogLimit, spent: c.spent,
	}
}

// fileName makes a name that every file system takes of any text.
func fileName(text string) string {
	const longest = 60
	safe := strings.Map(func(r rune) rune {
		if r < 0x80 && (r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z') {
			return r
		}
		return '-'
	}, text)
	return strings.Trim(safe[:min(len(safe), longest)], "-")
}

// stream is one of the attempt's streams on its way to out.
func (l *attemptLog) stream(out io.Writer) io.Writer { return &attemptStream{log: l, out: out} }

type attemptStream struct {
	log *attemptLog
	out io.Writer // nil where nothing is shown, or nobody reads any more
}

// Write implements io.Writer. It never fails: what can't be shown is kept all the same.
func (s *attemptStream) Write(p []byte) (int, error) {
	s.log.keep(p)
	room := int64(len(p))
	if s.log.limit > 0 {
		room = min(room, s.log.limit-s.log.shown)
	}
	s.log.shown += room
	s.log.hidden += int64(len(p)) - room
	if room == 0 || s.out == nil {
		return len(p), nil
	}
	if _, err := s.out.Write(p[:room]); err != nil {
		s.out = nil
		return len(p), nil
	}
	if room < int64(len(p)) && p[room-1] != '\n' { // a command that still passes begins a line
		_, _ = s.out.Write([]byte("\n"))
	}
	return len(p), nil
}

// WriteRaw passes on an `::add-mask::` line as it is: the CI host must read it whatever the limit. What is kept is masked.
func (s *attemptStream) WriteRaw(line []byte) {
	s.log.keep([]byte("::add-mask::***\n"))
	if s.out != nil {
		_, _ = s.out.Write(line) // a log never fails a run
	}
}

func (l *attemptLog) keep(p []byte) {
	room := l.spent.keep(min(int64(len(p)), keptPerAttempt-l.kept))
	l.unkept += int64(len(p)) - room
	if room == 0 || l.broken {
		return
	}
	if l.file == nil && !l.open() {
		return
	}
	if _, err := l.file.Write(p[:room]); err != nil {
		l.broken = true
	}
	l.kept += room
}

func (l *attemptLog) open() bool {
	if err := os.MkdirAll(l.dir, 0o700); err != nil {
		l.broken = true
		return false
	}
	file, err := os.OpenFile(filepath.Join(l.dir, l.name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	l.file, l.broken = file, err != nil
	return err == nil
}

// close ends the file, and returns its name relative to the report: empty where nothing was printed or could be kept.
// tail is the end of the output.
func (l *attemptLog) close(tail string) string {
	if l.file == nil {
		return ""
	}
	if l.unkept > 0 {
		fmt.Fprintf(l.file, "\n[belay: %d bytes in between were not kept; the last lines were]\n%s", l.unkept, lines(tail, lastShown))
	}
	if err := l.file.Close(); err != nil || l.broken {
		return ""
	}
	return LogsFolder + "/" + l.name
}

// cut says what the log-limit kept from being shown, and shows the end.
func (l *attemptLog) cut(out io.Writer, tail string) {
	if l.hidden == 0 {
		return
	}
	kept := ""
	if l.file != nil && l.unkept == 0 {
		kept = ", " + LogsFolder + "/" + l.name + " beside the report has all"
	}
	fmt.Fprintf(out, "[belay: the step printed %d bytes more than its log-limit of %s%s; the last lines were]\n%s",
		l.hidden, spec.Size(l.limit), kept, lines(tail, lastShown))
}

// lines is the end of a text, whole lines of it where there are any.
func lines(text string, most int) string {
	if len(text) <= most {
		return text
	}
	text = text[len(text)-most:]
	if _, whole, ok := strings.Cut(text, "\n"); ok {
		return whole
	}
	return text
}
