package gitops

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/belay-ci/belay/gitops/merge"
	"github.com/belay-ci/belay/policy"
)

// Maker has a forge make commits through its API. GitHub signs those it makes for an app, and calls them verified.
type Maker interface {
	// Make makes a commit, as whoever the credentials belong to, now. It is on no branch yet, and to make it twice does
	// no harm: one that no branch takes up is as good as none.
	Make(ctx context.Context, d Draft) (Made, error)
}

// Draft is a commit to be made, of a tree and on parents that the server has.
type Draft struct {
	Tree    ID
	Parents []ID
	Message string
}

// Made is a commit that a forge made.
type Made struct {
	Hash      ID
	Payload   string // the commit as it was signed; empty where it was not
	Signature string // armored
	Verified  bool   // the forge itself finds the signature good
	Reason    string // why, or why not, in the forge's words
}

// mostMade bounds what one landing has made: each commit is a request, at every try, and forges count those.
const mostMade = 100

// trailerAuthor is how forges name an author who is not the one the commit has.
const trailerAuthor = "Co-authored-by"

// signs reports whether commits that belay makes or rewrites get a signature.
func (r *Repo) signs() bool { return r.options.Sign != nil || r.options.Maker != nil }

// byForge puts commits that the forge made in the place of those that belay made, which are ready to be pushed. Commits
// of the line that stay byte for byte as the steps made them do so here too.
func (l landing) byForge(ctx context.Context, line []staged, o Outcome) (Outcome, error) {
	if l.options.Maker == nil {
		return o, nil
	}
	keep := map[plumbing.Hash]bool{}
	for _, own := range line {
		if !own.made {
			keep[own.Hash.hash()] = true
		}
	}
	top := o.Commits[len(o.Commits)-1].Hash.hash()
	made, sent, err := l.remake(ctx, l.uploadRef(), top, keep)
	switch {
	case err != nil:
		return Outcome{}, err
	case made == nil:
		o.ServerText = sent.words()
		return refused(o, sent), nil
	}
	for i, c := range o.Commits {
		hash := made[c.Hash.hash()]
		read, err := l.commit(hash)
		if err != nil {
			return Outcome{}, err
		}
		o.Commits[i] = describe(hash, read)
	}
	return o, nil
}

// remakeFor has the forge make what a new branch is to hold, and returns what the commit became.
func (r *Repo) remakeFor(ctx context.Context, branch string, commit ID) (ID, error) {
	made, sent, err := r.remake(ctx, uploadFor(branch), commit.hash(), nil)
	switch {
	case err != nil:
		return "", err
	case made == nil:
		return "", notCreated(sent)
	}
	if hash, ok := made[commit.hash()]; ok {
		return idOf(hash), nil
	}
	return commit, nil // the server has it
}

// remake has the forge make every commit below top that the server does not have and keep does not name, and returns what
// each became. Their trees have to be on the server before: they are uploaded, with the commits, to a ref of their own.
// Where the server does not take that, nothing is returned but what it said.
func (r *Repo) remake(ctx context.Context, ref string, top plumbing.Hash, keep map[plumbing.Hash]bool) (map[plumbing.Hash]plumbing.Hash, sending, error) {
	made := map[plumbing.Hash]plumbing.Hash{}
	for hash := range keep {
		made[hash] = hash
	}
	drafts, err := r.drafts(top, keep)
	if err != nil || len(drafts) == 0 {
		return made, sending{}, err
	}
	sent, err := r.upload(ctx, ref, top)
	if err != nil || !sent.done {
		return nil, sent, err
	}
	for _, draft := range drafts {
		c, err := r.commit(draft)
		if err != nil {
			return nil, sent, err
		}
		if made[draft], err = r.remakeOne(ctx, c, made); err != nil {
			return nil, sent, err
		}
	}
	return made, sent, nil
}

