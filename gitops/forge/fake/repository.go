package fake

import (
	"crypto/sha1"
	"encoding/hex"
	"net/http"
	"strings"
)

func (g *GitHub) exists(branch string) bool {
	return g.opts.BranchExists == nil || g.opts.BranchExists(branch)
}

// tip is the commit id of a branch. Where the caller keeps no commits it is made from the name, as git makes ids.
func (g *GitHub) tip(branch string) string {
	if g.opts.Tip != nil {
		return g.opts.Tip(branch)
	}
	id := sha1.Sum([]byte(branch))
	return hex.EncodeToString(id[:])
}

func (g *GitHub) repository(r *http.Request) answer {
	return answer{status: http.StatusOK, body: g.documents(r).repository()}
}

func (g *GitHub) getRef(r *http.Request) answer {
	branch, isBranch := strings.CutPrefix(r.PathValue("ref"), "heads/")
	if !isBranch || !g.exists(branch) {
		return notFound
	}
	return answer{status: http.StatusOK, body: g.documents(r).ref(branch, g.tip(branch))}
}

// compare knows no history: two branches are identical, or the second is one commit ahead.
func (g *GitHub) compare(r *http.Request) answer {
	base, head, ok := strings.Cut(r.PathValue("basehead"), "...")
	if !ok || !g.exists(base) || !g.exists(head) {
		return notFound
	}
	return answer{status: http.StatusOK, body: g.documents(r).comparison(base, head, g.tip(base), g.tip(head))}
}
