package process

import (
	"errors"
	"io"
	"os"
	"sync"
	"time"
)

// output carries a step's two streams from their pipes to the writers and the tails.
type output struct {
	streams [2]*stream
	joined  joined
	ended   chan struct{} // closed when both streams are through
	crashed [2]*Crash     // what became of the goroutine of a stream that panicked
}

// stream is one pipe of the child: pipe → add-mask commands → masker → tail and writer.
type stream struct {
	read, write *os.File
	masker      *masker
	tail        tail
	log         io.Writer
	joined      *joined
	failed      bool // log refused a write; the step goes on without it
}

// joined is what both streams share. Its lock also guards the writers, which may be one and the same.
type joined struct {
	mu   sync.Mutex
	tail tail
}

// RawLog is a log that has such `::add-mask::` lines apart, which hold a secret, see [Command].RawAddMask.
type RawLog interface{ WriteRaw(line []byte) }

// newOutput opens the pipes. The pipes are ours and not os/exec's, because Cmd.Wait waits for whoever holds the
// other end, for as long as they like.
func newOutput(c Command) (*output, error) {
	o := &output{ended: make(chan struct{})}
	masks := c.Masks
	if masks == nil {
		masks = new(Masks)
	}
	for i, log := range []io.Writer{c.Stdout, c.Stderr} {
		read, write, err := os.Pipe()
		if err != nil {
			o.closeWrite()
			o.closeRead()
			return nil, &StartError{
				Problem: "open a pipe for the step's output",
				Advice:  "raise the limit of open files (ulimit -n), or run fewer steps at once",
				Err:     err,
			}
		}
		s := &stream{read: read, write: write, log: log, joined: &o.joined}
		s.masker = &masker{w: s, masks: masks}
		o.streams[i] = s
	}
	return o, nil
}

// carry starts moving output. The child holds the write ends from here on, belay none.
func (o *output) carry(raw bool) {
	o.closeWrite()
	var both sync.WaitGroup
	for i, s := range o.streams {
		both.Go(func() {
			if o.crashed[i] = Guard(func() { s.carry(raw) }); o.crashed[i] != nil {
				_, _ = io.Copy(io.Discard, s.read) // the step must not wait for it
			}
		})
	}
	go func() {
		both.Wait()
		close(o.ended)
	}()
}

// finish waits until all that was written is through. Pipes that something out of reach still holds open are
// left as soon as they are empty.
func (o *output) finish() {
	for _, s := range o.streams {
		_ = s.read.SetReadDeadline(time.Now())
	}
	<-o.ended
	o.closeRead()
	for _, crash := range o.crashed {
		crash.Rethrow()
	}
}

func (o *output) closeWrite() {
	for _, s := range o.streams {
		if s != nil {
			_ = s.write.Close()
		}
	}
}

func (o *output) closeRead() {
	for _, s := range o.streams {
		if s != nil {
			_ = s.read.Close()
		}
	}
}

const (
	chunkSize = 64 << 10              // what a pipe holds
	maxPipe   = 1 << 20               // what a pipe can be made to hold, for /proc/sys/fs/pipe-max-size
	idlePipe  = 50 * time.Millisecond // an empty pipe nobody of ours writes to
)

// carry moves the stream until its end or, after finish set a deadline, until the pipe is empty. It ignores
// every failure of the log: a step that can't write would block, and its exit code would be lost.
func (s *stream) carry(raw bool) {
	in := &commands{next: s.masker, masks: s.masker.masks}
	if raw {
		in.raw = s.passCommand
	}
	buf := make([]byte, chunkSize)
	late, left := false, maxPipe
	for left > 0 {
		n, err := s.read.Read(buf)
		_, _ = in.Write(buf[:n])
		if late {
			left -= n
		}
		if errors.Is(err, os.ErrDeadlineExceeded) && !late {
			late, err = true, nil
		}
		if err != nil {
			break
		}
		if late {
			_ = s.read.SetReadDeadline(time.Now().Add(idlePipe))
		}
	}
	_ = in.Close()
	_ = s.masker.Close()
}

// Write takes masked output to the tail and the log.
func (s *stream) Write(p []byte) (int, error) {
	s.joined.mu.Lock()
	defer s.joined.mu.Unlock()
	s.keep(p)
	s.writeLog(p)
	return len(p), nil
}

// passCommand shows an add-mask line to the CI host as the step wrote it; the tail keeps it without its value.
func (s *stream) passCommand(line []byte) {
	_ = s.masker.Close()
	s.joined.mu.Lock()
	defer s.joined.mu.Unlock()
	s.keep([]byte(addMask + maskText + "\n"))
	if raw, ok := s.log.(RawLog); ok {
		raw.WriteRaw(line)
		return
	}
	s.writeLog(line)
}

// keep adds to the stream's tail and the joined one.
func (s *stream) keep(p []byte) {
	_, _ = s.tail.Write(p)
	_, _ = s.joined.tail.Write(p)
}

func (s *stream) writeLog(p []byte) {
	if s.log == nil || s.failed {
		return
	}
	if _, err := s.log.Write(p); err != nil {
		s.failed = true
	}
}
