// Package forgetest holds what every forge is tested with: the contract all of them pass, and an oracle that
// holds requests and responses against GitHub's own description of its API.
package forgetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// Validate passes every request on to handler, and fails the test unless the request and the response obey
// GitHub's OpenAPI description in testdata/github-openapi-subset.json. Paths outside the API, such as pages for
// people, are not judged. Two things are allowed that the description does not know: a bare list as the
// body of "add labels", and the statuses in undocumented.
func Validate(t testing.TB, handler http.Handler) http.Handler {
	t.Helper()
	router, err := description()
	if err != nil {
		t.Fatal(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !apiPath.MatchString(r.URL.Path) {
			handler.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("%s %s: read the request: %v", r.Method, r.URL.Path, err)
		}
		input, err := requestInput(router, r, body)
		if err != nil {
			t.Errorf("%s %s: GitHub has no such call: %v", r.Method, r.URL.Path, err)
			http.NotFound(w, r)
			return
		}
		if err := openapi3filter.ValidateRequest(r.Context(), input); err != nil {
			t.Errorf("%s %s: the request is not as GitHub wants it: %v\n%s", r.Method, r.URL.Path, err, body)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		recorded := httptest.NewRecorder()
		handler.ServeHTTP(recorded, r) // a handler that cuts the connection panics through here
		if err := checkResponse(r, input, recorded); err != nil {
			t.Errorf("%s %s: the response %d is not as GitHub's: %v", r.Method, r.URL.Path, recorded.Code, err)
		}
		for name, values := range recorded.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(recorded.Code)
		_, _ = w.Write(recorded.Body.Bytes()) // the client may be gone
	})
}

var apiPath = regexp.MustCompile(`^/(repos|app|user|rate_limit)(/|$)`)

// undocumented are the statuses any call can end with, though the description does not list them for each.
var undocumented = map[int]bool{
	http.StatusUnauthorized: true, http.StatusForbidden: true, http.StatusNotFound: true, http.StatusTooManyRequests: true,
	http.StatusUnprocessableEntity: true, // GitHub refuses a workflow_dispatch so, and describes only its success
	http.StatusInternalServerError: true, http.StatusBadGateway: true, http.StatusServiceUnavailable: true, http.StatusGatewayTimeout: true,
}

// slashed are the parameters that may hold slashes: without a pattern of their own the router finds no route for them.
var slashed = regexp.MustCompile(`\{(ref|branch|basehead)\}`)

// description is read once for all tests of a process: it is large, and never changes.
var description = sync.OnceValues(func() (routers.Router, error) {
	root, err := moduleRoot()
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join(root, "testdata", "github-openapi-subset.json"))
	if err != nil {
		return nil, err
	}
	paths := openapi3.NewPaths()
	for path, item := range doc.Paths.Map() {
		paths.Set(slashed.ReplaceAllString(path, `{$1:.+}`), item)
	}
	doc.Paths = paths
	return gorillamux.NewRouter(doc)
})

// moduleRoot is the folder of go.mod: tests of every package run somewhere below it.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("found no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
	return "", err
}

func requestInput(router routers.Router, r *http.Request, body []byte) (*openapi3filter.RequestValidationInput, error) {
	asGitHub := r.Clone(r.Context())
	asGitHub.URL = &url.URL{Scheme: "https", Host: "api.github.com", Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
	asGitHub.Host = asGitHub.URL.Host
	if strings.HasSuffix(r.URL.Path, "/labels") && bytes.HasPrefix(bytes.TrimSpace(body), []byte("[")) {
		body = []byte(`{"labels":` + string(body) + `}`) // GitHub's text allows the bare list, its schema does not
	}
	asGitHub.Body = io.NopCloser(bytes.NewReader(body))
	route, params, err := router.FindRoute(asGitHub)
	if err != nil {
		return nil, err
	}
	return &openapi3filter.RequestValidationInput{
		Request: asGitHub, PathParams: params, Route: route,
		Options: &openapi3filter.Options{
			IncludeResponseStatus: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
		},
	}, nil
}

func checkResponse(r *http.Request, input *openapi3filter.RequestValidationInput, recorded *httptest.ResponseRecorder) error {
	documented := input.Route.Operation.Responses.Status(recorded.Code) != nil
	if !documented && undocumented[recorded.Code] {
		var failure struct{ Message *string }
		return json.Unmarshal(recorded.Body.Bytes(), &failure)
	}
	return openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: recorded.Code, Header: recorded.Header(),
		Body: io.NopCloser(bytes.NewReader(recorded.Body.Bytes())), Options: input.Options,
	})
}
