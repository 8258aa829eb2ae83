package sign

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// gpgKey signs as gpg does.
type gpgKey struct{ entity *openpgp.Entity }

func readGPG(text, passphrase string) (Key, error) {
	ring, err := openpgp.ReadArmoredKeyRing(strings.NewReader(text))
	if err != nil {
		return Key{}, fmt.Errorf("read OpenPGP key: %w", err)
	}
	if len(ring) != 1 {
		return Key{}, fmt.Errorf("read OpenPGP key: %d keys are in the text, export the one to sign with", len(ring))
	}
	entity := ring[0]
	key, ok := entity.SigningKey(time.Now())
	switch {
	case !ok:
		return Key{}, errors.New("read OpenPGP key: no part of it can sign now; it may have expired")
	case key.PrivateKey == nil || key.PrivateKey.Dummy():
		return Key{}, errors.New("read OpenPGP key: the private part of the signing key is missing; export it with `gpg --armor --export-secret-keys`")
	}
	if key.PrivateKey.Encrypted {
		if passphrase == "" || entity.DecryptPrivateKeys([]byte(passphrase)) != nil {
			return Key{}, fmt.Errorf("read OpenPGP key: %w", ErrPassphrase)
		}
	}
	k := Key{Format: GPG, signer: gpgKey{entity}}
	if who := entity.PrimaryIdentity(); who != nil && who.UserId != nil {
		k.Name, k.Email = who.UserId.Name, who.UserId.Email
	}
	return k, nil
}

// Sign makes a detached signature over the bytes, in ASCII armor. gpg itself writes no checksum any more either.
func (k gpgKey) Sign(payload []byte) (string, error) {
	var raw, text bytes.Buffer
	if err := openpgp.DetachSign(&raw, k.entity, bytes.NewReader(payload), &packet.Config{}); err != nil {
		return "", fmt.Errorf("sign with the OpenPGP key: %w", err)
	}
	w, err := armor.EncodeWithChecksumOption(&text, openpgp.SignatureType, nil, false)
	if err == nil {
		_, err = w.Write(raw.Bytes())
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return "", fmt.Errorf("sign with the OpenPGP key: %w", err)
	}
	return text.String() + "\n", nil
}

func (k gpgKey) Made(payload []byte, signature string) bool {
	_, err := openpgp.CheckArmoredDetachedSignature(openpgp.EntityList{k.entity}, bytes.NewReader(payload), strings.NewReader(signature), nil)
	return err == nil
}
