package wire

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/storer"
)

// FetchRequest says which objects to fetch.
type FetchRequest struct {
	Wants   []Hash    // exact objects; without any, nothing is asked
	Haves   []Hash    // commits the store has, with everything they reach down to Shallow
	Shallow []Hash    // commits whose parents the store lacks
	Depth   int       // how many commits deep from the wants; 0 for no bound
	After   time.Time // commits older than this are left out, and those below them; zero for no bound
	Filter  string    // what to leave out, such as "blob:none"; not asked of a server that can't, see Fetched.Filtered
	Thin    bool      // let the server send differences to objects the store has
	Most    int       // how many objects are too many: then the answer is not read, and the error is ErrTooMany; 0 for no bound
	Hold    *Hold     // what of the answer is stored; nil for all of it
}

// ErrTooMany is the cause where an answer has more objects than were asked for at most. Nothing was stored.
var ErrTooMany = errors.New("the answer has more objects than belay takes at once")

// Fetched says what came.
type Fetched struct {
	Shallow   []Hash // commits that now lack their parents
	Unshallow []Hash // commits that lacked their parents and have them now
	Objects   int    // how many objects were added to the store
	Filtered  bool   // the filter was asked for; the server offers filters
	Left      bool   // objects came that were not to be held
}

// Fetch fetches objects into store, in one exchange. The store gets the objects only when the whole pack has
// arrived and is sound; one that takes packs (storer.PackfileWriter) gets that of a fetch without Thin as it is, and
// nothing of it is held in memory. An error is an *Error, unless the store failed.
func (c *Conn) Fetch(ctx context.Context, r FetchRequest, store storer.EncodedObjectStorer) (Fetched, error) {
	if len(r.Wants) == 0 {
		return Fetched{}, nil
	}
	var fetched Fetched
	var objects map[Hash]plumbing.EncodedObject
	err := c.offering(ctx, func(offered Capabilities) (err error) {
		fetched, objects, err = c.fetch(ctx, r, store, offered)
		return err
	})
	if err != nil {
		return Fetched{}, c.fail("fetch from", err, false)
	}
	for _, object := range objects {
		if _, err := store.SetEncodedObject(object); err != nil {
			return Fetched{}, fmt.Errorf("store object %s: %w", object.Hash(), err)
		}
	}
	return fetched, nil
}

func (c *Conn) fetch(
	ctx context.Context, r FetchRequest, store storer.EncodedObjectStorer, offered Capabilities,
) (Fetched, map[Hash]plumbing.EncodedObject, error) {
	if (r.Depth > 0 || !r.After.IsZero() || len(r.Shallow) > 0) && !offered.feature("fetch", "shallow") {
		return Fetched{}, nil, fmt.Errorf("shallow fetch: %w", ErrNotOffered)
	}
	filtered := r.Filter != "" && offered.feature("fetch", "filter")
	if !filtered {
		r.Filter = ""
	}
	request, err := c.fetchRequest(r, offered)
	if err != nil {
		return Fetched{}, nil, err
	}
	answer, err := c.transport.post(ctx, uploadPack, bytes.NewReader(request), int64(len(request)))
	if err != nil {
		return Fetched{}, nil, err
	}
	defer answer.Close()
	packets := NewPacketReader(answer, c.limits.pack)
	fetched, err := readSections(packets)
	if err != nil {
		return Fetched{}, nil, err
	}
	band := &sideband{packets: packets}
	pack := bufio.NewReader(band)
	count, err := checkCount(pack, r.Most)
	var received map[Hash]plumbing.EncodedObject
	var left bool
	keeper, keeps := store.(storer.PackfileWriter)
	switch {
	case err != nil:
	case r.Hold != nil:
		received, left, err = r.Hold.read(pack, below(r, store))
		count = len(received)
	case keeps && !r.Thin:
		err = keepPack(pack, keeper)
	default:
		received, err = ReadPack(pack, store)
		count = len(received)
	}
	if err != nil {
		if band.err != nil && band.err != io.EOF { // the decoder loses what made its input end
			err = band.err
		}
		return Fetched{}, nil, err
	}
	for _, want := range r.Wants {
		if received[want] == nil && store.HasEncodedObject(want) != nil {
			return Fetched{}, nil, fmt.Errorf("the server did not send %s", want)
		}
	}
	finish(answer)
	fetched.Objects, fetched.Filtered, fetched.Left = count, filtered, left
	return fetched, received, nil
}

// below is where the objects are that a thin answer may build upon.
func below(r FetchRequest, store storer.EncodedObjectStorer) storer.EncodedObjectStorer {
	if !r.Thin {
		return nil
	}
	return store
}

// fetchRequest sends `done` at once: belay names what it has, and has nothing to negotiate.
func (c *Conn) fetchRequest(r FetchRequest, offered Capabilities) ([]byte, error) {
	var request bytes.Buffer
	w := NewPacketWriter(&request)
	c.command(w, "fetch", offered)
	if r.Thin {
		w.Linef("thin-pack\n")
	}
	w.Linef("no-progress\n")
	w.Linef("ofs-delta\n")
	for _, hash := range r.Shallow {
		w.Linef("shallow %s\n", hash)
	}
	if r.Depth > 0 {
		w.Linef("deepen %d\n", r.Depth)
	}
	if !r.After.IsZero() {
		w.Linef("deepen-since %d\n", r.After.Unix())
	}
	if r.Filter != "" {
		w.Linef("filter %s\n", r.Filter)
	}
	for _, hash := range r.Wants {
		w.Linef("want %s\n", hash)
	}
	for _, hash := range r.Haves {
		w.Linef("have %s\n", hash)
	}
	w.Linef("done\n")
	w.Flush()
	return request.Bytes(), w.Err()
}

// checkCount looks at how many objects a pack says it has (gitformat-pack(5)), before any of them is read.
func checkCount(pack *bufio.Reader, most int) (int, error) {
	head, _ := pack.Peek(12) // what is too short is ReadPack's to refuse
	if len(head) < 12 {
		return 0, nil
	}
	count := binary.BigEndian.Uint32(head[8:])
	if most > 0 && uint64(count) > uint64(most) {
		return 0, ErrTooMany
	}
	return int(count), nil
}

// readSections reads an answer to fetch up to its pack.
func readSections(packets *PacketReader) (Fetched, error) {
	var fetched Fetched
	section := ""
	for {
		p, err := packets.next()
		if err != nil {
			return fetched, err
		}
		switch {
		case p.Kind == DelimPacket:
			section = ""
		case p.Kind != DataPacket:
			return fetched, errors.New("malformed answer: it ends before the pack")
		case section == "":
			if section = p.Text(); section == "packfile" {
				return fetched, nil
			}
		case section == "shallow-info":
			if err := fetched.addShallow(p.Text()); err != nil {
				return fetched, err
			}
		default: // acknowledgments and sections belay never asked for say nothing it needs
		}
	}
}

func (f *Fetched) addShallow(line string) error {
	word, name, _ := strings.Cut(line, " ")
	hash, err := parseHash(name)
	if err != nil {
		return err
	}
	switch word {
	case "shallow":
		f.Shallow = append(f.Shallow, hash)
	case "unshallow":
		f.Unshallow = append(f.Unshallow, hash)
	default:
		return fmt.Errorf("malformed answer: %.60q is no shallow-info", line)
	}
	return nil
}
