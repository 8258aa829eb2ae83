package wire

// Aside returns a Conn to the same repository to be used beside c, over the same connections. It is nil where an exchange has a
// connection of its own, over SSH, or a process: nothing is gained there.
func (c *Conn) Aside() *Conn {
	t, ok := c.transport.(*httpTransport)
	if !ok {
		return nil
	}
	aside, own := *c, *t
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
