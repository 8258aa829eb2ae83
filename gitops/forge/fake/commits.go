package fake

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// person is an author or committer.
type person struct{ Name, Email, Date string }

// BePerson has the token be a person's from now on, not an app's: for those GitHub signs nothing.
func (g *GitHub) BePerson() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.person = true
}

// createCommit makes a commit in the repository. It signs one that names nobody, for an app, as GitHub does: with its blank
// line at the signature's end. The signature is one in form alone.
func (g *GitHub) createCommit(r *http.Request) answer {
	var in struct {
		Message, Tree     string
		Parents           []string
		Author, Committer *person
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return refusal(http.StatusBadRequest, "Problems parsing JSON")
	}
	if g.opts.Git == nil {
		return notFound
	}
	if _, err := g.opts.Git("", "cat-file", "-e", in.Tree+"^{tree}"); err != nil {
		return refusal(http.StatusUnprocessableEntity, "Tree SHA does not exist")
	}
	for _, parent := range in.Parents {
		if _, err := g.opts.Git("", "cat-file", "-e", parent+"^{commit}"); err != nil {
			return refusal(http.StatusUnprocessableEntity, "Parent SHA does not exist or is not a commit object")
		}
	}
	author := person{Name: "github-actions[bot]", Email: "41898282+github-actions[bot]@users.noreply.github.com"}
	committer := person{Name: "GitHub", Email: "noreply@github.com"}
	if in.Author != nil {
		author, committer = *in.Author, *in.Author
	}
	if in.Committer != nil {
		committer = *in.Committer
	}
	now := time.Now().UTC()
	var head strings.Builder
	fmt.Fprintf(&head, "tree %s\n", in.Tree)
	for _, parent := range in.Parents {
		fmt.Fprintf(&head, "parent %s\n", parent)
	}
	fmt.Fprintf(&head, "author %s <%s> %d +0000\ncommitter %s <%s> %d +0000\n", author.Name, author.Email, now.Unix(), committer.Name, committer.Email, now.Unix())
	verification := object{"verified": false, "reason": "unsigned", "signature": nil, "payload": nil, "verified_at": nil}
	text := head.String() + "\n" + in.Message
	if in.Author == nil && in.Committer == nil && !g.person {
		signature := armored(text)
		verification = object{"verified": true, "reason": "valid", "signature": signature, "payload": text, "verified_at": now}
		text = head.String() + "gpgsig " + strings.ReplaceAll(signature, "\n", "\n ") + "\n\n" + in.Message
	}
	sha, err := g.opts.Git(text, "hash-object", "-t", "commit", "-w", "--stdin")
	if err != nil {
		return refusal(http.StatusUnprocessableEntity, err.Error())
	}
	author.Date, committer.Date = now.Format(time.RFC3339), now.Format(time.RFC3339)
	doc := g.documents(r)
	body := doc.gitCommit(sha, in.Tree, in.Message, in.Parents, author, committer)
	body["verification"] = verification
	return answer{http.StatusCreated, http.Header{"Location": {body["url"].(string)}}, body}
}

// armored is a signature in form.
func armored(payload string) string {
	sum := sha256.Sum256([]byte(payload))
	return "-----BEGIN PGP SIGNATURE-----\n\n" + base64.StdEncoding.EncodeToString(sum[:]) + "\n-----END PGP SIGNATURE-----\n"
}

func (d documents) gitCommit(sha, tree, message string, parents []string, author, committer person) object {
	page := d.web + "/" + d.repo + "/commit/"
	who := func(p person) object { return object{"name": p.Name, "email": p.Email, "date": p.Date} }
	list := []any{}
	for _, parent := range parents {
		list = append(list, object{"sha": parent, "url": d.repoURL() + "/git/commits/" + parent, "html_url": page + parent})
	}
	return object{
		"sha": sha, "node_id": "C_" + sha, "url": d.repoURL() + "/git/commits/" + sha, "html_url": page + sha,
		"author": who(author), "committer": who(committer), "message": message, "parents": list,
		"tree": object{"sha": tree, "url": d.repoURL() + "/git/trees/" + tree},
	}
}

// user says who the token belongs to. That of a job is an app's, and nobody.
func (g *GitHub) user(r *http.Request) answer {
	if !g.person {
		return refusal(http.StatusForbidden, "Resource not accessible by integration")
	}
	ada := g.documents(r).user("ada", "User")
	for _, name := range []string{"public_repos", "public_gists", "followers", "following"} {
		ada[name] = 0
	}
	for _, name := range []string{"name", "company", "blog", "location", "email", "hireable", "bio"} {
		ada[name] = nil
	}
	ada["user_view_type"], ada["created_at"], ada["updated_at"] = "public", epoch, epoch
	return answer{status: http.StatusOK, body: ada}
}
