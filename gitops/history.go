package gitops

import (
	"context"
	"errors"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/storage/memory"

	"github.com/belay-ci/belay/gitops/merge"
	"github.com/belay-ci/belay/gitops/wire"
	"github.com/belay-ci/belay/internal/pattern"
)

// span is a stretch of a branch's history: every commit that is reachable from one of its tips and not from since.
// Nothing of it is written to the checkout. That is why the request may claim the whole history of since, shallow clone
// or not: the answer then is exactly those commits, however old the branches are that were merged meanwhile.
type span struct {
	since   plumbing.Hash
	tips    []plumbing.Hash
	commits map[plumbing.Hash]merge.Commit
	cut     bool // commits much older than since may have been left out: it is not on the branch, or far from its tip
}

// spanKey tells spans apart: by where they begin, and whether the trees came along.
type spanKey struct {
	since plumbing.Hash
	trees bool
}

// detail says what comes with the commits of a history.
type detail int

const (
	commitsAlone detail = iota
	treesIfFew          // wire.ErrTooMany where that is more than mostObjects
	trees
)

// historyTo reads the history from since to tip, as far as it was not read before. What is wanted besides comes in the same
// answer, where there is one.
func (r *Repo) historyTo(ctx context.Context, since, tip ID, with detail, besides ...plumbing.Hash) (*span, error) {
	s := r.spanFrom(since, with)
	if s.holds(tip.hash()) {
		return s, nil
	}
	request := wire.FetchRequest{
		Wants: append([]plumbing.Hash{tip.hash()}, besides...),
		Haves: append(r.haves(since), s.tips...),
	}
	if with != trees {
		request.Most = r.most
	}
	if with != commitsAlone {
		return s, r.readTrees(ctx, s, request)
	}
	request.Filter = "tree:0"
	if err := r.read(ctx, s, request); !errors.Is(err, wire.ErrTooMany) {
		return s, err
	}
	return s, r.readNewer(ctx, s, request, r.date(since).Add(-slack))
}

func (r *Repo) spanFrom(since ID, with detail) *span {
	key := spanKey{since.hash(), with != commitsAlone}
	if r.spans[key] == nil {
		r.spans[key] = &span{since: since.hash(), commits: map[plumbing.Hash]merge.Commit{}}
	}
	return r.spans[key]
}

// readTrees reads commits with their trees and those files that are small enough to come without being asked for:
// then most merges find what they need. Others fetch it one by one.
func (r *Repo) readTrees(ctx context.Context, s *span, request wire.FetchRequest) error {
	var err error
	for _, filter := range []string{smallFiles, "blob:none"} {
		request.Filter, request.Thin, request.Hold = filter, !r.partial(), r.holding()
		if err = r.read(ctx, s, request); err == nil || !answered(err) || errors.Is(err, wire.ErrTooMany) {
			break
		}
		if errors.Is(err, wire.ErrMissingBase) { // claimed was more than a shallow clone has
			request.Thin = false
			if err = r.read(ctx, s, request); err == nil {
				break
			}
		}
	}
	return err
}

// answered reports whether an error was an answer to the question, and another question may have a better one.
func answered(err error) bool {
	var said *wire.RemoteError
	return errors.As(err, &said) || errors.Is(err, wire.ErrTooMany) || errors.Is(err, wire.ErrMissingBase)
}

// read adds what the server answers to a span, and to the store where more than commits was asked for.
func (r *Repo) read(ctx context.Context, s *span, request wire.FetchRequest) error {
	if request.Filter == "tree:0" { // which a server may not know
		request.Hold = &wire.Hold{Commits: r.longest}
	}
	fetched := apart(r.store)
	if _, err := r.conn.Fetch(ctx, request, fetched); err != nil {
		return err
	}
	for hash := range fetched.Commits {
		c, err := readCommit(fetched, hash)
		if err != nil {
			return err
		}
		s.commits[hash] = c
	}
	if request.Filter != "tree:0" {
		for _, o := range fetched.Objects {
			if _, err := r.store.SetEncodedObject(o); err != nil {
				return err
			}
		}
		for hash := range fetched.Commits {
			r.seen[hash] = true
		}
	}
	s.tips = append(s.tips, request.Wants...)
	return nil
}

// taking is a store that misses nothing: for a tip from before since, the server rightly sends nothing at all.
type taking struct{ *objects }

// apart makes one above other stores.
func apart(below ...storer.EncodedObjectStorer) taking {
	return taking{&objects{Storage: memory.NewStorage(), layers: below}}
}

// HasEncodedObject implements storer.EncodedObjectStorer.
func (taking) HasEncodedObject(plumbing.Hash) error { return nil }

