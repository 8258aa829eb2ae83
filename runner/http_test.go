package runner

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/belay-ci/belay/runner/report"
)

// ask runs one http step with this `with`, and returns the report's row of it.
func ask(t *testing.T, with string) report.Step {
	t.Helper()
	text := "version: 1\nsteps:\n  - id: ask\n    uses: http\n    timeout: 5s\n    env: { TOKEN: s3cr3t-token }\n    with: " + with + "\n"
	job := jobOf(t, text, "version: 1\nroutes: []\n")
	job.Masks.Add("s3cr3t-token")
	r := Run(t.Context(), job)
	return r.Steps[0]
}

// echo answers with what it was asked.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("Content-Type", "text/plain")
	fmt.Fprintf(w, "%s %s|%s|%s|%s", r.Method, r.URL, r.Header.Get("Authorization"), r.Header.Get("Content-Type"), body)
}

func TestHTTPStepSendsWhatItIsGiven(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(echo))
	defer server.Close()
	for _, c := range []struct{ name, with, want string }{
		{"a plain request", `{ url: URL/a }`, "GET /a|||"},
		{"a query", `{ url: "URL/a?x=1", query: { q: "a b&c", n: [1, 2] } }`, "GET /a?x=1&n=1&n=2&q=a+b%26c|||"},
		{"the address's own query as it is written", `{ url: "URL/a?wsdl&b=x%20y;z&a=100%&c=ü 1" }`, "GET /a?wsdl&b=x%20y;z&a=100%&c=%C3%BC%201|||"},
		{"text", `{ url: URL, method: put, body: hello }`, "PUT /||text/plain; charset=utf-8|hello"},
		{"json in its order", `{ url: URL, method: POST, body: { z: 1.50, a: [true, null, "<1>"], "${{ 'k' }}": "${{ 1 + 1 }}" } }`, `POST /||application/json|{"z":1.50,"a":[true,null,"<1>"],"k":2}`},
		{"an expression's value", `{ url: URL, method: POST, body: "${{ fromJSON('{\"a\":[1]}') }}" }`, `POST /||application/json|{"a":[1]}`},
		{"a type of its own", `{ url: URL, method: POST, body: "<a/>", headers: { content-type: text/xml, Authorization: "Bearer ${{ env.TOKEN }}" } }`, "POST /|Bearer s3cr3t-token|text/xml|<a/>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			row := ask(t, strings.ReplaceAll(c.with, "URL", server.URL))
			want := map[string]string{"status": "200", "type": "text/plain", "body": strings.ReplaceAll(c.want, "s3cr3t-token", "***")}
			if diff := cmp.Diff(want, row.Outputs); diff != "" {
				t.Errorf("%+v (-want +got):\n%s", row.Attempts, diff)
			}
		})
	}
}

func TestHTTPStepFailsWithAKind(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/busy":
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprint(w, "come\nback  later ", strings.Repeat("x", 1000))
		case "/large":
			io.Copy(w, io.LimitReader(zeros{}, maxAnswer+1))
		case "/short":
			w.Header().Set("Content-Length", "10")
			fmt.Fprint(w, "x")
		case "/moved":
			w.WriteHeader(http.StatusNotModified)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for _, c := range []struct{ name, with, kind, message string }{
		{"not found", `{ url: "URL/x?key=s3cr3t" }`, "http.client-error.status-404", "GET URL/x: 404 Not Found: 404 page not found"},
		{"busy", `{ url: URL/busy }`, "http.server-error.status-503", "GET URL/busy: 503 Service Unavailable: come back later xxx"},
		{"neither", `{ url: URL/moved }`, "http.status-304", "GET URL/moved: 304 Not Modified"},
		{"too large", `{ url: URL/large }`, "http.too-large", "GET URL/large: the answer is larger than 1 MiB"},
		{"cut", `{ url: URL/short }`, "network", "GET URL/short: unexpected EOF"},
		{"in a circle", `{ url: URL/loop }`, "network", "GET URL/loop: it redirects more than ten times"},
		{"not there", `{ url: "GONE?key=s3cr3t" }`, "network", "GET GONE: dial tcp"},
		{"no address", `{ url: "${{ 'file:///etc/passwd' }}" }`, "step.start", "http: url: an address begins with https:// or http:// and a host"},
		{"a header that is two", `{ url: URL, headers: { X: "${{ 'a\\nb: c' }}" } }`, "step.start", `http: the header "X" can't be sent`},
	} {
		t.Run(c.name, func(t *testing.T) {
			places := strings.NewReplacer("URL", server.URL, "GONE", gone.URL)
			a := ask(t, places.Replace(c.with)).Attempts[0]
			if string(a.Kind) != c.kind || !strings.HasPrefix(a.Message, places.Replace(c.message)) {
				t.Errorf("kind %s: %s", a.Kind, a.Message)
			}
			if strings.Contains(a.Message, "s3cr3t") || len(a.Message) > 400 {
				t.Errorf("the message says too much: %s", a.Message)
			}
		})
	}
	if row := ask(t, `{ url: `+server.URL+`/x, expect: [200, 400-499] }`); row.Outcome != report.StatusSuccess || row.Outputs["status"] != "404" {
		t.Errorf("an expected 404: %+v", row)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// What was meant for one host does not go to another.
func TestHTTPStepKeepsHeadersAndBodiesToTheirHost(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(echo))
	defer other.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, other.URL+"/there", http.StatusTemporaryRedirect)
		case "/here":
			http.Redirect(w, r, "/there", http.StatusTemporaryRedirect)
		default:
			echo(w, r)
		}
	}))
	defer server.Close()
	const headers = `headers: { Authorization: "Bearer ${{ env.TOKEN }}", X-Key: "${{ env.TOKEN }}" }`
	if got := ask(t, `{ url: `+server.URL+`/here, `+headers+` }`).Outputs["body"]; got != "GET /there|Bearer ***||" {
		t.Errorf("on the same host: %s", got)
	}
	if got := ask(t, `{ url: `+server.URL+`/away, `+headers+` }`).Outputs["body"]; got != "GET /there|||" {
		t.Errorf("to another host: %s", got)
	}
	row := ask(t, `{ url: `+server.URL+`/away, method: POST, body: secret }`)
	if row.Outcome != report.StatusFailure || !strings.Contains(row.Attempts[0].Message, "where the body is not sent") {
		t.Errorf("a body to another host: %+v", row)
	}
}

func TestRetryAfterIsRead(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "-1": 0, "x": 0, "99999999999": 0, "Fri, 02 Jan 2026 03:05:05 GMT": time.Minute, "Fri, 02 Jan 2026 03:00:00 GMT": 0,
	} {
		if got := waitAsked(http.Header{"Retry-After": {text}}, now); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
