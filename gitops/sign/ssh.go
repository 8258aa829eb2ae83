package sign

import (
	"bytes"
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"
)

// sshKey signs as `ssh-keygen -Y sign -n git` does.
type sshKey struct{ key ssh.Signer }

// Both the signed text and the signature begin with these bytes; git signs in a namespace of its own, so that a
// signature can't be passed off as one of a login or of a file.
const (
	sshMagic     = "SSHSIG"
	sshNamespace = "git"
	sshHash      = "sha512"
	sshBegin     = "-----BEGIN SSH SIGNATURE-----"
	sshEnd       = "-----END SSH SIGNATURE-----"
)

// sshBlob is the signature as PROTOCOL.sshsig has it, after the magic bytes.
type sshBlob struct {
	Version   uint32
	PublicKey []byte
	Namespace string
	Reserved  string
	Hash      string
	Signature []byte
}

// sshSigned is what the key signs, after the magic bytes.
type sshSigned struct {
	Namespace, Reserved, Hash string
	Digest                    []byte
}

func readSSH(text, passphrase string) (Key, error) {
	raw, err := ssh.ParseRawPrivateKey([]byte(text))
	var locked *ssh.PassphraseMissingError
	if errors.As(err, &locked) {
		if raw, err = ssh.ParseRawPrivateKeyWithPassphrase([]byte(text), []byte(passphrase)); err != nil {
			return Key{}, fmt.Errorf("read SSH key: %w", ErrPassphrase)
		}
	}
	if err != nil {
		return Key{}, fmt.Errorf("read SSH key: %w", err)
	}
	key, err := ssh.NewSignerFromKey(raw)
	if err != nil {
		return Key{}, fmt.Errorf("read SSH key: %w", err)
	}
	return Key{Format: SSH, signer: sshKey{key}}, nil
}

// Sign makes the signature in its armor, in lines of 70 as OpenSSH writes them.
func (k sshKey) Sign(payload []byte) (string, error) {
	signature, err := k.sign(signedBySSH(payload, sshHash))
	if err != nil {
		return "", fmt.Errorf("sign with the SSH key: %w", err)
	}
	blob := append([]byte(sshMagic), ssh.Marshal(sshBlob{
		Version: 1, PublicKey: k.key.PublicKey().Marshal(), Namespace: sshNamespace, Hash: sshHash, Signature: ssh.Marshal(signature),
	})...)
	var text strings.Builder
	text.WriteString(sshBegin + "\n")
	for encoded := base64.StdEncoding.EncodeToString(blob); encoded != ""; {
		n := min(70, len(encoded))
		text.WriteString(encoded[:n] + "\n")
		encoded = encoded[n:]
	}
	text.WriteString(sshEnd + "\n")
	return text.String(), nil
}

// sign takes SHA-512 for an RSA key: SHA-1, the old default, is no valid signature in this format.
func (k sshKey) sign(data []byte) (*ssh.Signature, error) {
	if rsa, ok := k.key.(ssh.AlgorithmSigner); ok && k.key.PublicKey().Type() == ssh.KeyAlgoRSA {
		return rsa.SignWithAlgorithm(rand.Reader, data, ssh.KeyAlgoRSASHA512)
	}
	return k.key.Sign(rand.Reader, data)
}

func signedBySSH(payload []byte, hash string) []byte {
	digest := sha512.Sum512(payload)
	return append([]byte(sshMagic), ssh.Marshal(sshSigned{Namespace: sshNamespace, Hash: hash, Digest: digest[:]})...)
}

func (k sshKey) Made(payload []byte, signature string) bool {
	text := strings.TrimSpace(signature)
	text, begun := strings.CutPrefix(text, sshBegin)
	text, ended := strings.CutSuffix(text, sshEnd)
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	rest, magic := bytes.CutPrefix(raw, []byte(sshMagic))
	if !begun || !ended || err != nil || !magic {
		return false
	}
	var blob sshBlob
	var inner ssh.Signature
	if ssh.Unmarshal(rest, &blob) != nil || ssh.Unmarshal(blob.Signature, &inner) != nil {
		return false
	}
	// One made with sha256 is not looked into and counts as another's: ssh-keygen and belay take sha512.
	return blob.Namespace == sshNamespace && blob.Hash == sshHash && bytes.Equal(blob.PublicKey, k.key.PublicKey().Marshal()) &&
		k.key.PublicKey().Verify(signedBySSH(payload, blob.Hash), &inner) == nil
}
