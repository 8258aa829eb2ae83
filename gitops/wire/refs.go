package wire

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
)

// Ref is a name on the server and what it points at.
type Ref struct {
	Name   string // "refs/heads/main", "HEAD"
	Hash   Hash
	Target string // for a symbolic ref, the ref it stands for
	Peeled Hash   // for an annotated tag below refs/tags/, the object it is put on; else zero
}

// Refs lists the refs whose names begin with one of the prefixes, all of them without prefixes, in the server's
// order. Errors are *Error.
func (c *Conn) Refs(ctx context.Context, prefixes ...string) ([]Ref, error) {
	var refs []Ref
	err := c.offering(ctx, func(offered Capabilities) (err error) {
		refs, err = c.refs(ctx, prefixes, offered)
		return err
	})
	if err != nil {
		return nil, c.fail("list refs of", err, false)
	}
	return refs, nil
}

// matchesTags reports whether tags may have names that begin with a prefix. Others are not peeled: the server would look up what every
// one of them points at.
func matchesTags(prefix string) bool {
	const tags = "refs/tags/"
	return strings.HasPrefix(prefix, tags) || strings.HasPrefix(tags, prefix)
}

func (c *Conn) refs(ctx context.Context, prefixes []string, offered Capabilities) ([]Ref, error) {
	var request bytes.Buffer
	w := NewPacketWriter(&request)
	c.command(w, "ls-refs", offered)
	if len(prefixes) == 0 || slices.ContainsFunc(prefixes, matchesTags) {
		w.Linef("peel\n")
	}
	w.Linef("symrefs\n")
	for _, prefix := range prefixes {
		w.Linef("ref-prefix %s\n", prefix)
	}
	w.Flush()
	if err := w.Err(); err != nil {
		return nil, err
	}
	answer, err := c.transport.post(ctx, uploadPack, bytes.NewReader(request.Bytes()), int64(request.Len()))
	if err != nil {
		return nil, err
	}
	defer answer.Close()
	packets := NewPacketReader(answer, c.limits.refs)
	var refs []Ref
	for {
		p, err := packets.next()
		if err != nil {
			return nil, err
		}
		if p.Kind != DataPacket {
			break
		}
		ref, err := parseRef(p.Text())
		if err != nil {
			return nil, err
		}
		// To the server a prefix is a hint: it may list more.
		if len(prefixes) == 0 || slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(ref.Name, prefix) }) {
			refs = append(refs, ref)
		}
	}
	finish(answer)
	return refs, nil
}

// parseRef reads a line of ls-refs: "hash SP name *(SP attribute)".
func parseRef(line string) (Ref, error) {
	words := strings.Split(line, " ")
	if len(words) < 2 {
		return Ref{}, fmt.Errorf("malformed answer: %.60q is not a ref", line)
	}
	hash, err := parseHash(words[0])
	if err != nil {
		return Ref{}, err
	}
	ref := Ref{Name: words[1], Hash: hash}
	for _, attribute := range words[2:] {
		if target, ok := strings.CutPrefix(attribute, "symref-target:"); ok {
			ref.Target = target
		} else if peeled, ok := strings.CutPrefix(attribute, "peeled:"); ok {
			if ref.Peeled, err = parseHash(peeled); err != nil {
				return Ref{}, err
			}
		}
	}
	return ref, nil
}
