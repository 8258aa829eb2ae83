package merge

// maxOccurrences is how often a line may be in base to split the files at it. Where only more frequent lines are left,
// git compares by another algorithm, with shortcuts of its own.
const maxOccurrences = 64

// histogram returns the histogram diff, which merge-ort takes: split both files at their longest common run that
// holds a rare line, then do the same before and after it. It is patience diff with "unique" widened to "rarest". It
// reports false where the files can't be split although they have lines in common, and where it takes too long.
func histogram(base, side []int32, n int) (alignment, bool) {
	h := histogramDiff{
		base: base, side: side, kept: none(len(base)), budget: maxCompared,
		head: make([]int32, n), count: make([]int32, n), next: make([]int32, len(base)),
	}
	ok := h.region(0, len(base), 0, len(side))
	return h.kept, ok
}

type histogramDiff struct {
	base, side []int32
	kept       alignment
	budget     int
	head       []int32 // the first place of each line in the region of base, where count is not 0
	count      []int32 // how often each line is in the region of base
	next       []int32 // the next place of the same line, or dropped
}

// run is a run of lines both files have: length lines from line at of base and line sideAt of the side.
type run struct{ at, sideAt, length int }

func (h *histogramDiff) region(from, to, sideFrom, sideTo int) bool {
	for from < to && sideFrom < sideTo {
		best, ok := h.split(from, to, sideFrom, sideTo)
		if !ok {
			return false
		}
		if best.length == 0 {
			return true
		}
		for i := range best.length {
			h.kept[best.at+i] = int32(best.sideAt + i)
		}
		if !h.region(from, best.at, sideFrom, best.sideAt) {
			return false
		}
		from, sideFrom = best.at+best.length, best.sideAt+best.length
	}
	return true
}

// split finds the run to split a region at: none when the region has no line in common.
func (h *histogramDiff) split(from, to, sideFrom, sideTo int) (best run, ok bool) {
	for i := to - 1; i >= from; i-- {
		line := h.base[i]
		h.next[i] = dropped
		if h.count[line] > 0 {
			h.next[i] = h.head[line]
		}
		h.head[line] = int32(i)
		h.count[line]++
	}
	rarest, common := int32(maxOccurrences+1), false
	for j := sideFrom; j < sideTo; {
		line, after := h.side[j], j+1
		if n := h.count[line]; n > 0 {
			common = true
			if n <= rarest {
				after = h.try(j, from, to, sideFrom, sideTo, &best, &rarest)
			}
		}
		j = after
	}
	for _, line := range h.base[from:to] {
		h.count[line] = 0
	}
	h.budget -= to - from + sideTo - sideFrom
	return best, h.budget > 0 && (!common || rarest <= maxOccurrences)
}

// try looks at every place of line j of the side in base: a run around it wins if it is longer than the best, or holds
// a rarer line. It returns the first line of the side that no run tried here covers.
func (h *histogramDiff) try(j, from, to, sideFrom, sideTo int, best *run, rarest *int32) int {
	after, covered := j+1, from
	for i := int(h.head[h.side[j]]); i != dropped && h.budget > 0; i = int(h.next[i]) {
		if i < covered {
			continue // inside the run tried last
		}
		start, end, shift := i, i+1, j-i
		rare := h.count[h.side[j]]
		for start > from && start+shift > sideFrom && h.base[start-1] == h.side[start-1+shift] {
			start--
			rare = min(rare, h.count[h.base[start]])
		}
		for end < to && end+shift < sideTo && h.base[end] == h.side[end+shift] {
			rare = min(rare, h.count[h.base[end]])
			end++
		}
		h.budget -= end - start
		if end-start > best.length || rare < *rarest {
			*best, *rarest = run{start, start + shift, end - start}, rare
		}
		after, covered = max(after, end+shift), end
	}
	return after
}
