package policy

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Lineage says where a run comes from. All the runs that came of one another have the same root, and
// RerunAction.Max bounds them together.
type Lineage struct {
	Root   string // the id of the first of them
	Reruns int    // how many new runs were asked for before this one
}

// String writes a lineage as ParseLineage reads it: "4711/1".
func (l Lineage) String() string { return l.Root + "/" + strconv.Itoa(l.Reruns) }

// ParseLineage reads what String wrote, as one run hands it to the next. The error says what is wrong with the text.
func ParseLineage(text string) (Lineage, error) {
	slash := strings.LastIndex(text, "/")
	if slash > 0 && len(text) <= 256 && strings.IndexFunc(text, notPrintable) < 0 {
		if n, err := strconv.ParseUint(text[slash+1:], 10, 16); err == nil {
			return Lineage{Root: text[:slash], Reruns: int(n)}, nil
		}
	}
	return Lineage{}, fmt.Errorf("read lineage %q: it is the first run's id and a number, as in 4711/1", text)
}

func notPrintable(r rune) bool { return !unicode.IsPrint(r) }
