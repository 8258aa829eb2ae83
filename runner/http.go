package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/report"
)

// httpStep asks a server something.
func httpStep() builtin {
	return builtin{
		Builtin: spec.Builtin{
			Name:  "http",
			Local: true,
			Means: "Sends one HTTP request. A status that is not expected is a failure of the kind `http.client-error.status-404` or `http.server-error.status-503`, so that `match: http.server-error` takes every 5xx; a `Retry-After` of the answer is waited for. A server that can't be reached is `network`. Headers do not follow a redirect to another host, and a body does not either. belay's own tokens are never sent.",
			With: []source.Key{
				{Name: "url", Type: source.TypeText, Required: true, Example: "https://shop.example.com/health", Means: "the address, http or https", Valid: wrongAddress},
				{Name: "method", Type: source.TypeText, Default: "GET", Example: "POST", Means: "the request's method", Valid: wrongMethod},
				{Name: "headers", Type: source.TypePairs, Example: "{ Authorization: \"Bearer ${{ env.SHOP_TOKEN }}\" }", Means: "the request's headers, by name"},
				{Name: "query", Type: source.TypePairs, Example: "{ version: \"${{ inputs.tag }}\" }", Means: "what is added to the address behind the question mark, by name; a list gives the name several times"},
				{Name: "body", Type: source.TypeBody, Example: "{ text: \"shop ${{ inputs.tag }} is live\" }", Means: "the request's body: text as it is, anything else as JSON, with a Content-Type unless a header says another"},
				{Name: "expect", Type: source.TypeWords, Default: "200-299", Example: "[200, 404]", Means: "the statuses, or ranges of them, that are a success", Valid: wrongStatus},
			},
			Outputs: []spec.Output{
				{Name: "status", Means: "the answer's status, as 200"},
				{Name: "body", Means: "the answer's body, at most 1 MiB; of JSON, `fromJSON(steps.ID.outputs.body)` is the value"},
				{Name: "type", Means: "the answer's Content-Type"},
			},
			Check: checkHTTP,
		},
		do: (*conductor).http,
	}
}

const (
	maxAnswer  = 1 << 20        // bytes of an answer
	answerTime = time.Minute    // how long a request may take where the step has no timeout of its own
	maxSaid    = 200            // characters of an answer that a failure shows
	maxWait    = 24 * time.Hour // a longer Retry-After is none
	agent      = "belay (+https://github.com/belay-ci/belay)"
)

// http sends the request once.
func (c *conductor) http(ctx context.Context, k call) execution {
	asked, expected, err := question(k.with)
	if err != nil {
		return failedExecution(notStarted(fmt.Errorf("http: %w", err)))
	}
	if k.step.Timeout == 0 {
		bounded, cancel := context.WithTimeout(ctx, answerTime)
		defer cancel()
		ctx = bounded
	}
	named := asked.Method + " " + shownAddress(asked.URL)
	client := &http.Client{CheckRedirect: onlyToItsHost}
	begun := time.Now()
	answer, err := client.Do(asked.WithContext(ctx))
	if err != nil {
		return unreached(ctx, named, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	switch {
	case err != nil:
		return unreached(ctx, named, err)
	case len(body) > maxAnswer:
		return failedExecution(policy.Failure{Kind: "http.too-large", ExitCode: 1, Message: named + ": the answer is larger than 1 MiB"})
	}
	text := strings.ToValidUTF8(string(body), string(utf8.RuneError))
	c.show(report.Noted{Text: c.job.Masks.String(fmt.Sprintf("%s: %s in %s", named, answer.Status, report.Duration(time.Since(begun))))})
	if !slices.ContainsFunc(expected, func(r policy.Range) bool { return r.Contains(answer.StatusCode) }) {
		return failedExecution(unexpected(named, answer, text))
	}
	e := execution{}
	e.effects.Outputs = map[string]string{
		"status": strconv.Itoa(answer.StatusCode), "body": text, "type": answer.Header.Get("Content-Type"),
	}
	return e
}

// onlyToItsHost follows redirects. To another host, or from https to http, no header of the author's goes along, and a
// body goes nowhere: they were meant for the server that was named.
func onlyToItsHost(next *http.Request, via []*http.Request) error {
	first := via[0].URL
	switch {
	case len(via) >= 10:
		return errors.New("it redirects more than ten times")
	case next.URL.Scheme == first.Scheme && next.URL.Host == first.Host:
		return nil
	case next.Body != nil && next.Body != http.NoBody:
		return fmt.Errorf("it redirects to %s, where the body is not sent; name that address if it is meant", shownAddress(next.URL))
	}
	for _, name := range slices.Collect(maps.Keys(next.Header)) {
		if name != "User-Agent" {
			next.Header.Del(name)
		}
	}
	next.Host = ""
	return nil
}

// shownAddress is an address fit for a message: without a login and without a query, which may hold secrets.
func shownAddress(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

// unreached is a request that came to nothing.
func unreached(ctx context.Context, named string, err error) execution {
	var of *url.Error
	if errors.As(err, &of) {
		err = of.Err // which names the address with its query
	}
	f := policy.Failure{Kind: policy.Network, ExitCode: -1, Message: fmt.Sprintf("%s: %v", named, err)}
	if errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		f.Message = fmt.Sprintf("%s: no answer within %s; give the step a `timeout` if it needs longer", named, answerTime)
	}
	return execution{failure: &f, cancelled: errors.Is(context.Cause(ctx), context.Canceled)}
}

// unexpected is an answer with another status than was expected.
func unexpected(named string, answer *http.Response, body string) policy.Failure {
	family := ""
	switch answer.StatusCode / 100 {
	case 4:
		family = "client-error."
	case 5:
		family = "server-error."
	}
	f := policy.Failure{
		Kind: policy.Kind(fmt.Sprintf("http.%sstatus-%d", family, answer.StatusCode)), ExitCode: 1,
		Message: fmt.Sprintf("%s: %s", named, answer.Status), RetryAfter: waitAsked(answer.Header, time.Now()),
		Details: map[string]any{"status": answer.StatusCode},
	}
	if said := report.OneLine(body); said != "" {
		if runes := []rune(said); len(runes) > maxSaid {
			said = string(runes[:maxSaid]) + "…"
		}
		f.Message += ": " + said
	}
	return f
}

// waitAsked reads Retry-After, seconds or a date (RFC 9110, 10.2.3); 0 when there is none.
func waitAsked(h http.Header, now time.Time) time.Duration {
	asked := h.Get("Retry-After")
	var wait time.Duration
	if seconds, err := strconv.ParseUint(asked, 10, 31); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(asked); err == nil {
		wait = at.Sub(now)
	}
	if wait < 0 || wait > maxWait {
		return 0
	}
	return wait
}
