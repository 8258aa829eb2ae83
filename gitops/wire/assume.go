package wire

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
)

// assumed is what belay takes an http server to offer until it has asked: what git's own offers since 2.18, and the forges.
func assumed() Capabilities { return Capabilities{"ls-refs", "fetch=shallow filter"} }

// offering makes a request that depends on what the server offers. Over http every request stands for itself (gitprotocol-http(5)),
// so the first ones are made without asking, which spares one; a server that does not understand is asked what it offers, and the
// request made again. Over SSH, and from a process, an exchange begins with what is offered.
//
// Only requests that read may be made so: twice is as good as once.
func (c *Conn) offering(ctx context.Context, request func(Capabilities) error) error {
	if _, alone := c.transport.(*httpTransport); alone && c.upload == nil {
		if err := request(assumed()); err == nil || ctx.Err() != nil || !misunderstood(err) {
			return err
		}
	}
	offered, err := c.offers(ctx)
	if err != nil {
		return err
	}
	return request(offered)
}

// misunderstood reports whether a request may have failed for what was assumed. A network that broke, a server in trouble, one
// that asks for patience, and an answer that was understood and is too much for belay are other matters.
func misunderstood(err error) bool {
	var status *statusError
	var broken net.Error
	var shut *notLetIn
	switch {
	case errors.As(err, &status):
		return status.code < http.StatusInternalServerError && status.code != http.StatusRequestTimeout &&
			status.code != http.StatusTooManyRequests && status.retryAfter == 0
	case errors.Is(err, io.EOF), errors.As(err, &broken), errors.As(err, &shut), errors.Is(err, ErrTooMany), errors.Is(err, ErrMissingBase):
		return false
	}
	return true
}
