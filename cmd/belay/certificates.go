package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
)

// forgeClient speaks to a forge's API: it believes the certificates that the git server is believed by, in PEM or in a file,
// beside the system's. Without any it is Go's own client, nil.
func forgeClient(bundle string) (*http.Client, error) {
	if bundle == "" {
		return nil, nil
	}
	if !strings.Contains(bundle, "-----BEGIN") {
		text, err := os.ReadFile(bundle)
		if err != nil {
			return nil, fmt.Errorf("read ca_bundle: %w", err)
		}
		bundle = string(text)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool() // a machine without any
	}
	if !roots.AppendCertsFromPEM([]byte(bundle)) {
		return nil, errors.New("read ca_bundle: there is no certificate in it")
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	return &http.Client{Transport: transport}, nil
}
