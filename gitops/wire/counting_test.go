package wire

import (
	"errors"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/belay-ci/belay/internal/gittest"
	"github.com/belay-ci/belay/policy"
)

// count counts the bytes of the bodies the server sends from now on.
func count(s *gittest.Server) *atomic.Int64 {
	var sent atomic.Int64
	s.Around(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(&countingWriter{w, &sent}, r)
		})
	})
	return &sent
}

type countingWriter struct {
	http.ResponseWriter
	sent *atomic.Int64
}

func (w *countingWriter) Write(p []byte) (int, error) {
	w.sent.Add(int64(len(p)))
	return w.ResponseWriter.Write(p)
}

func asError(t *testing.T, err error) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v, want an *Error", err)
	}
	return e
}

func kindOf(t *testing.T, err error) policy.Kind {
	t.Helper()
	return asError(t, err).Kind()
}
