package process

import "testing"

func TestSecretsAreKnownByTheNameOfTheirVariable(t *testing.T) {
	m := SecretEnv("NPM_TOKEN=npm_abcdef", "AWS_SECRET_ACCESS_KEY=wJalrXUtn", "POSTGRES_PASSWORD=postgres", "CACHE_KEY=linux-go",
		"TOKEN_FILE=/run/token", "PIN_TOKEN=123", "=C:=C:\\", "no equals sign")
	for text, want := range map[string]string{
		"npm_abcdef and wJalrXUtn": "*** and ***",
		"postgres started":         "*** started",
		"linux-go, /run/token":     "linux-go, /run/token",
		"123":                      "123", // too short to be told from ordinary text
	} {
		if got := m.String(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
