package wire

import (
	"fmt"
	"io"

	"github.com/go-git/go-git/v5/plumbing/storer"
)

// keepPack puts a pack into a store as it comes, without ever holding it in memory. A pack that breaks off or is unsound
// is an error.
func keepPack(r io.Reader, store storer.PackfileWriter) error {
	w, err := store.PackfileWriter()
	if err != nil {
		return fmt.Errorf("keep pack: %w", err)
	}
	_, copied := io.Copy(w, r)
	closed := w.Close() // waits for the index, and finds what is wrong with the pack
	if copied != nil {
		return copied
	}
	if closed != nil {
		return fmt.Errorf("read pack: %w", closed)
	}
	return nil
}
