package spec

import (
	"fmt"
	"math/bits"
	"strconv"

	"github.com/belay-ci/belay/internal/pattern"
	"github.com/belay-ci/belay/internal/source"
)

// Size is a number of bytes, written with the largest unit that divides it.
type Size int64

// units are 1024 times one another.
func units() []string { return []string{"", "KiB", "MiB", "GiB"} }

// String writes it as a steps file does.
func (s Size) String() string {
	unit := min(bits.TrailingZeros64(uint64(s))/10, len(units())-1)
	if s == 0 || unit == 0 {
		return fmt.Sprintf("%d bytes", int64(s))
	}
	return fmt.Sprintf("%d%s", int64(s)>>(10*unit), units()[unit])
}

var sizeGrammar = pattern.New(`^([1-9][0-9]{0,5})(KiB|MiB|GiB)$`)

// logLimit reads how much of an execution's output is shown.
func (r *reader) logLimit(step *Step, rec *source.Record) {
	n := rec.Node("log-limit")
	if n == nil {
		return
	}
	m := sizeGrammar.FindStringSubmatch(n.Text)
	if m == nil {
		r.Report(n.Pos, "value", "`log-limit` is a whole number of KiB, MiB or GiB, such as 10MiB; not %q", n.Text)
		return
	}
	number, _ := strconv.ParseInt(m[1], 10, 64) // the grammar leaves it no way to fail
	for i, unit := range units() {
		if unit == m[2] {
			step.LogLimit = number << (10 * i)
		}
	}
}
