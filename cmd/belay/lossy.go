package main

import (
	"errors"
	"io"
	"sync"
	"time"

	"github.com/belay-ci/belay/runner/host"
)

// untilHurry is how long after a cancellation a reader may still keep the run waiting, and lastPatience how long it may
// from then on with one write. A CI host kills a job 7.5 seconds after it cancelled it.
const untilHurry, lastPatience = time.Second, time.Second

// lossy is a log that waits for its reader, but not when the run is cancelled: one that does not read must not keep belay
// from its end. Its bytes are then lost.
type lossy struct {
	out   io.Writer
	hurry <-chan struct{}

	mu   sync.Mutex
	buf  []byte // what is being written: the caller has its own back when the wait is over
	done chan error
	gone bool
}

var errReader = errors.New("nobody reads the log")

// Write implements io.Writer.
func (l *lossy) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gone {
		return 0, errReader
	}
	if l.done == nil {
		l.done = make(chan error, 1)
	}
	l.buf = append(l.buf[:0], text...)
	go func(text []byte) {
		_, err := l.out.Write(text)
		l.done <- err
	}(l.buf)
	if err := l.wait(); err != nil {
		return 0, err
	}
	return len(text), nil
}

func (l *lossy) wait() error {
	select {
	case err := <-l.done:
		return err
	case <-l.hurry:
	}
	select {
	case err := <-l.done:
		return err
	case <-time.After(lastPatience):
		l.gone = true
		return errReader
	}
}

// lossy returns the program with logs that wait for their readers until hurry was called, and a while longer. A terminal
// is left as it is: who looks at one can end belay by a second Ctrl-C.
func (a app) lossy() (_ app, hurry func()) {
	late := make(chan struct{})
	one := a.stdout == a.stderr
	for _, log := range []*io.Writer{&a.stdout, &a.stderr} {
		if _, ok := host.Terminal(*log); !ok {
			*log = &lossy{out: *log, hurry: late}
		}
	}
	if one {
		a.stderr = a.stdout
	}
	return a, func() { time.AfterFunc(untilHurry, func() { close(late) }) }
}
