package wire

import (
	"errors"
	"strconv"
	"testing"

	"github.com/go-git/go-git/v5/storage/memory"
)

func TestAnAnswerWithTooManyObjectsIsNotRead(t *testing.T) {
	r := serve(t)
	tip := r.commit(t, map[string]string{"a.txt": "two\n"})
	for most, want := range map[int]error{5: ErrTooMany, 6: nil} {
		store := memory.NewStorage()
		_, err := dial(t, r.url, Options{}).Fetch(t.Context(), FetchRequest{Wants: []Hash{tip}, Most: most}, store)
		if !errors.Is(err, want) || (len(store.Objects) == 0) != (want != nil) {
			t.Errorf("at most %s of 6 objects: error %v, %d stored", strconv.Itoa(most), err, len(store.Objects))
		}
	}
}
