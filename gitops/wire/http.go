package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// httpTransport speaks smart HTTP, gitprotocol-http(5).
type httpTransport struct {
	client        *http.Client
	base          *url.URL // the repository; moves when the server redirects
	authorization string
	userAgent     string
	hold          <-chan struct{} // see Aside
}

func newHTTPTransport(u *url.URL, o Options, userAgent string) *httpTransport {
	credentials := o.Credentials
	if credentials == (Credentials{}) && u.User != nil {
		credentials = userinfo(u)
	}
	base := &url.URL{Scheme: u.Scheme, Host: u.Host, Path: strings.TrimSuffix(u.Path, "/"), RawPath: strings.TrimSuffix(u.RawPath, "/")}
	client := o.HTTP
	if client == nil {
		client = newClient(2*time.Minute, trusting(o.CA))
	}
	own := *client
	own.CheckRedirect = followOwnHost
	return &httpTransport{client: &own, base: base, authorization: credentials.authorization(), userAgent: userAgent}
}

func (t *httpTransport) close() { t.client.CloseIdleConnections() }

func (t *httpTransport) get(ctx context.Context, service string) (io.ReadCloser, error) {
	u := t.base.JoinPath("info", "refs")
	u.RawQuery = "service=" + service
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	resp, err := t.do(req, service, "advertisement")
	if err != nil {
		return nil, err
	}
	if err := t.move(resp.Request.URL); err != nil {
		_ = resp.Body.Close()
		return nil, err
	}
	return resp.Body, nil
}

// move goes where the server's redirects, if any, led: a POST must not be redirected, so later requests go to
// the new place at once, as git's do.
func (t *httpTransport) move(to *url.URL) error {
	path, ok := strings.CutSuffix(to.Path, "/info/refs")
	if !ok {
		return fmt.Errorf("the server redirects to %s, which is no address of a repository", shown(to))
	}
	t.base = &url.URL{Scheme: to.Scheme, Host: to.Host, Path: path, RawPath: strings.TrimSuffix(to.RawPath, "/info/refs")}
	return nil
}

func (t *httpTransport) post(ctx context.Context, service string, body io.Reader, length int64) (io.ReadCloser, error) {
	if t.hold != nil && service == uploadPack {
		body = heldBody{body, ctx, t.hold}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.base.JoinPath(service).String(), body)
	if err != nil {
		return nil, err
	}
	req.ContentLength = length
	req.Header.Set("Content-Type", "application/x-"+service+"-request")
	if service == uploadPack {
		// Reading changes nothing: let net/http try again where a kept connection has died. An empty value marks the
		// request as repeatable and is not sent, see http.Transport.
		req.Header["Idempotency-Key"] = nil
	} else {
		req.GetBody = nil // without it net/http has no way to repeat a request whose body it has begun to read
	}
	resp, err := t.do(req, service, "result")
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}

func (t *httpTransport) do(req *http.Request, service, answer string) (*http.Response, error) {
	want := "application/x-" + service + "-" + answer
	req.Header.Set("Accept", want)
	req.Header.Set("User-Agent", t.userAgent)
	if service == uploadPack {
		req.Header.Set("Git-Protocol", "version=2")
	}
	if t.authorization != "" {
		req.Header.Set("Authorization", t.authorization)
	}
	resp, err := t.client.Do(req)
	if err != nil {
		var at *url.Error // repeats the address, which an Error names too
		if errors.As(err, &at) {
			err = at.Err
		}
		if bad := untrusted(err); bad != nil {
			return nil, bad
		}
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		defer resp.Body.Close()
		return nil, newStatusError(resp, time.Now())
	}
	if got, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); got != want {
		_ = resp.Body.Close()
		return nil, fmt.Errorf("no git repository answers there: the answer is of type %q, want %s", clean(resp.Header.Get("Content-Type")), want)
	}
	return resp, nil
}
