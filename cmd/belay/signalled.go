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

// signalled returns a context that ends with the first SIGINT or SIGTERM. The second one ends the program at once. follows
// says that process.FollowParent was asked to send one of them.
func signalled(parent context.Context, follows bool) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	starter := os.Getppid()
	signals, again := make(chan os.Signal, 2), make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		select {
		case s := <-signals:
			if follows {
				signal.Notify(again, syscall.SIGTERM)
			}
			cancel(stopped{s.(syscall.Signal)})
			signal.Stop(signals) // from here on the system's own answer: the end
		case <-done:
			return
		}
		select {
		case s := <-again:
			signal.Stop(again)
			if os.Getppid() == starter {
				end(s.(syscall.Signal))
			}
			// The starter is dead: a CI host that signals all of a job's processes gets its signal here twice, once from the
			// system for the starter's death. That is one cancellation.
		case <-done:
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		signal.Stop(again)
		close(done)
		cancel(errors.New("the run is over"))
	}
}

// end ends the program as the signal does that nobody listens to any more.
func end(s syscall.Signal) {
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = self.Signal(s)
	}
	if err != nil { // no other system but Windows, which can't send it
		os.Exit(128 + int(s))
	}
}
