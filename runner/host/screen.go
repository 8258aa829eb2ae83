package host

import (
	"io"
	"sync"
)

// screen is a log that never fails and is written one event at a time. A broken pipe must not end a run that is
// about to push, and go-githubactions panics on a writer's error.
type screen struct {
	mu  sync.Mutex
	out io.Writer
}

// Write implements io.Writer. The lock is the caller's, who holds it for a whole event.
func (s *screen) Write(p []byte) (int, error) {
	_, _ = s.out.Write(p)
	return len(p), nil
}

// print writes text as one piece.
func (s *screen) print(text string) {
	if text != "" {
		_, _ = io.WriteString(s, text)
	}
}
