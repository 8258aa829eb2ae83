package main

import (
	"bufio"
	"fmt"
	"io"
	"os/exec"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

const (
	maxCached = 64 << 20 // bytes of objects kept at hand
	maxRead   = 16 << 20 // belay does not look into files that are larger
)

// objects is a merge.Store over the objects of a repository, read by one `git cat-file` however the repository keeps
// them. What is written to it is kept until forget.
type objects struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	cached map[plumbing.Hash]plumbing.EncodedObject
	size   int64
	fresh  map[plumbing.Hash]plumbing.EncodedObject
}

func openObjects(g git) (*objects, error) {
	o := &objects{
		cmd:    g.command("cat-file", "--batch"),
		cached: map[plumbing.Hash]plumbing.EncodedObject{},
		fresh:  map[plumbing.Hash]plumbing.EncodedObject{},
	}
	var err error
	if o.in, err = o.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := o.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	o.out = bufio.NewReaderSize(out, 1<<16)
	return o, o.cmd.Start()
}

func (o *objects) close() error {
	if err := o.in.Close(); err != nil {
		return err
	}
	return o.cmd.Wait()
}

// forget drops what was written.
func (o *objects) forget() { clear(o.fresh) }

// borrowed reports whether an object is one of the repository's.
func (o *objects) borrowed(id plumbing.Hash) bool {
	_, made := o.fresh[id]
	return !made
}

// HasEncodedObject tells whether an object can be read.
func (o *objects) HasEncodedObject(id plumbing.Hash) error {
	_, err := o.EncodedObject(plumbing.AnyObject, id)
	return err
}

// NewEncodedObject implements merge.Store.
func (o *objects) NewEncodedObject() plumbing.EncodedObject { return &plumbing.MemoryObject{} }

// SetEncodedObject implements merge.Store.
func (o *objects) SetEncodedObject(object plumbing.EncodedObject) (plumbing.Hash, error) {
	o.fresh[object.Hash()] = object
	return object.Hash(), nil
}

// EncodedObject implements merge.Store.
func (o *objects) EncodedObject(_ plumbing.ObjectType, id plumbing.Hash) (plumbing.EncodedObject, error) {
	if object, ok := o.fresh[id]; ok {
		return object, nil
	}
	if object, ok := o.cached[id]; ok {
		return object, nil
	}
	object, err := o.read(id)
	if err != nil {
		return nil, err
	}
	if o.size > maxCached {
		clear(o.cached)
		o.size = 0
	}
	o.cached[id] = object
	o.size += min(object.Size(), maxRead) + 100
	return object, nil
}

// read asks git, which answers with `<id> <type> <size>` and the content, or `<id> missing`.
func (o *objects) read(id plumbing.Hash) (plumbing.EncodedObject, error) {
	if _, err := fmt.Fprintln(o.in, id); err != nil {
		return nil, fmt.Errorf("git cat-file: %w", err)
	}
	head, err := o.out.ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("git cat-file: %w", err)
	}
	if strings.HasSuffix(head, " missing\n") {
		return nil, plumbing.ErrObjectNotFound
	}
	var name, kind string
	var size int64
	if _, err := fmt.Sscan(head, &name, &kind, &size); err != nil {
		return nil, fmt.Errorf("git cat-file: %q: %w", head, err)
	}
	t, err := plumbing.ParseObjectType(kind)
	if err != nil {
		return nil, err
	}
	object := &plumbing.MemoryObject{}
	object.SetType(t)
	var body io.Writer = object
	if size > maxRead {
		body = io.Discard
	}
	if _, err := io.CopyN(body, o.out, size); err != nil {
		return nil, fmt.Errorf("git cat-file: %w", err)
	}
	if _, err := o.out.Discard(1); err != nil { // the newline after it
		return nil, fmt.Errorf("git cat-file: %w", err)
	}
	object.SetSize(size)
	return object, nil
}
