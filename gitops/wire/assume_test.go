package wire

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/go-git/go-git/v5/storage/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/belay-ci/belay/internal/gittest"
)

func TestAServerIsAskedWhatItOffersOnlyWhereItDoesNotUnderstand(t *testing.T) {
	const ask, read = "GET info/refs", "POST git-upload-pack"
	answering := func(status int, header ...string) func(http.Handler) http.Handler {
		return func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				for i := 0; i < len(header); i += 2 {
					w.Header().Set(header[i], header[i+1])
				}
				http.Error(w, "no", status)
			})
		}
	}
	for name, tt := range map[string]struct {
		config []string
		around func(http.Handler) http.Handler
		want   []string
		fails  bool
	}{
		"a server of our days":        {want: []string{read, read}},
		"a server without filters":    {config: []string{"uploadpack.allowFilter", "false"}, want: []string{read, read, ask, read}},
		"a server without v2":         {around: withoutV2, want: []string{read, ask}, fails: true},
		"a repository that has moved": {around: moved, want: []string{read, ask, ask, read, read}},
		"wrong credentials":           {around: answering(http.StatusUnauthorized), want: []string{read, ask}, fails: true},
		"a server in trouble":         {around: answering(http.StatusBadGateway), want: []string{read}, fails: true},
		"too many requests":           {around: answering(http.StatusTooManyRequests), want: []string{read}, fails: true},
		"a limit that will pass":      {around: answering(http.StatusForbidden, "Retry-After", "30"), want: []string{read}, fails: true},
		"a connection that breaks":    {around: breaking, want: []string{read}, fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			r := serve(t)
			gittest.Git(t, r.dir, append([]string{"config"}, or(tt.config, "uploadpack.allowFilter", "true")...)...)
			var mu sync.Mutex
			var asked []string
			r.server.Around(func(next http.Handler) http.Handler {
				if tt.around != nil {
					next = tt.around(next)
				}
				return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
					_, service, _ := strings.Cut(req.URL.Path, ".git/")
					mu.Lock()
					asked = append(asked, req.Method+" "+service)
					mu.Unlock()
					next.ServeHTTP(w, req)
				})
			})
			c := dial(t, r.url, Options{})
			refs, err := c.Refs(t.Context(), mainRef)
			if err == nil {
				if len(refs) != 1 || refs[0].Hash != r.tip {
					t.Errorf("refs %v", refs)
				}
				_, err = c.Fetch(t.Context(), FetchRequest{Wants: []Hash{r.tip}, Filter: "blob:none"}, memory.NewStorage())
			}
			if (err != nil) != tt.fails {
				t.Errorf("error %v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			if diff := cmp.Diff(tt.want, asked); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

// moved redirects what asks for a repository to another address of it, as forges do once it has another name.
func moved(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if path, here := strings.CutPrefix(req.URL.Path, "/now"); here {
			req.URL.Path = path
			next.ServeHTTP(w, req)
			return
		}
		http.Redirect(w, req, "/now"+req.URL.String(), http.StatusMovedPermanently)
	})
}

func breaking(http.Handler) http.Handler {
	return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
}

func or(list []string, otherwise ...string) []string {
	if list != nil {
		return list
	}
	return otherwise
}
