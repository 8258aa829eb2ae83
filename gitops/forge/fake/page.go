package fake

import (
	"html/template"
	"net/http"
	"sync"
)

var pageTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("pull request").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{{.Title}} · #{{.Number}}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:50em;margin:2em auto;padding:0 1em}pre{white-space:pre-wrap;border:1px solid #8888;border-radius:6px;padding:1em}</style>
<h1>{{.Title}} <small>#{{.Number}}</small></h1>
<p><b>{{.State}}{{if .Draft}}, draft{{end}}</b> · <code>{{.Head}}</code> into <code>{{.Base}}</code>{{range .Labels}} · {{.}}{{end}}</p>
<pre>{{.Body}}</pre>
</html>
`))
})

// page shows one pull request to a person, its text as written.
func (g *GitHub) page(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	p := g.find(r.PathValue("number"))
	var shown PullRequest
	if p != nil {
		shown = p.PullRequest
	}
	g.mu.Unlock()
	if p == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	_ = pageTemplate().Execute(w, shown) // the reader may be gone
}
