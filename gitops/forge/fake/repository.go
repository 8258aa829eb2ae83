package fake

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
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

// updateRef moves a branch: without force to whatever is ahead of where it is then, which is all that it compares. belay does not
// use it; the control beside its tests does.
// https://docs.github.com/rest/git/refs#update-a-reference
func (g *GitHub) updateRef(r *http.Request) answer {
	var in struct {
		SHA   string
		Force bool
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return refusal(http.StatusBadRequest, "Problems parsing JSON")
	}
	if g.opts.Git == nil {
		return notFound
	}
	ref := "refs/" + r.PathValue("ref")
	old, err := g.opts.Git("", "rev-parse", "--verify", "--quiet", ref)
	if err != nil {
		return refusal(http.StatusUnprocessableEntity, "Reference does not exist")
	}
	if _, err := g.opts.Git("", "cat-file", "-e", in.SHA+"^{commit}"); err != nil {
		return refusal(http.StatusUnprocessableEntity, "Object does not exist")
	}
	if _, err := g.opts.Git("", "merge-base", "--is-ancestor", old, in.SHA); err != nil && !in.Force {
		return refusal(http.StatusUnprocessableEntity, "Update is not a fast forward")
	}
	if _, err := g.opts.Git("", "update-ref", ref, in.SHA, old); err != nil {
		return refusal(http.StatusConflict, "Reference cannot be updated")
	}
	return answer{status: http.StatusOK, body: g.documents(r).ref(strings.TrimPrefix(ref, "refs/heads/"), in.SHA)}
}

// compare knows no history: two branches are identical, or the second is one commit ahead.
func (g *GitHub) compare(r *http.Request) answer {
	base, head, ok := strings.Cut(r.PathValue("basehead"), "...")
	if !ok || !g.exists(base) || !g.exists(head) {
		return notFound
	}
	return answer{status: http.StatusOK, body: g.documents(r).comparison(base, head, g.tip(base), g.tip(head))}
}
