package wire

import (
	"context"
	"io"
)

// Aside returns a Conn to the same repository to be used beside c, over the same connections. It is nil where an exchange has a
// connection of its own, over SSH, or a process: nothing is gained there.
//
// Requests to read begin at once, and what they ask follows when hold is closed; at once where it is nil. Till then the server lets
// them in and gets ready, as far as it does so before it knows what is asked. What it reads, it reads after.
func (c *Conn) Aside(hold <-chan struct{}) *Conn {
	t, ok := c.transport.(*httpTransport)
	if !ok {
		return nil
	}
	aside, own := *c, *t
	own.hold = hold
	aside.transport = &own
	return &aside
}

// Learn takes over what an Aside of c was told: what the server offers, and where its redirects lead.
func (c *Conn) Learn(aside *Conn) {
	from, ok := aside.transport.(*httpTransport)
	to, same := c.transport.(*httpTransport)
	if !ok || !same || c.upload != nil || aside.upload == nil {
		return
	}
	c.upload, to.base = aside.upload, from.base
}

// heldBody is a request's body that can't be read before hold is closed. net/http sends the headers of a body it does not know
// without waiting for it.
type heldBody struct {
	io.Reader
	ctx  context.Context
	hold <-chan struct{}
}

func (b heldBody) Read(p []byte) (int, error) {
	select {
	case <-b.hold:
		return b.Reader.Read(p)
	case <-b.ctx.Done():
		return 0, b.ctx.Err()
	}
}
