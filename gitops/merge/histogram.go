package merge

// maxOccurrences is how often a line may be in base to split the files at it. Where only more frequent lines are left,
// git compares by another algorithm, with shortcuts of its own.
const maxOccurrences = 64

// histogram returns the histogram diff, which merge-ort takes: split both files at their longest common run that
// holds a rare line, then do the same before and after it. It is patience diff with "unique" widened to "rarest". It
// reports false where the files can't be split although they have lines in common, and where it takes too long.
// Lines are given as ids below n.
func histogram(base, side []int32, n int) (alignment, bool) {
	h := histogramDiff{
		base: base, side: side, kept: none(len(base)), budget: maxCompared,
		head: make([]int32, n), count: make([]int32, n), next: make([]int32, len(base)),
	}
	ok := h.align(region{0, len(base), 0, len(side)})
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

// region is lines from..to of base against lines sideFrom..sideTo of the side.
type region struct{ from, to, sideFrom, sideTo int }

// run is a run of lines both files have: length lines from line at of base and line sideAt of the side. Its rarest
// line is in the region of base rarest times.
type run struct {
	at, sideAt, length int
	rarest             int32
}

func (h *histogramDiff) align(r region) bool {
	for r.from < r.to && r.sideFrom < r.sideTo {
		best, ok := h.split(r)
		if !ok || best.length == 0 {
			return ok
		}
		for i := range best.length {
			h.kept[best.at+i] = int32(best.sideAt + i)
		}
		if !h.align(region{r.from, best.at, r.sideFrom, best.sideAt}) {
			return false
		}
		r.from, r.sideFrom = best.at+best.length, best.sideAt+best.length
	}
	return true
}

// split finds the run to split a region at: an empty one when the region has no line in common.
func (h *histogramDiff) split(r region) (best run, ok bool) {
	for i := r.to - 1; i >= r.from; i-- {
		line := h.base[i]
		h.next[i] = dropped
		if h.count[line] > 0 {
			h.next[i] = h.head[line]
		}
		h.head[line] = int32(i)
		h.count[line]++
	}
	best.rarest = maxOccurrences + 1
	common := false
	for j := r.sideFrom; j < r.sideTo; {
		n := h.count[h.side[j]]
		common = common || n > 0
		if n > 0 && n <= best.rarest {
			best, j = h.better(best, r, j)
		} else {
			j++
		}
	}
	for _, line := range h.base[r.from:r.to] {
		h.count[line] = 0
	}
	h.budget -= r.to - r.from + r.sideTo - r.sideFrom
	return best, h.budget > 0 && (!common || best.rarest <= maxOccurrences)
}

// better looks at every place of line j of the side in base: the run around it beats the best one if it is longer, or
// holds a rarer line. It returns the better run and the first line of the side that no run looked at covers.
func (h *histogramDiff) better(best run, r region, j int) (run, int) {
	next, covered := j+1, r.from
	for i := int(h.head[h.side[j]]); i != dropped && h.budget > 0; i = int(h.next[i]) {
		if i < covered {
			continue // inside the run looked at last
		}
		found := h.around(r, i, j)
		h.budget -= found.length
		if found.length > best.length || found.rarest < best.rarest {
			best = found
		}
		next, covered = max(next, found.sideAt+found.length), found.at+found.length
	}
	return best, next
}

// around is the longest run of common lines through line i of base and line j of the side.
func (h *histogramDiff) around(r region, i, j int) run {
	start, end, shift := i, i+1, j-i
	rarest := h.count[h.base[i]]
	for start > r.from && start+shift > r.sideFrom && h.base[start-1] == h.side[start-1+shift] {
		start--
		rarest = min(rarest, h.count[h.base[start]])
	}
	for end < r.to && end+shift < r.sideTo && h.base[end] == h.side[end+shift] {
		rarest = min(rarest, h.count[h.base[end]])
		end++
	}
	return run{start, start + shift, end - start, rarest}
}
