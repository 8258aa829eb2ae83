package main

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/belay-ci/belay/runner/host"
)

func TestAForgeIsBelievedByTheCertificatesThatWereGiven(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"github", "gitlab", "gitea"} {
		for bundle, believed := range map[string]bool{"": false, text: true, file: true} {
			facts := host.Facts{Forge: name, APIURL: server.URL, ServerURL: server.URL, Repository: "acme/shop", Token: "t", ForgeToken: "t", Web: host.Web{CABundle: bundle}}
			f, err := openForge(facts, "", "")
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			_, err = f.Find(ctx, "topic", "main")
			cancel()
			var wrong *tls.CertificateVerificationError
			if errors.As(err, &wrong) == believed {
				t.Errorf("%s, certificates given: %t: %v", name, bundle != "", err)
			}
		}
	}
}

func TestCertificatesThatCannotBeReadAreSaid(t *testing.T) {
	for _, bundle := range []string{"-----BEGIN nothing", filepath.Join(t.TempDir(), "gone.pem")} {
		if _, err := forgeClient(bundle); err == nil {
			t.Errorf("%q was believed", bundle)
		}
	}
}
