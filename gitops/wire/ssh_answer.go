package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// sshAnswer reads one message of a service: over SSH nothing but its last packet, a flush, tells where it ends.
type sshAnswer struct {
	t      *sshTransport
	s      *sshSession
	watch  *watch
	unsent error // why the request could not be sent whole
	first  bool  // it is how the service introduces itself
	began  bool
	left   int  // of the packet that is being read
	last   bool // that packet ends the message
	whole  bool // the message has been read
	err    error
}

func (t *sshTransport) answer(ctx context.Context, s *sshSession) *sshAnswer {
	return &sshAnswer{t: t, s: s, watch: newWatch(ctx, t.times.idle, s.client)}
}

func (a *sshAnswer) Read(p []byte) (int, error) {
	if a.err != nil {
		return 0, a.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	n, err := a.read(p)
	a.began = a.began || n > 0
	a.watch.moved()
	switch {
	case err != nil:
		a.err = a.failure(err)
	case a.whole:
		a.err = io.EOF
	default:
		return n, nil
	}
	a.watch.stop()
	return n, a.err
}

// read returns some of a packet, never more than one.
func (a *sshAnswer) read(p []byte) (int, error) {
	if a.left == 0 {
		digits, err := a.s.out.Peek(4)
		if err != nil {
			return 0, err
		}
		length, err := strconv.ParseUint(string(digits), 16, 16)
		if err != nil {
			return 0, fmt.Errorf("malformed answer: packet length %q", digits)
		}
		a.left = max(int(length), 4)
		a.last = length == 0
	}
	n, err := a.s.out.Read(p[:min(len(p), a.left)])
	a.left -= n
	a.whole = a.last && a.left == 0
	return n, err
}

// failure says why a message ended before its end.
func (a *sshAnswer) failure(err error) error {
	if err = a.watch.cause(err); !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	select {
	case <-a.s.done:
	case <-time.After(5 * time.Second): // the output has ended, and the word on how the service did has not come
		return io.ErrUnexpectedEOF
	}
	var exit *ssh.ExitError
	words := clean(string(a.s.stderr.kept))
	switch {
	case errors.As(a.s.ended, &exit) && (words != "" || exit.ExitStatus() != 0):
		return &endedError{service: a.s.service, status: exit.ExitStatus(), early: !a.began, words: words}
	case a.unsent != nil && a.unsent != io.EOF:
		return a.unsent
	case words != "":
		return &endedError{service: a.s.service, early: !a.began, words: words}
	}
	return io.ErrUnexpectedEOF
}

// Close keeps a service that has introduced itself for its command, and ends any other.
func (a *sshAnswer) Close() error {
	a.watch.stop()
	if a.err == nil {
		a.err = os.ErrClosed
	}
	a.t.done(a.s, a.first && a.err == io.EOF && !a.s.over())
	return nil
}

// endedError is a service that ended on the server before it had said all.
type endedError struct {
	service string
	status  int
	early   bool // it had not said a word of git's protocol: most often there is no such repository, or not for this key
	words   string
}

// Unwrap returns the server's words, where it had any.
func (e *endedError) Unwrap() error {
	if e.words == "" {
		return nil
	}
	return &RemoteError{Text: e.words}
}

func (e *endedError) Error() string {
	s := fmt.Sprintf("%s ended on the server with status %d", e.service, e.status)
	if e.words != "" {
		s += ": " + strings.ReplaceAll(e.words, "\n", "; ")
	}
	return s
}
