package wire

import (
	"strings"
	"testing"
)

func TestDialTakesAddressesItCanReach(t *testing.T) {
	for remote, want := range map[string]string{
		"https://forge.example/org/shop.git/":        "https://forge.example/org/shop.git",
		"https://me:secret@forge.example:8443/a%2Fb": "https://forge.example:8443/a%2Fb",
		"http://127.0.0.1:80/shop":                   "http://127.0.0.1:80/shop",
		"file:///srv/shop.git":                       "/srv/shop.git",
		"/srv/shop.git":                              "/srv/shop.git",
		"ssh://git:secret@forge.example:22/shop":     "ssh://git@forge.example:22/shop",
		"git@forge.example:org/shop":                 "ssh://git@forge.example/org/shop",
	} {
		c, err := Dial(remote, Options{})
		if err != nil {
			t.Errorf("Dial(%q): %v", remote, err)
		} else if c.url != want {
			t.Errorf("Dial(%q) shows itself as %q, want %q", remote, c.url, want)
		}
	}
}

func TestDialRefusesOtherAddressesWithoutShowingSecrets(t *testing.T) {
	for _, remote := range []string{
		"ssh://git:secret@-oProxyCommand=x/shop", "ssh://git:secret@forge.example", "ext::touch pwned", "--upload-pack=touch pwned",
		"ftp://me:secret@forge.example/x", "https:///shop", "shop.git", "", "https://me:secret@bad host/%zz", "file://elsewhere/shop",
	} {
		_, err := Dial(remote, Options{})
		if err == nil {
			t.Errorf("Dial(%q) succeeded", remote)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("Dial(%q) shows the password: %v", remote, err)
		}
	}
}
