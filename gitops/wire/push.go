package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/go-git/go-git/v5/plumbing/storer"
)

// Update is a compare-and-swap of one ref: the server applies it only where the ref is at Old. A zero Old means
// the ref must not exist, a zero New deletes it.
type Update struct {
	Ref      string // the full name: "refs/heads/main"
	Old, New Hash
}

// PushRequest says what to push.
type PushRequest struct {
	Updates []Update
	Objects []Hash // what the server lacks, each once; they are sent as they are
	Source  storer.EncodedObjectStorer
	Atomic  bool     // all updates or none; refused before anything is sent where the server can't
	Options []string // push options, one line each; refused before anything is sent where the server can't
	Sent    func()   // called once, when all of it was taken to be sent; the last of it may still be on its way. May be nil
}

// Push sends the objects and the updates in one request, which is never sent twice: a repeated push would lose
// the compare-and-swap against its own first copy. It needs no Advertise before it, and makes one only for
// Atomic and Options.
//
// What the server says of each ref is in the result, refusals included. An *Error means that the server's report
// did not arrive: with Sent false nothing was done, with Sent true only the remote's refs can tell; the result
// then holds what text there was. Other errors mean a request that makes no sense or a Source that fails.
func (c *Conn) Push(ctx context.Context, r PushRequest) (PushResult, error) {
	if err := r.check(); err != nil {
		return PushResult{}, fmt.Errorf("push to %s: %w", c.url, err)
	}
	if c.receive == nil && (r.Atomic || len(r.Options) > 0) {
		if _, err := c.Advertise(ctx); err != nil {
			return PushResult{}, err
		}
	}
	capabilities, err := r.capabilities(c.receive, c.agent)
	if err != nil {
		return PushResult{}, c.fail("push to", err, false)
	}
	body, err := newPushBody(r, capabilities)
	if err != nil {
		return PushResult{}, fmt.Errorf("push to %s: %w", c.url, err)
	}
	defer body.Close()
	answer, err := c.transport.post(ctx, receivePack, body, body.length)
	if err != nil {
		return PushResult{}, c.fail("push to", err, body.began.Load())
	}
	defer answer.Close()
	result, err := readReport(answer, c.limits.report, r.Updates)
	if err != nil {
		return result, c.fail("push to", err, true)
	}
	finish(answer)
	return result, nil
}

func (r PushRequest) check() error {
	if len(r.Updates) == 0 {
		return errors.New("no updates")
	}
	for _, u := range r.Updates {
		if !strings.HasPrefix(u.Ref, "refs/") || strings.ContainsAny(u.Ref, "\x00\n ") {
			return fmt.Errorf("%q is not the full name of a ref", u.Ref)
		}
		if u.Old.IsZero() && u.New.IsZero() {
			return fmt.Errorf("update of %s names neither an old nor a new object", u.Ref)
		}
	}
	for _, option := range r.Options {
		if strings.ContainsAny(option, "\x00\n") {
			return fmt.Errorf("push option %q has more than one line", option)
		}
	}
	return nil
}

// capabilities chooses what to ask for. With offered nil nobody asked the server, and the two every server has
// are taken for granted.
func (r PushRequest) capabilities(offered Capabilities, agent string) (string, error) {
	ask := []string{"report-status", "side-band-64k"}
	if offered != nil {
		deletes := slices.ContainsFunc(r.Updates, Update.deletes)
		options := len(r.Options) > 0
		ask = nil
		for _, c := range []struct {
			name      string
			need, ask bool
		}{
			{"report-status", true, true},
			{"report-status-v2", false, true},
			{"side-band-64k", false, true},
			{"quiet", false, true},
			{"delete-refs", deletes, false},
			{"atomic", r.Atomic, r.Atomic},
			{"push-options", options, options},
		} {
			switch has := offered.Has(c.name); {
			case c.need && !has:
				return "", fmt.Errorf("%s: %w", c.name, ErrNotOffered)
			case c.ask && has:
				ask = append(ask, c.name)
			}
		}
		if offered.Has("object-format") {
			ask = append(ask, "object-format=sha1")
		}
	}
	return strings.Join(append(ask, "agent="+agentName(agent)), " "), nil
}

func (u Update) deletes() bool { return u.New.IsZero() }

func (u Update) writes() bool { return !u.deletes() }

// pushBody is a push on its way. It can be read once only, and knows whether that has begun.
type pushBody struct {
	r      io.Reader
	pack   io.Closer
	length int64 // -1 when not known
	began  atomic.Bool
	sent   func() // may be nil
}

func newPushBody(r PushRequest, capabilities string) (*pushBody, error) {
	var head bytes.Buffer
	w := NewPacketWriter(&head)
	for i, u := range r.Updates {
		if i == 0 {
			w.Linef("%s %s %s\x00%s", u.Old, u.New, u.Ref, capabilities)
		} else {
			w.Linef("%s %s %s", u.Old, u.New, u.Ref)
		}
	}
	w.Flush()
	if len(r.Options) > 0 {
		for _, option := range r.Options {
			w.Linef("%s", option)
		}
		w.Flush()
	}
	if err := w.Err(); err != nil {
		return nil, err
	}
	body := &pushBody{r: &head, pack: io.NopCloser(nil), length: int64(head.Len()), sent: r.Sent}
	if !slices.ContainsFunc(r.Updates, Update.writes) { // then there is no pack, not even an empty one
		return body, nil
	}
	pack, err := encodePack(r.Objects, r.Source)
	if err != nil {
		return nil, err
	}
	body.r, body.pack = io.MultiReader(&head, pack), pack
	if pack.length < 0 {
		body.length = -1
	} else {
		body.length += pack.length
	}
	return body, nil
}

func (b *pushBody) Read(p []byte) (int, error) {
	b.began.Store(true)
	n, err := b.r.Read(p)
	if err == io.EOF && b.sent != nil {
		b.sent()
		b.sent = nil
	}
	return n, err
}

func (b *pushBody) Close() error { return b.pack.Close() }
