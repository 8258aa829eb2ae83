package main

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// faults stands between the scripts and the git server, and spoils what a script asks it to spoil.
type faults struct {
	mu     sync.Mutex
	next   map[string]string // by repository: what happens to its next push, or to everything
	logins map[string]string // by repository: the `user:password` it wants
}

// What can go wrong. A fault is used up by one push, except for down.
const (
	dropBefore    = "drop-before"     // the connection breaks before the server has seen the push
	cutAfterApply = "cut-after-apply" // the server takes the push, and the connection breaks before its answer
	badGateway    = "502-after"       // the server takes the push, and a proxy answers 502
	downAfter     = "down-after"      // the server takes the push, and from then on does not answer anything
	down          = "down"            // 503 to everything
	noFault       = "none"
)

func newFaults() *faults {
	return &faults{next: map[string]string{}, logins: map[string]string{}}
}

// around is the handler to put around the server's.
func (f *faults) around(server http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		parts := strings.SplitN(strings.TrimPrefix(r.URL.Path, "/"), "/", 3)
		repository := strings.Join(parts[:min(2, len(parts))], "/")
		user, password, _ := r.BasicAuth()
		if login := f.login(repository); login != "" && login != user+":"+password {
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			http.Error(w, "authentication required", http.StatusUnauthorized)
			return
		}
		push := r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/git-receive-pack")
		switch f.take(repository, push) {
		case dropBefore:
			panic(http.ErrAbortHandler) // net/http then cuts the connection
		case cutAfterApply, downAfter:
			server.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		case badGateway:
			server.ServeHTTP(httptest.NewRecorder(), r)
			http.Error(w, "bad gateway", http.StatusBadGateway)
		case down:
			http.Error(w, "down for maintenance", http.StatusServiceUnavailable)
		default:
			server.ServeHTTP(w, r)
		}
	})
}

// take returns the fault of a request, and uses it up.
func (f *faults) take(repository string, push bool) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	fault := f.next[repository]
	switch {
	case fault == down:
	case !push:
		return noFault
	case fault == downAfter:
		f.next[repository] = down
	default:
		delete(f.next, repository)
	}
	return fault
}

func (f *faults) login(repository string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.logins[repository]
}

// fault KIND [another]: spoils the next push to the script's repository, see the constants; none takes a fault away.
func (f *faults) faultCommand(ts *testscript.TestScript, neg bool, args []string) {
	args, another := forAnother(args)
	known := []string{dropBefore, cutAfterApply, badGateway, downAfter, down, noFault}
	if neg || len(args) != 1 || !slices.Contains(known, args[0]) {
		ts.Fatalf("usage: fault %s", strings.Join(known, "|"))
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next[repositoryOf(ts, another)] = args[0]
}

// repositoryOf names the script's first or second repository.
func repositoryOf(ts *testscript.TestScript, another bool) string {
	name := ts.Value("repository").(string)
	if another {
		name += anotherSuffix
	}
	return name
}

// login USER PASSWORD [another]: from now on the script's repository is not open to everybody.
func (f *faults) loginCommand(ts *testscript.TestScript, neg bool, args []string) {
	args, another := forAnother(args)
	if neg || len(args) != 2 {
		ts.Fatalf("usage: login USER PASSWORD")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.logins[repositoryOf(ts, another)] = args[0] + ":" + args[1]
}
