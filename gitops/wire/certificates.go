package wire

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// certificates gathers what vouches for a server beside the system's own certificates: what belay was given, and what
// git was told to use (http.sslCAInfo and http.sslCAPath, and their variables, git-config(1)). That git was told to
// check nothing (http.sslVerify) is not listened to.
func (l Lookup) certificates(ctx context.Context, u *url.URL) (string, error) {
	if u.Scheme != "https" {
		return "", nil
	}
	var all []string
	if strings.Contains(l.CABundle, "-----BEGIN") {
		all = append(all, l.CABundle)
	} else if l.CABundle != "" {
		pem, err := readCertificates("ca_bundle", l.CABundle)
		if err != nil {
			return "", err
		}
		all = append(all, pem)
	}
	for _, setting := range []struct{ variable, key string }{{"GIT_SSL_CAINFO", "http.sslCAInfo"}, {"GIT_SSL_CAPATH", "http.sslCAPath"}} {
		path, err := l.setting(ctx, u, setting.variable, setting.key)
		if err != nil {
			return "", err
		}
		if path == "" {
			continue
		}
		pem, err := readCertificates(setting.key, path)
		if err != nil {
			return "", err
		}
		all = append(all, pem)
	}
	return strings.Join(all, "\n"), nil
}

// setting is a path of git's, from the environment or else the configuration.
func (l Lookup) setting(ctx context.Context, u *url.URL, variable, key string) (string, error) {
	bare := *u
	bare.User = nil
	out, err := l.git(ctx, "", "-c", "safe.directory=*", "config", "--type=path", "--get-urlmatch", key, bare.String())
	return cmp.Or(os.Getenv(variable), strings.TrimSuffix(out, "\n")), err
}

// readCertificates reads a file of certificates, or all files of a folder.
func readCertificates(name, path string) (string, error) {
	files := []string{path}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		files, _ = filepath.Glob(filepath.Join(path, "*")) // the pattern is well formed
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("read %s: %w", name, err)
		}
		all.Write(text)
		all.WriteByte('\n')
	}
	if !strings.Contains(all.String(), "-----BEGIN CERTIFICATE-----") {
		return "", fmt.Errorf("read %s: there is no certificate in PEM in %s", name, path)
	}
	return all.String(), nil
}

// trusting is what to believe where certificates vouch beside the system's; nil for the system's alone.
func trusting(certificates string) *tls.Config {
	if certificates == "" {
		return nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	pool.AppendCertsFromPEM([]byte(certificates))
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
}

// untrusted says what to do about a server's certificate that nothing vouches for; nil for any other error.
func untrusted(err error) *unknownServer {
	var bad *tls.CertificateVerificationError
	if !errors.As(err, &bad) {
		return nil
	}
	var authority x509.UnknownAuthorityError
	advice := "check the server's name and the machine's clock"
	if errors.As(err, &authority) {
		advice = "give the certificate of the authority behind it as ca_bundle, or name its file in SSL_CERT_FILE"
	}
	return &unknownServer{fmt.Sprintf("the server's certificate is not to be trusted (%v): %s", bad.Err, advice)}
}
