package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// stopped is a cancellation by a signal, with the exit code that says which.
type stopped struct{ signal syscall.Signal }

func (s stopped) Error() string { return "cancelled by " + s.signal.String() }

// ExitCode is 128 plus the signal's number, as a shell has it.
func (s stopped) ExitCode() int { return 128 + int(s.signal) }

// signalled returns a context that ends with the first SIGINT or SIGTERM. The second one ends the program at once.
func signalled(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		select {
		case s := <-signals:
			signal.Stop(signals) // from here on the system's own answer: the end
			cancel(stopped{s.(syscall.Signal)})
		case <-done:
		}
	}()
	return ctx, func() { signal.Stop(signals); close(done); cancel(errors.New("the run is over")) }
}