// drafts lists the commits to be made, each after its parents: they are in a row, perhaps with a merge on top.
func (r *Repo) drafts(top plumbing.Hash, keep map[plumbing.Hash]bool) ([]plumbing.Hash, error) {
	var list []plumbing.Hash
	next := []plumbing.Hash{top}
	for len(next) > 0 {
		hash := next[0]
		next = next[1:]
		if r.whole[hash] || r.seen[hash] || keep[hash] || slices.Contains(list, hash) {
			continue
		}
		c, err := r.commit(hash)
		if err != nil {
			return nil, err
		}
		if err := draftable(hash, c); err != nil {
			return nil, err
		}
		if list = append(list, hash); len(list) > mostMade {
			return nil, &Error{Reason: policy.GitRejectedOther, Message: fmt.Sprintf(
				"there are more than %d commits to be made through the forge's API, and each takes a request of its own at every try; nothing was pushed: squash them, or land without `via: api`", mostMade)}
		}
		next = append(next, c.Parents...)
	}
	slices.Reverse(list)
	return list, nil
}

// draftable refuses a commit that the API can't be given as it is: it takes text in UTF-8 alone.
func draftable(hash plumbing.Hash, c merge.Commit) error {
	foreign := slices.ContainsFunc(c.Headers, func(h merge.Header) bool { return h.Name == "encoding" })
	if foreign || !utf8.Valid(c.Message) || !utf8.ValidString(c.Author) {
		return &Error{Reason: policy.GitRejectedOther, Message: fmt.Sprintf(
			"the message of %s (%s) is not in UTF-8, which is all that the forge's API takes; nothing was pushed: land without `via: api`", hash.String()[:12], subject(c.Message))}
	}
	return nil
}

// remakeOne has the forge make one commit, on what became of its parents, and keeps it.
func (r *Repo) remakeOne(ctx context.Context, c merge.Commit, became map[plumbing.Hash]plumbing.Hash) (plumbing.Hash, error) {
	draft := Draft{Tree: idOf(c.Tree), Message: string(credited(c))}
	parents := make([]plumbing.Hash, len(c.Parents))
	for i, parent := range c.Parents {
		if parents[i] = parent; !became[parent].IsZero() {
			parents[i] = became[parent]
		}
		draft.Parents = append(draft.Parents, idOf(parents[i]))
	}
	made, err := r.options.Maker.Make(ctx, draft)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	if !made.Verified {
		return plumbing.ZeroHash, &Error{Reason: policy.GitSignature, Message: fmt.Sprintf(
			"the forge made the commit %s, and does not call it verified (%s); nothing was pushed to the branch", made.Hash.Short(), made.Reason)}
	}
	hash := made.Hash.hash()
	if text, ok := made.text(); ok {
		if _, err := writeObject(merge.Store(r.store), plumbing.CommitObject, text); err != nil {
			return plumbing.ZeroHash, err
		}
	}
	is, err := readCommit(r.fetching(ctx), hash)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	if is.Tree != c.Tree || !slices.Equal(is.Parents, parents) || !slices.Equal(is.Trailer(trailerID), c.Trailer(trailerID)) {
		return plumbing.ZeroHash, &Error{Reason: policy.GitRejectedOther, Message: fmt.Sprintf(
			"the forge made %s, which is another commit than it was asked for; nothing was pushed to the branch", made.Hash.Short())}
	}
	return hash, nil
}

// credited is a commit's message, with its author named in it: the forge takes the author's place. belay itself is not
// named where it is the author, because the trailers it leaves say that.
func credited(c merge.Commit) []byte {
	author := personOf(c.Author)
	if author.Email == Belay().Email {
		return c.Message
	}
	return merge.AddTrailer(c.Message, trailerAuthor, fmt.Sprintf("%s <%s>", author.Name, author.Email))
}

// text is the commit as the forge stores it: what it signed, and the signature as its last header, where a commit that
// comes to the right hash can be put together from them. GitHub ends a signature in a line feed, and folds that one too.
func (m Made) text() ([]byte, bool) {
	head, message, ok := strings.Cut(m.Payload, "\n\n")
	if !ok {
		return nil, false
	}
	plain := strings.TrimRight(m.Signature, "\n")
	for _, signature := range []string{m.Signature, plain, plain + "\n"} {
		text := head + "\n" + signatureHeader + " " + strings.ReplaceAll(signature, "\n", "\n ") + "\n\n" + message
		sum := sha1.Sum(fmt.Appendf(nil, "commit %d\x00%s", len(text), text))
		if hex.EncodeToString(sum[:]) == string(m.Hash) {
			return []byte(text), true
		}
	}
	return nil, false
}
