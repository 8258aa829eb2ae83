package serve

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/belay-ci/belay/gitops/wire"
	"github.com/go-git/go-git/v5/plumbing"
)

// advertise lists the refs for a push, gitprotocol-pack(5).
func (r *Repository) advertise(packets *wire.PacketWriter) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	capabilities := "\x00report-status delete-refs side-band-64k quiet atomic ofs-delta object-format=sha1 agent=belay"
	for _, name := range r.names() {
		packets.Linef("%s %s%s\n", r.refs[name], name, capabilities)
		capabilities = ""
	}
	if capabilities != "" {
		packets.Linef("%s capabilities^{}%s\n", wire.Hash{}, capabilities)
	}
	packets.Flush()
}

// receivePack takes a push. An error means a request that is none.
func (s *Server) receivePack(repository *Repository, w http.ResponseWriter, in io.Reader) error {
	pack := bufio.NewReader(in) // the packet reader takes it as it is, and leaves the pack in it
	updates, capabilities, err := readUpdates(wire.NewPacketReader(pack, maxRequest))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/x-git-receive-pack-result")
	if len(updates) == 0 { // git tries out the connection before it sends much
		return nil
	}
	result := s.receive(repository, updates, pack, capabilities.Has("atomic"))
	applied := slices.DeleteFunc(slices.Clone(updates), func(u wire.Update) bool { return result.refused[u.Ref] != "" })
	if len(applied) > 0 && s.Updated != nil {
		s.Updated(repository.name, applied)
	}
	result.write(w, updates, capabilities)
	return nil
}

// outcome is what became of a push.
type outcome struct {
	unpack  error             // why its objects could not be taken
	refused map[string]string // the reason for each ref that was not updated
	text    string            // for who pushed
}

func (s *Server) receive(repository *Repository, updates []wire.Update, pack io.Reader, atomic bool) outcome {
	objects, err := repository.unpack(updates, pack)
	if err != nil {
		return outcome{unpack: err, refused: refuseAll(updates, "unpacker error")}
	}
	if s.Decline != nil {
		if text := s.Decline(repository.name, updates); text != "" {
			return outcome{text: text, refused: refuseAll(updates, "pre-receive hook declined")}
		}
	}
	return outcome{refused: repository.apply(updates, objects, atomic)}
}

func refuseAll(updates []wire.Update, reason string) map[string]string {
	refused := map[string]string{}
	for _, u := range updates {
		refused[u.Ref] = reason
	}
	return refused
}

// readUpdates reads the commands of a push: "old SP new SP ref", the first with capabilities behind a NUL.
func readUpdates(packets *wire.PacketReader) (updates []wire.Update, capabilities wire.Capabilities, err error) {
	for {
		p, err := packets.Next()
		if err != nil {
			return nil, nil, fmt.Errorf("read push: %w", err)
		}
		if p.Kind != wire.DataPacket {
			return updates, capabilities, nil
		}
		line, asked, _ := strings.Cut(p.Text(), "\x00")
		capabilities = append(capabilities, strings.Fields(asked)...)
		words := strings.SplitN(line, " ", 3)
		if words[0] == "shallow" { // how far the client's history goes: what it sends is looked at instead
			continue
		}
		if len(words) != 3 || !plumbing.IsHash(words[0]) || !plumbing.IsHash(words[1]) {
			return nil, nil, fmt.Errorf("read push: malformed command %q", line)
		}
		updates = append(updates, wire.Update{Ref: words[2], Old: plumbing.NewHash(words[0]), New: plumbing.NewHash(words[1])})
	}
}

// unpack reads the pack of a push and makes sure that nothing the updates need is missing.
func (r *Repository) unpack(updates []wire.Update, pack io.Reader) (map[wire.Hash]plumbing.EncodedObject, error) {
	var tips []wire.Hash
	for _, u := range updates {
		if !u.New.IsZero() {
			tips = append(tips, u.New)
		}
	}
	if len(tips) == 0 { // deleting needs no pack
		return nil, nil
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	objects, err := wire.ReadPack(pack, r.store)
	if err != nil {
		return nil, err
	}
	get := func(hash wire.Hash) (plumbing.EncodedObject, error) {
		if o, ok := objects[hash]; ok {
			return o, nil
		}
		return r.get(hash)
	}
	known := func(hash wire.Hash) bool { return r.store.HasEncodedObject(hash) == nil }
	found, _, err := history(get, tips, 0, known)
	if err == nil {
		_, err = contents(get, found, known)
	}
	return objects, err
}

// write answers a push with report-status, on the side band where the client asked for one.
func (o outcome) write(w io.Writer, updates []wire.Update, asked wire.Capabilities) {
	var report bytes.Buffer
	status := wire.NewPacketWriter(&report)
	if o.unpack != nil {
		status.Linef("unpack %v\n", o.unpack)
	} else {
		status.Linef("unpack ok\n")
	}
	for _, u := range updates {
		if reason := o.refused[u.Ref]; reason != "" {
			status.Linef("ng %s %s\n", u.Ref, reason)
		} else {
			status.Linef("ok %s\n", u.Ref)
		}
	}
	status.Flush()
	if !asked.Has("side-band-64k") {
		_, _ = report.WriteTo(w) // a client that has gone finds out from the refs
		return
	}
	packets := wire.NewPacketWriter(w)
	if o.text != "" {
		fmt.Fprintln(packets.Band(2), o.text)
	}
	_, _ = report.WriteTo(packets.Band(1))
	packets.Flush()
}
