// Package sign makes the signatures git keeps on commits and tags, with a key that is given to belay: OpenPGP
// (RFC 9580) as gpg makes them, and SSH (PROTOCOL.sshsig of OpenSSH) as ssh-keygen makes them. No program is started
// and no key ring is read, so the key is nowhere but in belay's own memory.
package sign

import (
	"errors"
	"fmt"
	"strings"
)

// Format is one of the two forms of a signature.
type Format string

// The formats, in the words of git's gpg.format.
const (
	GPG Format = "gpg"
	SSH Format = "ssh"
)

// Key signs, and knows its own signatures again.
type Key struct {
	Format      Format
	Name, Email string // whom the key says it belongs to; empty where it says nothing, as SSH keys do
	signer
}

// signer is what the two formats do in their own ways.
type signer interface {
	// Sign returns the armored signature of a commit or tag without one.
	Sign(payload []byte) (string, error)
	// Made reports whether this key made the signature of the payload.
	Made(payload []byte, signature string) bool
}

// ErrPassphrase is under the error of Read for a key that is locked and whose passphrase is missing or wrong.
var ErrPassphrase = errors.New("the key is locked: give its passphrase")

// Read reads a private key: an OpenPGP key in ASCII armor, as `gpg --armor --export-secret-keys` writes it, or an SSH
// key as ssh-keygen writes it. An error never holds any part of the key.
func Read(text, passphrase string) (Key, error) {
	text = strings.TrimSpace(text) + "\n"
	switch {
	case strings.HasPrefix(text, "-----BEGIN PGP PRIVATE KEY BLOCK-----"):
		return readGPG(text, passphrase)
	case strings.HasPrefix(text, "-----BEGIN PGP PUBLIC KEY BLOCK-----"):
		return Key{}, errors.New("read signing key: this is the public key; export the private one with `gpg --armor --export-secret-keys`")
	case strings.HasPrefix(text, "-----BEGIN ") && strings.Contains(text, "PRIVATE KEY-----"):
		return readSSH(text, passphrase)
	case strings.HasPrefix(text, "ssh-") || strings.HasPrefix(text, "ecdsa-"):
		return Key{}, errors.New("read signing key: this is the public key; give the private one, the file without .pub")
	}
	return Key{}, fmt.Errorf("read signing key: this is neither an armored OpenPGP private key nor an SSH private key")
}
