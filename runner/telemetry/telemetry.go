package telemetry

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/belay-ci/belay/internal/retry"
	"github.com/belay-ci/belay/runner/report"
)

// Patience is how long sending may take in all. A CI host kills a cancelled job a few seconds later, so that a cancelled run
// has less of it.
const (
	Patience          = 3 * time.Second
	patienceCancelled = 500 * time.Millisecond
)

// Send sends the report's traces and metrics where the environment says, both at once, for no longer than Patience. It
// does nothing where no collector is named. An error says what was not sent: it is no reason to fail a run.
func Send(ctx context.Context, getenv func(string) string, version string, r report.Report) error {
	patience := Patience
	if r.Result == report.Cancelled {
		patience = patienceCancelled
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	return send(ctx, getenv, version, r)
}

// send sends both for as long as ctx lasts.
func send(ctx context.Context, getenv func(string) string, version string, r report.Report) error {
	from := resource(getenv, version)
	problems := make([]error, 2)
	var both sync.WaitGroup
	for i, s := range []struct {
		signal
		render func() ([]byte, error)
	}{
		{signal{"TRACES", "/v1/traces"}, func() ([]byte, error) { return report.Traces(r, from, getenv("TRACEPARENT")) }},
		{signal{"METRICS", "/v1/metrics"}, func() ([]byte, error) { return report.Metrics(r, from) }},
	} {
		both.Go(func() { problems[i] = one(ctx, getenv, s.signal, s.render) })
	}
	both.Wait()
	return errors.Join(problems...)
}

func one(ctx context.Context, getenv func(string) string, s signal, render func() ([]byte, error)) error {
	to, err := read(getenv, s)
	if err != nil || to.address == "" {
		return err
	}
	body, err := render()
	if err != nil {
		return err
	}
	if err := to.post(ctx, body); err != nil {
		return fmt.Errorf("send %s to the collector: %w", s.path[len("/v1/"):], err)
	}
	return nil
}

// post sends a document. A collector that is busy is asked again, while there is time.
func (s settings) post(ctx context.Context, body []byte) error {
	client, err := s.client()
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	var answer *refusal
	return retry.Do(ctx, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, s.timeout)
		defer cancel()
		return s.try(ctx, client, body)
	}, func(n int, err error) (time.Duration, bool) {
		return time.Duration(n) * 200 * time.Millisecond, errors.As(err, &answer) && answer.passing() && n <= 3
	})
}

func (s settings) client() (*http.Client, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if s.certificate != "" {
		pem, err := os.ReadFile(s.certificate)
		if err != nil {
			return nil, fmt.Errorf("read OTEL_EXPORTER_OTLP_CERTIFICATE: %w", err)
		}
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("read OTEL_EXPORTER_OTLP_CERTIFICATE: %s holds no certificate", s.certificate)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	}
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // headers may hold a token: they go nowhere else
	}}, nil
}

func (s settings) try(ctx context.Context, client *http.Client, body []byte) error {
	encoded, encoding, err := s.encode(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.address, bytes.NewReader(encoded))
	if err != nil {
		return err
	}
	for name, values := range s.headers {
		req.Header[name] = values
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "belay")
	if encoding != "" {
		req.Header.Set("Content-Encoding", encoding)
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if resp.StatusCode/100 != 2 {
		return &refusal{resp.StatusCode}
	}
	return partial(text)
}

func (s settings) encode(body []byte) (encoded []byte, encoding string, err error) {
	if s.compression != "gzip" {
		return body, "", nil
	}
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, err = z.Write(body)
	err = errors.Join(err, z.Close())
	return out.Bytes(), "gzip", err
}

// refusal is an answer other than success.
type refusal struct{ status int }

func (r *refusal) Error() string { return fmt.Sprintf("it answered %d", r.status) }

// passing reports whether asking again may help: https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes
func (r *refusal) passing() bool { return slices.Contains([]int{429, 502, 503, 504}, r.status) }

// partial reads a success that took not all of it: https://opentelemetry.io/docs/specs/otlp/#partial-success-1
func partial(text []byte) error {
	var answer struct {
		Partial struct {
			Spans   json.Number `json:"rejectedSpans"`
			Points  json.Number `json:"rejectedDataPoints"`
			Message string      `json:"errorMessage"`
		} `json:"partialSuccess"`
	}
	if json.Unmarshal(text, &answer) != nil || answer.Partial.Message == "" {
		return nil
	}
	return fmt.Errorf("it took a part only: %s", report.OneLine(answer.Partial.Message))
}
