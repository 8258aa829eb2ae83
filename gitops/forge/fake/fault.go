package fake

import (
	"net/http"
	"path"
	"sync"
)

// Fault is something that goes wrong with the next calls of one kind.
type Fault struct {
	Method  string // empty: every method
	Path    string // as path.Match, such as "/repos/acme/shop/pulls"; empty: every path of the API
	Times   int    // how many calls it spoils; 0 counts as 1
	Status  int    // answered in place of the real thing, which is not done
	Header  http.Header
	Message string // empty: the status in words
	Page    string // the documentation_url it answers with; empty: the API's
	Drop    bool   // do the real thing, then cut the connection before the answer
}

// faults are those that are to come.
type faults struct {
	mu   sync.Mutex
	list []Fault
}

// Inject adds a fault. Faults that match the same call are used up in the order they were added.
func (l *faults) Inject(f Fault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f.Times = max(f.Times, 1)
	l.list = append(l.list, f)
}

// takeFault uses up one call of the first fault that matches r.
func (l *faults) takeFault(r *http.Request) (Fault, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.list {
		f := &l.list[i]
		if f.Times > 0 && f.matches(r) {
			f.Times--
			return *f, true
		}
	}
	return Fault{}, false
}

func (f *Fault) matches(r *http.Request) bool {
	if f.Method != "" && f.Method != r.Method {
		return false
	}
	matched, err := path.Match(f.Path, r.URL.Path)
	return f.Path == "" || matched && err == nil
}

func (f *Fault) answer() answer {
	message := f.Message
	if message == "" {
		message = http.StatusText(f.Status)
	}
	a := refusal(f.Status, message)
	a.header = f.Header
	if body, ok := a.body.(map[string]any); ok && f.Page != "" {
		body["documentation_url"] = f.Page
	}
	return a
}
