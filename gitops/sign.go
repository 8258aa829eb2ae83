package gitops

import (
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/belay-ci/belay/gitops/merge"
)

// Signer signs what belay makes or rewrites: commits, annotated tags, reverts. A sign.Key is one.
type Signer interface {
	// Sign returns the armored signature of a commit or tag that has none.
	Sign(payload []byte) (string, error)
	// Made reports whether it made the signature of the payload itself.
	Made(payload []byte, signature string) bool
}

// signatureHeader is where a commit of a SHA-1 repository keeps its signature, whatever kind it is of.
const signatureHeader = "gpgsig"

// sign signs a commit of the store that belay made, as `git commit -S` does, and returns the signed one. Without a key it
// returns the commit as it is. A committer that the key belongs to takes the place of the one it has: forges
// call a signature verified only where the two agree.
func (r *Repo) sign(store merge.Store, hash plumbing.Hash) (plumbing.Hash, error) {
	if r.options.Sign == nil || hash.IsZero() {
		return hash, nil
	}
	c, err := readCommit(store, hash)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	if who := r.options.SignedBy; who != (Person{}) {
		committer := personOf(c.Committer)
		c.Committer = who.Name + " <" + who.Email + ">" + strings.TrimPrefix(c.Committer, committer.Name+" <"+committer.Email+">")
	}
	text, err := r.options.Sign.Sign(c.Encode())
	if err != nil {
		return plumbing.ZeroHash, err
	}
	// Continuation lines begin with a space (git's Documentation/gitformat-signature).
	folded := strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n ")
	c.Headers = append(c.Headers, merge.Header{Name: signatureHeader, Raw: signatureHeader + " " + folded + "\n"})
	return writeObject(store, plumbing.CommitObject, c.Encode())
}

// ownSignature reports whether a commit was signed by the key belay signs with: then signing it anew after a replay
// says no other thing than before.
func (r *Repo) ownSignature(c merge.Commit) bool {
	if r.options.Sign == nil {
		return false
	}
	var kept []merge.Header
	var signature string
	for _, h := range c.Headers {
		if h.Name == signatureHeader {
			signature = strings.ReplaceAll(strings.TrimPrefix(h.Raw, signatureHeader+" "), "\n ", "\n")
			continue
		}
		kept = append(kept, h)
	}
	c.Headers = kept
	return signature != "" && r.options.Sign.Made(c.Encode(), signature)
}
