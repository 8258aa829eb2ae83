package wire

import (
	"context"
	"fmt"
	"io"
	"strings"
)

// Advertisement is how receive-pack introduces itself: every ref of the repository, and what it offers.
type Advertisement struct {
	Refs         map[string]Hash // by full name; without HEAD's target and without peeled tags
	Capabilities Capabilities
}

// Advertise asks receive-pack for its refs and capabilities, as a push needs them. The answer grows with the
// number of refs; Refs is the way to ask for a few. Errors are *Error.
func (c *Conn) Advertise(ctx context.Context) (Advertisement, error) {
	answer, err := c.transport.get(ctx, receivePack)
	if err != nil {
		return Advertisement{}, c.fail("list refs of", err, false)
	}
	defer answer.Close()
	advertisement, err := readAdvertisement(answer, c.limits.refs)
	if err != nil {
		return Advertisement{}, c.fail("list refs of", err, false)
	}
	finish(answer)
	c.receive = advertisement.Capabilities
	return advertisement, nil
}

// readAdvertisement reads the reference discovery of gitprotocol-pack(5).
func readAdvertisement(r io.Reader, limit int64) (Advertisement, error) {
	packets := NewPacketReader(r, limit)
	a := Advertisement{Refs: map[string]Hash{}, Capabilities: Capabilities{}}
	p, err := firstLine(packets)
	for ; ; p, err = packets.next() {
		if err != nil {
			return Advertisement{}, err
		}
		if p.Kind != DataPacket {
			return a, nil
		}
		line, capabilities, ok := strings.Cut(p.Text(), "\x00")
		if ok {
			a.Capabilities = strings.Fields(capabilities)
			if err := a.Capabilities.checkFormat(); err != nil {
				return Advertisement{}, err
			}
		}
		name, ref, ok := strings.Cut(line, " ")
		if name == "version" || name == "shallow" {
			continue
		}
		hash, err := parseHash(name)
		if err != nil {
			return Advertisement{}, err
		}
		if !ok {
			return Advertisement{}, fmt.Errorf("malformed answer: %.60q is not a ref", line)
		}
		// ".have" names objects the server has from elsewhere, "capabilities^{}" stands in for a missing first ref.
		if strings.HasPrefix(ref, "refs/") && !strings.HasSuffix(ref, "^{}") {
			a.Refs[ref] = hash
		}
	}
}
