package wire

import (
	"fmt"
	"strings"
	"testing"
)

func TestPrintedCredentialsShowNoSecret(t *testing.T) {
	for want, c := range map[string]Credentials{
		"no credentials":           {},
		"a user name and password": {Username: "ghp_secret", Password: "hunter2"},
		"an authorization header":  {Header: "AUTHORIZATION: basic c2VjcmV0"},
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			if got := fmt.Sprintf(verb, c); got != want {
				t.Errorf("%s prints %q, want %q", verb, got, want)
			}
		}
		if got := fmt.Sprintf("%+v %#v", Options{Credentials: c}, Found{Credentials: c}); strings.Contains(got, "secret") || strings.Contains(got, "hunter2") || strings.Contains(got, "c2VjcmV0") {
			t.Errorf("inside a struct they print as %q", got)
		}
	}
}

func TestAnAuthorizationHeaderIsTakenWithOrWithoutItsName(t *testing.T) {
	for _, header := range []string{"AUTHORIZATION: basic YTpi", "Authorization:basic YTpi", " basic YTpi "} {
		if got := (Credentials{Header: header}).authorization(); got != "basic YTpi" {
			t.Errorf("%q becomes %q", header, got)
		}
	}
}
