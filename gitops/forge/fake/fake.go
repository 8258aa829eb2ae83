// Package fake is a small GitHub: it keeps the pull requests and dispatches of one repository in memory and speaks the part
// of GitHub's REST API that belay uses, with complete bodies and GitHub's own refusals. Its rules are those of
// https://docs.github.com/rest; that its answers obey GitHub's description of the API is tested in forgetest.
//
// It serves the tests and the demo. It knows nothing of git: the caller says which branches exist,
// and runs git where a commit is to be made.
package fake

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// Options says which repository the fake serves, and to whom. Its functions may be called by many requests at
// once, and must not call the fake.
type Options struct {
	Repository   string                     // owner/name
	Token        string                     // what Authorization must carry; empty lets everybody in
	BranchExists func(branch string) bool   // nil: every branch exists
	Tip          func(branch string) string // the branch's commit id; nil: an id made from the name
	WebURL       string                     // where the pages are, as https://github.com; empty: where the API is
	NoCreate     bool                       // refuse every new pull request, as when Actions may not create them
	Strangers    []string                   // people who may neither be assigned nor asked for a review

	// Git runs git in the repository, with that on its standard input; nil: the fake makes no commits.
	Git func(in string, args ...string) (out string, err error)

	// Merge puts head on base and returns the new commit there; nil: no branch moves.
	Merge func(head, base, method string) (sha string, err error)
	Log   func(r *http.Request, status int) // told about every API request; nil: nobody. Status 0: no answer was sent
}

// GitHub is the fake, an http.Handler. The API is at its root, as at https://api.github.com.
type GitHub struct {
	faults
	opts Options
	mux  *http.ServeMux

	mu    sync.Mutex
	pulls []*pull // pulls[i] has number i+1

	rules      map[string][]string // by branch
	workflows  map[string][]string // by file: the inputs of its workflow_dispatch, nil where it has none
	dispatches []Dispatch
	person     bool
}

// New makes a fake without any pull request.
func New(o Options) *GitHub {
	g := &GitHub{opts: o, mux: http.NewServeMux(), workflows: map[string][]string{}}
	repo := "/repos/" + o.Repository
	for pattern, handle := range map[string]func(r *http.Request) answer{
		"GET " + repo:                                               g.repository,
		"GET " + repo + "/pulls":                                    g.listPulls,
		"POST " + repo + "/pulls":                                   g.createPull,
		"GET " + repo + "/pulls/{number}":                           g.getPull,
		"PATCH " + repo + "/pulls/{number}":                         g.updatePull,
		"GET " + repo + "/issues/{number}/labels":                   g.listLabels,
		"POST " + repo + "/issues/{number}/labels":                  g.addLabels,
		"PUT " + repo + "/pulls/{number}/merge":                     g.mergePull,
		"POST " + repo + "/pulls/{number}/requested_reviewers":      g.requestReviewers,
		"POST " + repo + "/issues/{number}/assignees":               g.addAssignees,
		"GET " + repo + "/issues/{number}/comments":                 g.listComments,
		"POST " + repo + "/issues/{number}/comments":                g.createComment,
		"GET " + repo + "/git/ref/{ref...}":                         g.getRef,
		"PATCH " + repo + "/git/refs/{ref...}":                      g.updateRef,
		"POST " + repo + "/git/commits":                             g.createCommit,
		"GET " + repo + "/compare/{basehead...}":                    g.compare,
		"POST " + repo + "/actions/workflows/{workflow}/dispatches": g.dispatch,
		"GET " + repo + "/rules/branches/{branch...}":               g.branchRules,
		"GET " + repo + "/branches":                                 g.protectedBranches,
		"POST /graphql":                                             g.graphQL,
		"GET /user":                                                 g.user,
		"/repos/":                                                   func(*http.Request) answer { return notFound },
	} {
		g.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			g.mu.Lock()
			a := handle(r)
			g.mu.Unlock()
			a.write(w)
		})
	}
	g.mux.HandleFunc("GET /"+o.Repository+"/pull/{number}", g.page)
	return g
}

// ServeHTTP answers one request.
func (g *GitHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.URL.Path, "/repos/") && r.URL.Path != "/graphql" && r.URL.Path != "/user" { // a page for people, open to all
		g.mux.ServeHTTP(w, r)
		return
	}
	fault, faulty := g.takeFault(r)
	seen := &statusWriter{ResponseWriter: w}
	switch {
	case faulty && fault.Drop:
		g.serveAPI(&nowhere{http.Header{}}, r)
		g.log(r, 0)
		panic(http.ErrAbortHandler) // net/http then cuts the connection
	case faulty:
		fault.answer().write(seen)
	default:
		g.serveAPI(seen, r)
	}
	g.log(r, seen.status)
}

func (g *GitHub) serveAPI(w http.ResponseWriter, r *http.Request) {
	if !g.authorized(r) {
		refusal(http.StatusUnauthorized, "Bad credentials").write(w)
		return
	}
	g.mux.ServeHTTP(w, r)
}

func (g *GitHub) authorized(r *http.Request) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	known := strings.EqualFold(scheme, "Bearer") || strings.EqualFold(scheme, "token")
	return g.opts.Token == "" || known && token == g.opts.Token
}

func (g *GitHub) log(r *http.Request, status int) {
	if g.opts.Log != nil {
		g.opts.Log(r, status)
	}
}

// answer is one response: the handlers return it, so that none of them touches the connection.
type answer struct {
	status int
	header http.Header
	body   any
}

func (a answer) write(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[http.CanonicalHeaderKey(name)] = values
	}
	if a.body == nil { // 204
		w.WriteHeader(a.status)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(a.status)
	_ = json.NewEncoder(w).Encode(a.body) // the client may be gone
}

var notFound = refusal(http.StatusNotFound, "Not Found")

// refusal is GitHub's basic error: words alone.
func refusal(status int, message string) answer {
	return answer{status: status, body: map[string]any{
		"message":           message,
		"documentation_url": "https://docs.github.com/rest",
		"status":            strconv.Itoa(status),
	}}
}

// invalid is GitHub's validation error about one field of a pull request. An empty field says it of the whole.
func invalid(code, field, message string) answer {
	a := refusal(http.StatusUnprocessableEntity, "Validation Failed")
	detail := map[string]any{"resource": "PullRequest", "code": code}
	if field != "" {
		detail["field"] = field
	}
	if message != "" {
		detail["message"] = message
	}
	a.body.(map[string]any)["errors"] = []any{detail}
	return a
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// nowhere takes an answer that nobody will see.
type nowhere struct{ header http.Header }

func (n *nowhere) Header() http.Header         { return n.header }
func (n *nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (n *nowhere) WriteHeader(int)             {}
