package serve

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/belay-ci/belay/gitops/wire"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
)

// arguments are those of a command: the values by their first word, "" for a word alone.
type arguments map[string][]string

func (a arguments) has(word string) bool { return len(a[word]) > 0 }

func (a arguments) hashes(word string) []wire.Hash {
	var hashes []wire.Hash
	for _, value := range a[word] {
		hashes = append(hashes, plumbing.NewHash(value))
	}
	return hashes
}

// uploadPack answers a command of gitprotocol-v2(5). An error means a request that is none.
func (r *Repository) uploadPack(w http.ResponseWriter, in io.Reader) error {
	command, a, err := readCommand(wire.NewPacketReader(in, maxRequest))
	if err != nil {
		return err
	}
	var answer bytes.Buffer
	packets := wire.NewPacketWriter(&answer)
	r.mu.RLock()
	switch command {
	case "ls-refs":
		r.listRefs(packets, a)
	case "fetch":
		err = r.fetch(packets, a)
	default:
		err = fmt.Errorf("unknown command %q", command)
	}
	r.mu.RUnlock()
	if err != nil {
		answer.Reset()
		packets.Linef("ERR upload-pack: %v\n", err)
	}
	w.Header().Set("Content-Type", "application/x-git-upload-pack-result")
	_, _ = answer.WriteTo(w)
	return nil
}

// readCommand reads a request: the command and its capabilities, a delimiter, then its arguments.
func readCommand(packets *wire.PacketReader) (command string, a arguments, err error) {
	for {
		p, err := packets.Next()
		word, value, _ := strings.Cut(p.Text(), " ")
		switch {
		case err != nil:
			return "", nil, fmt.Errorf("read request: %w", err)
		case p.Kind == wire.DelimPacket:
			a = arguments{}
		case p.Kind != wire.DataPacket:
			return command, a, nil
		case a != nil:
			a[word] = append(a[word], value)
		case strings.HasPrefix(word, "command="):
			command = strings.TrimPrefix(word, "command=")
		}
	}
}

// listRefs answers ls-refs.
func (r *Repository) listRefs(packets *wire.PacketWriter, a arguments) {
	list := func(name, line string) {
		prefixes := a["ref-prefix"]
		if len(prefixes) == 0 || slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
			packets.Linef("%s\n", line)
		}
	}
	target := ""
	if a.has("symrefs") {
		target = " symref-target:" + head
	}
	if tip, ok := r.refs[head]; ok {
		list("HEAD", tip.String()+" HEAD"+target)
	} else if a.has("unborn") {
		list("HEAD", "unborn HEAD"+target)
	}
	for _, name := range r.names() {
		list(name, r.refs[name].String()+" "+name)
	}
	packets.Flush()
}

// fetch answers fetch. It has negotiated enough as soon as it knows one of the client's commits.
func (r *Repository) fetch(packets *wire.PacketWriter, a arguments) error {
	depth := 0
	if a.has("deepen") {
		var err error
		if depth, err = strconv.Atoi(a["deepen"][0]); err != nil || depth < 1 {
			return fmt.Errorf("invalid depth %q", a["deepen"][0])
		}
	}
	if a.has("deepen-since") || a.has("deepen-not") || a.has("deepen-relative") {
		return fmt.Errorf("this server deepens by a number of commits only")
	}
	unknown := func(hash wire.Hash) bool { return r.store.HasEncodedObject(hash) != nil }
	if wants := a.hashes("want"); slices.ContainsFunc(wants, unknown) {
		return fmt.Errorf("not our ref %s", wants[slices.IndexFunc(wants, unknown)])
	}
	common := slices.DeleteFunc(a.hashes("have"), unknown)
	if a.has("have") && !a.has("done") {
		packets.Linef("acknowledgments\n")
		if len(common) == 0 {
			packets.Linef("NAK\n")
			packets.Flush()
			return nil
		}
		for _, hash := range common {
			packets.Linef("ACK %s\n", hash)
		}
		packets.Linef("ready\n")
		packets.Delim()
	}
	return r.sendPack(packets, a, common, depth)
}

// sendPack sends what the client lacks of what it wants, knowing what it has in common.
func (r *Repository) sendPack(packets *wire.PacketWriter, a arguments, common []wire.Hash, depth int) error {
	shallow := setOf(a.hashes("shallow"))
	theirs, _, err := history(r.get, common, 0, shallow.has)
	if err != nil {
		return err
	}
	has, err := contents(r.get, theirs, set{}.has)
	if err != nil {
		return err
	}
	stop := shallow.has
	if depth > 0 { // then the client's history may grow beyond where it ended
		stop = set{}.has
	}
	wanted, edge, err := history(r.get, a.hashes("want"), depth, stop)
	if err != nil {
		return err
	}
	lacks, err := contents(r.get, wanted, setOf(has).has)
	if err != nil {
		return err
	}
	if depth > 0 {
		sendShallow(packets, wanted, setOf(edge), shallow)
	}
	packets.Linef("packfile\n")
	if _, err := packfile.NewEncoder(packets.Band(1), r.store, false).Encode(lacks, 0); err != nil {
		return fmt.Errorf("encode pack: %w", err)
	}
	packets.Flush()
	return nil
}

// sendShallow tells which commits the client will have without their parents, and which no longer.
func sendShallow(packets *wire.PacketWriter, wanted []wire.Hash, edge, shallow set) {
	packets.Linef("shallow-info\n")
	for _, hash := range wanted {
		switch {
		case edge[hash] && !shallow[hash]:
			packets.Linef("shallow %s\n", hash)
		case shallow[hash] && !edge[hash]:
			packets.Linef("unshallow %s\n", hash)
		}
	}
	packets.Delim()
}
