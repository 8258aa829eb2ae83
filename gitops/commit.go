package gitops

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/belay-ci/belay/gitops/merge"
)

// The trailers belay writes (git-interpret-trailers(1)).
const (
	trailerID      = "Belay-Id"
	trailerReverts = "Belay-Reverts"
	trailerRun     = "Belay-Run"
)

// commit reads a commit of the store.
func (r *Repo) commit(hash plumbing.Hash) (merge.Commit, error) {
	return readCommit(r.store, hash)
}

func readCommit(s merge.Store, hash plumbing.Hash) (merge.Commit, error) {
	raw, err := readObject(s, plumbing.CommitObject, hash)
	if err != nil {
		return merge.Commit{}, fmt.Errorf("read commit %s: %w", hash, err)
	}
	c, err := merge.ParseCommit(raw)
	if err != nil {
		return merge.Commit{}, fmt.Errorf("read commit %s: %w", hash, err)
	}
	return c, nil
}

// describe is what people are told of a commit.
func describe(hash plumbing.Hash, c merge.Commit) Commit {
	d := Commit{Hash: idOf(hash), Subject: subject(c.Message)}
	if ids := c.Trailer(trailerID); len(ids) > 0 {
		d.ID = ids[len(ids)-1]
	}
	return d
}

// subject is a message's first paragraph in one line, as `git log --format=%s` has it.
func subject(message []byte) string {
	first, _, _ := strings.Cut(strings.TrimLeft(string(message), "\n"), "\n\n")
	return strings.Join(strings.Fields(first), " ")
}

// signed reports whether a commit carries a signature.
func signed(c merge.Commit) bool { return slices.ContainsFunc(c.Headers, merge.Header.Signs) }

// writeCommit stores a commit with one parent.
func writeCommit(s merge.Store, tree, parent plumbing.Hash, message string, author, committer Person) (plumbing.Hash, error) {
	if committer == (Person{}) {
		committer = author
	}
	c := merge.Commit{
		Tree:      tree,
		Parents:   []plumbing.Hash{parent},
		Author:    author.signature().String(),
		Committer: committer.signature().String(),
		Message:   []byte(strings.TrimRight(message, "\n") + "\n"),
	}
	return writeObject(s, plumbing.CommitObject, c.Encode())
}

// Belay is who commits where nobody else is named.
func Belay() Person {
	return Person{Name: "belay", Email: "belay@users.noreply.github.com"}
}

func (p Person) signature() merge.Signature {
	if p.When.IsZero() {
		p.When = time.Now()
	}
	return merge.Signature{Name: p.Name, Email: p.Email, When: p.When}
}

// personOf reads the name and address of a commit's author or committer line, without its date.
func personOf(line string) Person {
	name, rest, _ := strings.Cut(line, " <")
	email, _, _ := strings.Cut(rest, ">")
	return Person{Name: name, Email: email}
}

// dateOf reads the date of a commit's author or committer line.
func dateOf(line string) (time.Time, bool) {
	_, rest, _ := strings.Cut(line, "> ")
	seconds, _, _ := strings.Cut(rest, " ")
	at, err := strconv.ParseInt(seconds, 10, 64)
	return time.Unix(at, 0), err == nil
}

func readObject(s merge.Store, kind plumbing.ObjectType, hash plumbing.Hash) ([]byte, error) {
	object, err := s.EncodedObject(kind, hash)
	if err != nil {
		return nil, err
	}
	in, err := object.Reader()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return io.ReadAll(in)
}

func writeObject(s merge.Store, kind plumbing.ObjectType, content []byte) (plumbing.Hash, error) {
	object := s.NewEncodedObject()
	object.SetType(kind)
	object.SetSize(int64(len(content)))
	out, err := object.Writer()
	if err == nil {
		_, err = out.Write(content)
	}
	if err == nil {
		err = out.Close()
	}
	if err != nil {
		return plumbing.ZeroHash, err
	}
	return s.SetEncodedObject(object)
}
