package runner

import (
	"bytes"
	"context"
	"encoding/json"
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

// checkHTTP looks at the names of headers, as far as they are known before anything runs.
func checkHTTP(_ source.Pos, with map[string]any, report func(source.Pos, string, ...any)) {
	headers, _ := with["headers"].(spec.Pairs)
	for _, h := range headers {
		if name, ok := h.Key.Literal(); ok && !isToken(name) {
			report(h.Node.Pos, "%q can't be the name of a header", name)
		}
	}
}

func wrongAddress(text string) string {
	if _, err := addressOf(text); err != nil {
		return fmt.Sprintf("%q: %v", text, err)
	}
	return ""
}

func wrongMethod(text string) string {
	if isToken(text) {
		return ""
	}
	return fmt.Sprintf("%q is none: a method is one word, such as POST", text)
}

func wrongStatus(text string) string {
	if _, err := statuses([]any{text}); err != nil {
		return err.Error()
	}
	return ""
}

// isToken reports whether text is a token of RFC 9110, 5.6.2: a method, the name of a header.
func isToken(text string) bool {
	return text != "" && strings.Trim(text, "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// addressOf reads an address that a request may go to.
func addressOf(text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	switch {
	case err != nil:
		return nil, errors.New("it is no address")
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return nil, errors.New("an address begins with https:// or http:// and a host")
	}
	return u, nil
}

// statuses reads which statuses are a success.
func statuses(list []any) ([]policy.Range, error) {
	var ranges []policy.Range
	for _, item := range list {
		r, err := policy.ParseRange(fmt.Sprint(item))
		if err != nil || r.From < 100 || r.To > 999 {
			return nil, fmt.Errorf("%q is none: a status is a number such as 200, or a range such as 200-299", fmt.Sprint(item))
		}
		ranges = append(ranges, r)
	}
	return ranges, nil
}

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

// question makes the request, and says which statuses are a success.
func question(with map[string]any) (*http.Request, []policy.Range, error) {
	address, err := addressOf(text(with["url"]))
	if err != nil {
		return nil, nil, fmt.Errorf("url: %w", err)
	}
	query := url.Values{}
	for _, q := range givenPairs(with["query"]) {
		values, ok := q.Value.([]any)
		if !ok {
			values = []any{q.Value}
		}
		for _, v := range values {
			query.Add(q.Filled(q.Key), plainText(v))
		}
	}
	address.RawQuery = addQuery(address.RawQuery, query)
	method := strings.ToUpper(text(with["method"]))
	if method == "" {
		method = http.MethodGet
	}
	body, kind, err := bodyOf(with["body"])
	if err != nil {
		return nil, nil, err
	}
	asked, err := http.NewRequest(method, address.String(), bytes.NewReader(body))
	if err != nil {
		return nil, nil, errors.New("the method is no word")
	}
	if len(body) == 0 {
		asked.Body, asked.ContentLength = http.NoBody, 0
	}
	asked.Header.Set("User-Agent", agent)
	if kind != "" {
		asked.Header.Set("Content-Type", kind)
	}
	for _, h := range givenPairs(with["headers"]) {
		name, value := h.Filled(h.Key), plainText(h.Value)
		if !isToken(name) || strings.ContainsAny(value, "\r\n\x00") {
			return nil, nil, fmt.Errorf("the header %q can't be sent: its name or value holds what no header may", name)
		}
		if strings.EqualFold(name, "Host") {
			asked.Host = value
		}
		asked.Header.Set(name, value)
	}
	given := []any{"200-299"}
	switch v := with["expect"].(type) {
	case nil:
	case []any:
		given = v
	default:
		given = []any{v}
	}
	expected, err := statuses(given)
	if err != nil {
		return nil, nil, fmt.Errorf("expect: %w", err)
	}
	return asked, expected, nil
}

// addQuery puts more behind an address's own query, which stays as it is written but for what no request line may hold: a
// server may tell `?wsdl` from `?wsdl=`, a semicolon is its business, and a signed address is good in one spelling alone.
func addQuery(own string, more url.Values) string {
	var out strings.Builder
	for i := range len(own) {
		if b := own[i]; b <= ' ' || b >= 0x7f {
			fmt.Fprintf(&out, "%%%02X", b)
		} else {
			out.WriteByte(b)
		}
	}
	if own != "" && len(more) > 0 {
		out.WriteByte('&')
	}
	return out.String() + more.Encode()
}

// bodyOf returns a body's bytes and type.
func bodyOf(v any) ([]byte, string, error) {
	switch v := v.(type) {
	case nil:
		return nil, "", nil
	case string:
		return []byte(v), "text/plain; charset=utf-8", nil
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(inOrder(v)); err != nil {
		return nil, "", fmt.Errorf("write the body as JSON: %w", err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), "application/json", nil
}

// ordered is a mapping that JSON has in its order.
type ordered []spec.Given

// MarshalJSON writes the mapping.
func (o ordered) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	out.WriteByte('{')
	for i, given := range o {
		if i > 0 {
			out.WriteByte(',')
		}
		if err := encoder.Encode(given.Filled(given.Key)); err != nil {
			return nil, err
		}
		out.WriteByte(':')
		if err := encoder.Encode(inOrder(given.Value)); err != nil {
			return nil, err
		}
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

func inOrder(v any) any {
	switch v := v.(type) {
	case []spec.Given:
		return ordered(v)
	case []any:
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = inOrder(item)
		}
		return items
	}
	return v
}

// plainText is a value as a header or a query has it.
func plainText(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
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
