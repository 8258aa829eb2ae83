package wire

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Capabilities are what a git service says it offers: names, or name=value.
type Capabilities []string

// Has reports whether a capability of that name is offered, with or without a value.
func (c Capabilities) Has(name string) bool {
	_, ok := c.Value(name)
	return ok
}

// Value returns what stands behind the equals sign of the first capability of that name.
func (c Capabilities) Value(name string) (string, bool) {
	for _, capability := range c {
		if key, value, _ := strings.Cut(capability, "="); key == name {
			return value, true
		}
	}
	return "", false
}

// feature reports whether a protocol v2 command offers a feature, as in "fetch=shallow filter".
func (c Capabilities) feature(command, feature string) bool {
	value, _ := c.Value(command)
	return slices.Contains(strings.Fields(value), feature)
}

// checkFormat refuses repositories whose objects are not named by SHA-1.
func (c Capabilities) checkFormat() error {
	if format, ok := c.Value("object-format"); ok && format != "sha1" {
		return fmt.Errorf("object format sha1 (this repository uses %s): %w", clean(format), ErrNotOffered)
	}
	return nil
}

// offers asks upload-pack what it offers, once per Conn.
func (c *Conn) offers(ctx context.Context) (Capabilities, error) {
	if c.upload != nil {
		return c.upload, nil
	}
	answer, err := c.transport.get(ctx, uploadPack)
	if err != nil {
		return nil, err
	}
	defer answer.Close()
	packets := NewPacketReader(answer, c.limits.refs)
	first, err := firstLine(packets)
	if err != nil {
		return nil, err
	}
	if first.Text() != "version 2" {
		if _, ok := c.transport.(*sshTransport); ok {
			return nil, fmt.Errorf("git protocol version 2 (belay reads by no other; the server needs git 2.18 and, in its sshd_config, the line AcceptEnv GIT_PROTOCOL): %w", ErrNotOffered)
		}
		return nil, fmt.Errorf("git protocol version 2 (belay reads by no other; git has it since 2.18): %w", ErrNotOffered)
	}
	offered := Capabilities{}
	for {
		p, err := packets.next()
		if err != nil {
			return nil, err
		}
		if p.Kind != DataPacket {
			break
		}
		offered = append(offered, p.Text())
	}
	if err := offered.checkFormat(); err != nil {
		return nil, err
	}
	finish(answer)
	c.upload = offered
	return offered, nil
}

// firstLine reads the first packet that counts: over http a line "# service=" and a flush may come before it
// (gitprotocol-http(5), "Smart Server Response").
func firstLine(packets *PacketReader) (Packet, error) {
	p, err := packets.next()
	if err != nil || !strings.HasPrefix(p.Text(), "# service=") {
		return p, err
	}
	if p, err = packets.next(); err == nil && p.Kind == FlushPacket {
		return packets.next()
	}
	return p, err
}

// command starts a protocol v2 request.
func (c *Conn) command(w *PacketWriter, name string, offered Capabilities) {
	w.Linef("command=%s\n", name)
	w.Linef("agent=%s\n", agentName(c.agent))
	if offered.Has("object-format") {
		w.Linef("object-format=sha1\n")
	}
	w.Delim()
}

// agentName makes a user agent fit for a capability, which ends at a space.
func agentName(agent string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return '.'
		}
		return r
	}, agent)
}
