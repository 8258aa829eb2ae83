package merge

// change says that lines from..to of base became lines sideFrom..sideTo of a side.
type change struct {
	from, to         int
	sideFrom, sideTo int
	certain          bool // no diff keeps any of these lines
}

// alignment says, for each line of base, which line of the side it was kept as; dropped if it was not.
type alignment []int32

const dropped = -1

// changes compares a side with base, in lines given as ids below n. It takes four diffs that hold every diff git may
// take between them, and returns what lies between the lines all four keep alike: diffs are paths through a grid, so
// one that runs between two paths goes where they meet. Two are the outermost of the shortest diffs, which is what
// Myers' algorithm finds; two are the outermost forms of the histogram diff, which is what merge-ort finds and then
// slides up and down. It reports false where the files are too far apart for that.
func changes(base, side []int32, n int) ([]change, bool) {
	low, high, ok := shortest(base, side)
	if !ok {
		return nil, false
	}
	kept, ok := histogram(base, side, n)
	if !ok {
		return nil, false
	}
	early, late := outermost(kept, base, side)
	var found []change
	next := change{certain: true}
	for i := range len(base) + 1 {
		j := int32(len(side))
		if i < len(base) {
			j = low[i]
			if j == dropped || j != high[i] || j != early[i] || j != late[i] {
				next.certain = next.certain && j == dropped && high[i] == dropped && early[i] == dropped && late[i] == dropped
				continue
			}
		}
		next.to, next.sideTo = i, int(j)
		if next.from < next.to || next.sideFrom < next.sideTo {
			found = append(found, next)
		}
		next = change{from: i + 1, sideFrom: int(j) + 1, certain: true}
	}
	return found, true
}

// outermost returns the two outermost alignments that keep the same lines in the same order as kept does: one takes
// them as late as it can in base and as early as it can in the side, the other the other way round. Sliding a change
// over equal lines, as git does, always ends between them.
func outermost(kept alignment, base, side []int32) (early, late alignment) {
	var common []int32
	for i, j := range kept {
		if j != dropped {
			common = append(common, base[i])
		}
	}
	early, late = none(len(base)), none(len(base))
	firstBase, lastBase := first(common, base), last(common, base)
	firstSide, lastSide := first(common, side), last(common, side)
	for k := range common {
		early[lastBase[k]] = firstSide[k]
		late[firstBase[k]] = lastSide[k]
	}
	return early, late
}

func none(n int) alignment {
	a := make(alignment, n)
	for i := range a {
		a[i] = dropped
	}
	return a
}

// first finds common in lines, each line as early as possible.
func first(common, lines []int32) []int32 {
	at := make([]int32, 0, len(common))
	for i, line := range lines {
		if len(at) < len(common) && line == common[len(at)] {
			at = append(at, int32(i))
		}
	}
	return at
}

// last finds common in lines, each line as late as possible.
func last(common, lines []int32) []int32 {
	at := make([]int32, len(common))
	k := len(common) - 1
	for i := len(lines) - 1; i >= 0 && k >= 0; i-- {
		if lines[i] == common[k] {
			at[k] = int32(i)
			k--
		}
	}
	return at
}
