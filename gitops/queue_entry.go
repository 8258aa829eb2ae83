package gitops

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/belay-ci/belay/gitops/merge"
)

// entry is a change in the queue: the run's commits, ready to be replayed, and who may land them until when. It lies on
// the server as a commit, the envelope, whose parent is the newest of them.
type entry struct {
	repo    string // as the run's identity names it
	branch  string
	id      string        // the Belay-Id of the newest commit
	base    plumbing.Hash // the tip the commits were made for
	commit  plumbing.Hash // the newest commit
	expires time.Time     // to the second
}

// The envelope's trailers.
const (
	trailerQueueBase    = "Belay-Queue-Base"
	trailerQueueExpires = "Belay-Queue-Expires"
	trailerQueueMAC     = "Belay-Queue-Mac"
)

// mac is the HMAC-SHA-256 (RFC 2104) over everything that decides what is landed where, and until when. The commit's
// hash stands for its content and that of the commits below it.
func (e entry) mac(key []byte) string {
	h := hmac.New(sha256.New, key)
	for _, word := range []string{"belay queue 1", e.repo, e.branch, e.id, e.base.String(), e.commit.String(), strconv.FormatInt(e.expires.Unix(), 10)} {
		fmt.Fprintf(h, "%d:%s", len(word), word) // the length keeps ("a", "bc") apart from ("ab", "c")
	}
	return hex.EncodeToString(h.Sum(nil))
}

// envelope is the commit that carries the entry, sealed with the key. Its tree is the change's own: it adds nothing.
func (e entry) envelope(key []byte, newest merge.Commit) merge.Commit {
	who := Person{Name: "belay", Email: "belay@localhost", When: e.expires}.signature().String()
	return merge.Commit{
		Tree: newest.Tree, Parents: []plumbing.Hash{e.commit}, Author: who, Committer: who,
		Message: fmt.Appendf(nil, "A change that waits to be landed\n\n%s: %s\n%s: %s\n%s: %d\n%s: %s\n",
			trailerID, e.id, trailerQueueBase, e.base, trailerQueueExpires, e.expires.Unix(), trailerQueueMAC, e.mac(key)),
	}
}

// errForged is the cause for an entry that nobody with the key made for this place.
var errForged = errors.New("the entry is not authenticated")

// openEnvelope reads an entry that was found under id, in the queue of a branch. It fails with errForged unless somebody
// with the key made it for this very repository, branch and id.
func openEnvelope(c merge.Commit, key []byte, repo, branch, id string) (entry, error) {
	e := entry{repo: repo, branch: branch, id: id}
	base, expires, mac := one(c, trailerQueueBase), one(c, trailerQueueExpires), one(c, trailerQueueMAC)
	seconds, err := strconv.ParseInt(expires, 10, 64)
	if err != nil || len(c.Parents) != 1 || !plumbing.IsHash(base) {
		return e, errForged
	}
	e.base, e.commit, e.expires = plumbing.NewHash(base), c.Parents[0], time.Unix(seconds, 0)
	if !hmac.Equal([]byte(mac), []byte(e.mac(key))) {
		return e, errForged
	}
	return e, nil
}

// one is the value of a trailer that must be there once.
func one(c merge.Commit, name string) string {
	if values := c.Trailer(name); len(values) == 1 {
		return strings.TrimSpace(values[0])
	}
	return ""
}
