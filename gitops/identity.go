package gitops

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

// Identity says which commit of which step this is, in words that are the same when the whole run is started again
// from nothing: no run attempt, no time, no content, no machine. Landing exactly once rests on it, because a re-run
// finds on the branch what an earlier attempt landed.
//
// Two jobs that are alive at once must differ in one of these words, or one of them takes the other's commit for its own.
type Identity struct {
	Repo   string // owner/name, or the remote's address without credentials
	Branch string // the branch landed on, without refs/heads/
	RunID  string // the same over all attempts of one CI run
	Job    string
	Matrix string // the job's place in its matrix; empty outside one
	Step   string
	Item   string // the for-each item; empty outside for-each
	N      int    // which commit of the change, from 0 for the newest; Land counts on from here
}

// ID returns the value of the commit's Belay-Id trailer: 128 bits of a hash over the identity's words, in hex.
func (i Identity) ID() string {
	h := sha256.New()
	for _, word := range []string{i.Repo, i.Branch, i.RunID, i.Job, i.Matrix, i.Step, i.Item, strconv.Itoa(i.N)} {
		// The length in front keeps ("a", "bc") apart from ("ab", "c").
		h.Write([]byte(strconv.Itoa(len(word)) + ":" + word))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
