package host

import "strings"

// SigningKey is the private key that signs what belay makes, as it was given.
type SigningKey struct {
	Text       string // an armored OpenPGP key or an SSH key; empty for none
	Passphrase string // empty for a key without one
}

// GivenKey reads the key from belay's own variables, else from the action's inputs. No step inherits them.
func GivenKey(getenv func(string) string) SigningKey {
	return SigningKey{
		Text:       strings.TrimSpace(first(getenv, "BELAY_SIGNING_KEY", "INPUT_SIGNING_KEY")),
		Passphrase: first(getenv, "BELAY_SIGNING_PASSPHRASE", "INPUT_SIGNING_PASSPHRASE"),
	}
}
