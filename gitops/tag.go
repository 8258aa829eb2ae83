package gitops

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/belay-ci/belay/gitops/merge"
	"github.com/belay-ci/belay/gitops/wire"
	"github.com/belay-ci/belay/policy"
)

// Tag is a tag to be made on the last commit that lands.
type Tag struct {
	Name    string // without refs/tags/
	Message string // of an annotated tag, which is signed where there is a key; empty: the tag is a name and nothing more
}

const tagPrefix = "refs/tags/"

// CheckTagName says what is wrong with a name for a tag, by git's rules (git-check-ref-format(1)); nil when nothing is.
func CheckTagName(name string) error {
	ref := plumbing.ReferenceName(tagPrefix + name)
	if err := ref.Validate(); err != nil || strings.HasPrefix(name, "-") {
		return fmt.Errorf("%q can't be the name of a tag", name)
	}
	return nil
}

// alongside is what a push carries besides the branch, which happens together with it or not at all, and who is told of it.
type alongside struct {
	updates []wire.Update
	objects []plumbing.Hash
	options []string // push options
	sent    func()   // see wire.PushRequest
}

// tagging makes what puts the tags on a commit that is about to land. A tag is made after the merge, so that it never
// points at a commit that lost a race. One that is there already is fine on this very commit; elsewhere it is an *Error.
func (l landing) tagging(ctx context.Context, commit ID) (alongside, error) {
	with := alongside{options: l.req.PushOptions}
	at, err := l.readTags(ctx)
	if err != nil {
		return alongside{}, err
	}
	for _, tag := range l.req.Tags {
		switch there := at[tag.Name]; there {
		case commit:
		case "":
			target, err := l.makeTag(tag, commit)
			if err != nil {
				return alongside{}, err
			}
			with.updates = append(with.updates, wire.Update{Ref: tagPrefix + tag.Name, New: target})
			if target != commit.hash() {
				with.objects = append(with.objects, target)
			}
		default:
			return alongside{}, taken(tag.Name, there)
		}
	}
	return with, nil
}

// taken is the error for a tag that is on another commit.
func taken(name string, there ID) error {
	return &Error{Reason: policy.GitRejectedTag, Message: fmt.Sprintf(
		"the tag %s is on %s already, which is not what is about to land; nothing was pushed, and belay moves no tag", name, there.Short())}
}

// readTags returns the commits that the wanted tags are on, by name, as far as they exist.
func (l landing) readTags(ctx context.Context) (map[string]ID, error) {
	if len(l.req.Tags) == 0 {
		return nil, nil
	}
	var names []string
	for _, tag := range l.req.Tags {
		if err := CheckTagName(tag.Name); err != nil {
			return nil, err
		}
		names = append(names, tagPrefix+tag.Name)
	}
	refs, err := l.conn.Refs(ctx, names...)
	if err != nil {
		return nil, err
	}
	at := map[string]ID{}
	for _, ref := range refs {
		hash := ref.Hash
		if !ref.Peeled.IsZero() {
			hash = ref.Peeled
		}
		at[strings.TrimPrefix(ref.Name, tagPrefix)] = idOf(hash)
	}
	return at, nil
}

// makeTag returns what the tag's ref is to point at: the commit, or an annotated tag of it.
func (l landing) makeTag(tag Tag, commit ID) (plumbing.Hash, error) {
	if tag.Message == "" {
		return commit.hash(), nil
	}
	c, err := l.commit(commit.hash())
	if err != nil {
		return plumbing.ZeroHash, err
	}
	tagger := c.Committer
	if l.req.Committer != (Person{}) && l.options.SignedBy == (Person{}) {
		tagger = l.req.Committer.signature().String()
	}
	text := fmt.Appendf(nil, "object %s\ntype commit\ntag %s\ntagger %s\n\n%s\n", commit, tag.Name, tagger, strings.TrimRight(tag.Message, "\n"))
	if l.options.Sign != nil {
		signature, err := l.options.Sign.Sign(text)
		if err != nil {
			return plumbing.ZeroHash, err
		}
		text = append(text, signature...)
	}
	return writeObject(merge.Store(l.store), plumbing.TagObject, text)
}

// tagLanded puts the tags on commits that an earlier try or attempt landed, where they are missing. They came with the
// commits in one push; one that is elsewhere since, somebody moved, and it stays where it is.
func (l landing) tagLanded(ctx context.Context, o Outcome) (Outcome, error) {
	commit := o.Commits[len(o.Commits)-1].Hash
	at, err := l.readTags(ctx)
	if err != nil {
		return o, err
	}
	var missing []wire.Update
	var objects []plumbing.Hash
	for _, tag := range l.req.Tags {
		if there := at[tag.Name]; there != "" {
			o = o.withTag(tag.Name, there == commit)
			continue
		}
		if _, err := l.fetchDepth(ctx, 1, commit.hash()); err != nil {
			return o, err
		}
		target, err := l.makeTag(tag, commit)
		if err != nil {
			return o, err
		}
		missing = append(missing, wire.Update{Ref: tagPrefix + tag.Name, New: target})
		if target != commit.hash() {
			objects = append(objects, target)
		}
	}
	if len(missing) == 0 {
		return o, nil
	}
	result, pushErr := l.conn.Push(ctx, wire.PushRequest{Updates: missing, Objects: objects, Source: l.store, Options: l.req.PushOptions})
	o.Pushes++
	if at, err = l.readTags(ctx); err != nil {
		return o, errors.Join(pushErr, err)
	}
	for _, update := range missing {
		name := strings.TrimPrefix(update.Ref, tagPrefix)
		if at[name] == "" {
			why := sending{status: result.Refs[update.Ref], text: result.Text, err: pushErr}
			o.Kind, o.Again, o.ServerText, o.Cause = why.why().kind, why.why().again, why.words(), pushErr
			return o, nil
		}
		o = o.withTag(name, at[name] == commit)
	}
	return o, nil
}

// withTag adds a tag to those that are on the commit, or to those that are elsewhere.
func (o Outcome) withTag(name string, here bool) Outcome {
	if here {
		o.Tags = append(o.Tags, name)
	} else {
		o.TagsElsewhere = append(o.TagsElsewhere, name)
	}
	return o
}

// tagged completes an outcome by what became of the tags. They were pushed in one step with the branch, so where the
// commits landed, the tags did.
func (l landing) tagged(ctx context.Context, o Outcome) (Outcome, error) {
	switch {
	case len(l.req.Tags) == 0:
	case o.State == Landed:
		for _, tag := range l.req.Tags {
			o.Tags = append(o.Tags, tag.Name)
		}
	case o.State == AlreadyLanded:
		return l.tagLanded(ctx, o)
	case o.State == Rejected && o.Kind != policy.GitRewritten:
		// Perhaps it is the tag that stood in the way: somebody made one of the same name a moment ago.
		at, err := l.readTags(ctx)
		if err != nil {
			return o, nil // what the server said stands
		}
		for _, tag := range l.req.Tags {
			if there := at[tag.Name]; there != "" && there != o.Commits[len(o.Commits)-1].Hash {
				o.Kind, o.Again, o.TagsElsewhere = policy.GitRejectedTag, false, append(o.TagsElsewhere, tag.Name)
			}
		}
	}
	return o, nil
}
