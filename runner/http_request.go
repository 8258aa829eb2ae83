package runner

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/policy"
)

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
