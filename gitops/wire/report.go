package wire

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// PushResult is the server's report on a push.
type PushResult struct {
	Unpack string            // "ok", or why the server could not take the objects
	Refs   map[string]string // by full name: empty when the ref was updated, else the server's reason
	Text   string            // what the server and its hooks printed: the last 64 KiB, made safe to print
}

// readReport reads the answer to a push. Only when every update has been reported on is it free of error.
func readReport(r io.Reader, limit int64, updates []Update) (PushResult, error) {
	buffered := bufio.NewReader(r)
	packets := NewPacketReader(buffered, limit)
	var band *sideband
	// A server that was not asked first may not know side-band-64k. Then the report comes bare, as text.
	if head, _ := buffered.Peek(5); len(head) == 5 && head[4] <= 3 {
		band = &sideband{packets: packets}
		packets = NewPacketReader(band, limit)
	}
	result, err := parseReport(packets)
	if band != nil {
		if err == nil {
			// Hooks that run after the update still have words to say. If they are cut off, the report stands.
			_, _ = io.Copy(io.Discard, band)
		}
		result.Text = band.text.String()
	}
	if err != nil {
		return result, err
	}
	for _, u := range updates {
		if _, ok := result.Refs[u.Ref]; !ok {
			return result, fmt.Errorf("malformed answer: no report on %s", u.Ref)
		}
	}
	return result, nil
}

// parseReport reads report-status, gitprotocol-pack(5).
func parseReport(packets *PacketReader) (PushResult, error) {
	result := PushResult{Refs: map[string]string{}}
	for {
		p, err := packets.next()
		if err != nil {
			return result, err
		}
		if p.Kind != DataPacket {
			break
		}
		word, rest, _ := strings.Cut(p.Text(), " ")
		switch word {
		case "unpack":
			result.Unpack = clean(rest)
		case "ok":
			result.Refs[rest] = ""
		case "ng":
			ref, reason, _ := strings.Cut(rest, " ")
			if reason = clean(reason); reason == "" {
				reason = "refused without a reason"
			}
			result.Refs[ref] = reason
		case "option": // report-status-v2: how a server's proc-receive hook rewrote the update
		default:
			return result, fmt.Errorf("malformed answer: %.60q in the report", p.Text())
		}
	}
	if result.Unpack == "" {
		return result, fmt.Errorf("malformed answer: the report does not say whether the objects arrived")
	}
	return result, nil
}