// haves lists commits the server may know, starting from one: a laptop's HEAD may not be on the server, but some
// commit before it is.
func (r *Repo) haves(from ID) []plumbing.Hash {
	const enough = 32
	var list []plumbing.Hash
	for hash := from.hash(); !hash.IsZero() && len(list) < enough; {
		list = append(list, hash)
		c, err := r.commit(hash)
		if err != nil || len(c.Parents) == 0 {
			break // where a shallow clone ends, or for a commit that is not here
		}
		hash = c.Parents[0]
	}
	return list
}

// holds reports whether the history up to tip was read.
func (s *span) holds(tip plumbing.Hash) bool {
	_, ok := s.commits[tip]
	return ok || tip == s.since
}

// parent returns the first parent of a commit in the span, empty for the first commit of all.
func (s *span) parent(c Commit) ID {
	if parents := s.commits[c.Hash.hash()].Parents; len(parents) > 0 {
		return idOf(parents[0])
	}
	return ""
}

// from returns the commits of the span that are reachable from tip, tip among them.
func (s *span) from(tip plumbing.Hash) map[plumbing.Hash]bool {
	seen := map[plumbing.Hash]bool{}
	next := []plumbing.Hash{tip}
	for len(next) > 0 {
		hash := next[len(next)-1]
		next = next[:len(next)-1]
		if c, ok := s.commits[hash]; ok && !seen[hash] {
			seen[hash] = true
			next = append(next, c.Parents...)
		}
	}
	return seen
}

// view is a span as seen from one tip.
type view struct {
	*span
	tip     plumbing.Hash
	on      map[plumbing.Hash]bool     // the commits reachable from tip
	marked  map[string][]plumbing.Hash // those with a Belay-Id, by it
	reverts map[string][]plumbing.Hash // those that revert, by what they say they revert
}

// at looks at the span from tip.
func (s *span) at(tip plumbing.Hash) view {
	v := view{span: s, tip: tip, on: s.from(tip), marked: map[string][]plumbing.Hash{}, reverts: map[string][]plumbing.Hash{}}
	for hash := range v.on {
		c := s.commits[hash]
		for _, id := range c.Trailer(trailerID) {
			v.marked[id] = append(v.marked[id], hash)
		}
		for _, target := range revertTargets(c) {
			v.reverts[target] = append(v.reverts[target], hash)
		}
	}
	return v
}

// reaches reports whether the tip is old or descends from it. A commit from before since counts only where it is the
// parent of one in the span.
func (v view) reaches(old plumbing.Hash) bool {
	if v.tip == old || v.on[old] {
		return true
	}
	for hash := range v.on {
		if slices.Contains(v.commits[hash].Parents, old) {
			return true
		}
	}
	return false
}

// ahead counts the commits of the history that are not reachable from old.
func (v view) ahead(old ID) int {
	return len(v.on) - len(v.from(old.hash()))
}

// standing returns a commit with the Belay-Id that was not reverted later.
func (v view) standing(id string) (Commit, bool) {
	for _, hash := range v.marked[id] {
		if !v.reverted(hash) {
			return describe(hash, v.commits[hash]), true
		}
	}
	return Commit{}, false
}

// reverted reports whether a later commit reverts this one, and is not reverted itself.
func (v view) reverted(hash plumbing.Hash) bool {
	return v.revertedAs(hash, v.commits[hash])
}

// revertedAs is reverted for a commit that may also be where the span begins.
func (v view) revertedAs(hash plumbing.Hash, c merge.Commit) bool {
	for _, name := range append(c.Trailer(trailerID), hash.String()) {
		for _, later := range v.reverts[name] {
			if later != hash && (hash == v.since || v.from(later)[hash]) && !v.reverted(later) {
				return true
			}
		}
	}
	return false
}

// newestFirst lists the commits reachable from tip, every commit before its parents.
func (v view) newestFirst() []plumbing.Hash {
	var order []plumbing.Hash
	seen := map[plumbing.Hash]bool{}
	var visit func(plumbing.Hash)
	visit = func(hash plumbing.Hash) {
		if !v.on[hash] || seen[hash] {
			return
		}
		seen[hash] = true
		for _, parent := range v.commits[hash].Parents {
			visit(parent)
		}
		order = append(order, hash)
	}
	visit(v.tip)
	slices.Reverse(order)
	return order
}

var revertLine = pattern.New(`(?m)^(?:This reverts commit ([0-9a-f]{40})\b|` + trailerReverts + `:[ \t]*([0-9a-f]+)[ \t]*\r?$)`)

// revertTargets lists what a commit says it reverts: hashes, in git's own words, and ids. Forges put the messages of several
// commits into one when they squash them, so every line counts and not the last paragraph alone.
func revertTargets(c merge.Commit) []string {
	var targets []string
	for _, match := range revertLine.Regexp().FindAllSubmatch(c.Message, -1) {
		targets = append(targets, string(match[1])+string(match[2]))
	}
	return targets
}
