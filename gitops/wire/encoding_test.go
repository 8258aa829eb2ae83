package wire

import (
	"compress/gzip"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/belay-ci/belay/internal/gittest"
	"github.com/go-git/go-git/v5/storage/memory"
)

func TestAnswersMayBeCompressed(t *testing.T) {
	r := serve(t)
	var zipped atomic.Int64
	r.server.Around(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if !strings.Contains(req.Header.Get("Accept-Encoding"), "gzip") {
				next.ServeHTTP(w, req)
				return
			}
			zipped.Add(1)
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			next.ServeHTTP(zippedWriter{w, z}, req)
			_ = z.Close()
		})
	})
	c := dial(t, r.url, Options{})
	fetch(t, c, FetchRequest{Wants: []Hash{r.tip}, Depth: 1}, memory.NewStorage())
	ours := onto(t, r.tip, "ours\n")
	push(t, c, ours.push(mainRef, r.tip))
	if got := r.at(t, mainRef); got != ours.commit || zipped.Load() == 0 {
		t.Errorf("main is at %s after %d compressed answers", got, zipped.Load())
	}
}

type zippedWriter struct {
	http.ResponseWriter
	z *gzip.Writer
}

func (w zippedWriter) Write(p []byte) (int, error) { return w.z.Write(p) }

func TestHTTP2IsSpokenWhereItIsOffered(t *testing.T) {
	s := gittest.ServeTLS(t)
	url := s.Create(t, "shop.git")
	var older atomic.Int64
	s.Around(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if req.ProtoMajor != 2 {
				older.Add(1)
			}
			next.ServeHTTP(w, req)
		})
	})
	c := dial(t, url, Options{CA: s.CA})
	first := onto(t, Hash{}, noise(2<<20)) // more than a flow-control window
	push(t, c, first.push(mainRef, Hash{}))
	if refs, err := c.Refs(t.Context(), mainRef); err != nil || len(refs) != 1 || refs[0].Hash != first.commit {
		t.Errorf("refs %v, error %v", refs, err)
	}
	if older.Load() != 0 || s.Connections() != 1 {
		t.Errorf("%d requests by an older protocol, %d connections", older.Load(), s.Connections())
	}
}
