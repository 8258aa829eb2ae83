// Package telemetry sends a run's traces and metrics to an OpenTelemetry collector, by OTLP over HTTP in its JSON form,
// where the standard environment variables name one. What is sent is rendered by package report.
package telemetry

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/belay-ci/belay/runner/report"
)

// settings are what OpenTelemetry's variables say about one signal.
// https://opentelemetry.io/docs/specs/otel/protocol/exporter/
type settings struct {
	address     string // empty where nothing is to be sent
	headers     http.Header
	timeout     time.Duration
	compression string
	certificate string // a file
}

// signal is traces or metrics.
type signal struct {
	name string // in variables
	path string // below the endpoint
}

// read reads a signal's settings. A variable of the signal's own goes before the general one.
func read(getenv func(string) string, s signal) (settings, error) {
	of := func(name string) string {
		if value := strings.TrimSpace(getenv("OTEL_EXPORTER_OTLP_" + s.name + "_" + name)); value != "" {
			return value
		}
		return strings.TrimSpace(getenv("OTEL_EXPORTER_OTLP_" + name))
	}
	if strings.EqualFold(getenv("OTEL_SDK_DISABLED"), "true") || getenv("OTEL_"+s.name+"_EXPORTER") == "none" {
		return settings{}, nil
	}
	out := settings{timeout: 10 * time.Second, compression: of("COMPRESSION"), certificate: of("CERTIFICATE")}
	if own := strings.TrimSpace(getenv("OTEL_EXPORTER_OTLP_" + s.name + "_ENDPOINT")); own != "" {
		out.address = own
	} else if general := strings.TrimSpace(getenv("OTEL_EXPORTER_OTLP_ENDPOINT")); general != "" {
		out.address = strings.TrimSuffix(general, "/") + s.path
	}
	if out.address == "" {
		return settings{}, nil
	}
	if u, err := url.Parse(out.address); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return settings{}, fmt.Errorf("read OTEL_EXPORTER_OTLP_ENDPOINT: %q is no http address", out.address)
	}
	if protocol := of("PROTOCOL"); protocol == "grpc" {
		return settings{}, fmt.Errorf("read OTEL_EXPORTER_OTLP_PROTOCOL: belay speaks OTLP over HTTP, not grpc: point the endpoint at the collector's HTTP port, 4318")
	}
	if text := of("TIMEOUT"); text != "" {
		ms, err := strconv.Atoi(text)
		if err != nil || ms <= 0 {
			return settings{}, fmt.Errorf("read OTEL_EXPORTER_OTLP_TIMEOUT: %q is no number of milliseconds", text)
		}
		out.timeout = time.Duration(ms) * time.Millisecond
	}
	var err error
	out.headers, err = headers(of("HEADERS"))
	return out, err
}

// headers reads name=value pairs, whose values are percent-encoded (https://www.w3.org/TR/baggage/#header-content).
func headers(text string) (http.Header, error) {
	all := http.Header{}
	for pair := range strings.SplitSeq(text, ",") {
		name, value, ok := strings.Cut(pair, "=")
		if strings.TrimSpace(pair) == "" {
			continue
		}
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if name = strings.TrimSpace(name); !ok || err != nil || name == "" {
			return nil, fmt.Errorf("read OTEL_EXPORTER_OTLP_HEADERS: a pair is not name=value") // it may hold a token: it is not shown
		}
		all.Set(name, value)
	}
	return all, nil
}

// resource is who sends: belay, unless the variables say otherwise.
// https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#general-sdk-configuration
func resource(getenv func(string) string, version string) report.Resource {
	r := report.Resource{"service.name": "belay", "service.version": version}
	for pair := range strings.SplitSeq(getenv("OTEL_RESOURCE_ATTRIBUTES"), ",") {
		name, value, ok := strings.Cut(pair, "=")
		if value, err := url.PathUnescape(strings.TrimSpace(value)); ok && err == nil && strings.TrimSpace(name) != "" {
			r[strings.TrimSpace(name)] = value
		}
	}
	if name := getenv("OTEL_SERVICE_NAME"); name != "" {
		r["service.name"] = name
	}
	return r
}
