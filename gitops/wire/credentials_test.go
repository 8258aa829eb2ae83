package wire

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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

func TestSecretsAreWhatIsSentAndWhatIsInIt(t *testing.T) {
	for name, c := range map[string]struct {
		credentials Credentials
		want        []string
	}{
		"none":                      {},
		"a user name alone":         {credentials: Credentials{Username: "ada"}},
		"a password":                {Credentials{Username: "ada", Password: "hunter2"}, []string{"hunter2", "ada:hunter2"}},
		"what checkout leaves":      {Credentials{Header: "AUTHORIZATION: basic YWRhOmh1bnRlcjI="}, []string{"YWRhOmh1bnRlcjI=", "hunter2"}},
		"a header that is no login": {Credentials{Header: "Authorization: Bearer ey.J"}, []string{"ey.J"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, c.credentials.Secrets()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestATokenIsFoundAlsoInAHeader(t *testing.T) {
	for want, c := range map[string]Credentials{
		"":        {Header: "Authorization: Bearer ey.J"},
		"hunter2": {Username: "ada", Password: "hunter2"},
		"hunter3": {Header: "AUTHORIZATION: basic YWRhOmh1bnRlcjM="},
	} {
		if got := c.Token(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
