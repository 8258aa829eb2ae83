package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/belay-ci/belay/runner"
	"github.com/belay-ci/belay/runner/host"
	"github.com/belay-ci/belay/runner/report"
	"github.com/spf13/cobra"
)

// consoleFlags say how a run is seen.
type consoleFlags struct {
	quiet, verbose, json bool
	reportDir            string
}

func (f *consoleFlags) add(cmd *cobra.Command) {
	cmd.Flags().BoolVarP(&f.quiet, "quiet", "q", false, "say only how the run ended, and the last lines of what failed")
	cmd.Flags().BoolVarP(&f.verbose, "verbose", "v", false, "say why belay decides what it decides, and what steps leave")
	cmd.Flags().BoolVar(&f.json, "json", false, "write events as JSON Lines to standard output, and the log to standard error; belay schema events has their schema")
	cmd.Flags().StringVar(&f.reportDir, "report-dir", "", "the folder for the report as HTML, Markdown, JUnit XML and JSON (default: where the CI host keeps files, else a new temporary folder)")
	_ = cmd.MarkFlagDirname("report-dir")
	cmd.MarkFlagsMutuallyExclusive("quiet", "verbose")
}

// log is where the host writes. With --json standard output is the events' alone.
func (f consoleFlags) log(a app) host.Log {
	log := host.Log{Out: a.stdout, Err: a.stderr}
	if f.json {
		log.Out = a.stderr
	}
	switch {
	case f.quiet:
		log.Detail = host.Quiet
	case f.verbose:
		log.Detail = host.Verbose
	}
	return log
}

// console is who is told of a run: the host, and whoever reads the events as JSON Lines.
type console struct {
	host   host.Host
	events io.Writer // nil where nobody reads them

	mu       sync.Mutex
	prepared sync.Once
}

// console makes the one for a run. Its events are kept in a file of the run's folder too.
func (a app) console(ci host.Host, flags consoleFlags, kept io.Writer) *console {
	c := &console{host: ci, events: kept}
	if flags.json {
		c.events = io.MultiWriter(kept, a.stdout)
	}
	return c
}

// Show implements runner.Listener. An event that can't be written is lost: a log never fails a run.
func (c *console) Show(e report.Event) {
	if line, err := report.EventLine(e, time.Now()); err == nil {
		c.mu.Lock()
		_, _ = c.events.Write(line)
		c.mu.Unlock()
	}
	c.host.Show(e)
	if _, ok := e.(report.AttemptStarted); ok {
		c.prepared.Do(func() { go report.Prepare() }) // belay waits for the attempt, and nobody for belay
	}
}

var _ runner.Listener = (*console)(nil)

// keepEvents opens the file that events are kept in while the run goes on.
func keepEvents(temp string) (*os.File, error) {
	return os.OpenFile(filepath.Join(temp, report.EventsFile), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
}

// copyEvents puts what is kept in the report's folder.
func copyEvents(kept *os.File, dir string) (err error) {
	root, err := os.OpenRoot(dir) // as in writeReport
	if err != nil {
		return err
	}
	defer root.Close()
	to, err := root.Create(report.EventsFile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	if _, err := kept.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err = io.Copy(to, kept)
	return err
}
