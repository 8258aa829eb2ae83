package merge

// maxEdits is how many lines a side may delete and insert before its file is no longer merged by line. The memory
// to compare them grows with its square: 8 MB here.
const maxEdits = 2000

// maxCompared bounds the time: how many pairs of lines one diff may compare.
const maxCompared = 1 << 26

// shortest returns the two outermost of all shortest diffs: one deletes as early as it can and inserts as late as it
// can, the other the other way round. It is the greedy algorithm of E. W. Myers, "An O(ND) Difference Algorithm and
// Its Variations" (1986), which keeps what it reached at every distance and walks back from the end twice.
func shortest(base, side []int32) (low, high alignment, ok bool) {
	reached, ok := reach(base, side)
	if !ok {
		return nil, nil, false
	}
	return reached.walk(base, side, true), reached.walk(base, side, false), true
}

// frontier holds, for every distance d, the furthest line of base that d edits reach on each diagonal: diagonal k
// (line of base less line of side) is at (k+d)/2, since d edits reach every second diagonal only.
type frontier [][]int32

func reach(base, side []int32) (frontier, bool) {
	var f frontier
	budget := maxCompared
	for d := range maxEdits + 1 {
		row := make([]int32, d+1)
		f = append(f, row)
		for k := -d; k <= d; k += 2 {
			x := 0
			switch {
			case d == 0:
			case k == -d || k != d && f.at(d-1, k-1) < f.at(d-1, k+1):
				x = f.at(d-1, k+1) // one line inserted
			default:
				x = f.at(d-1, k-1) + 1 // one line deleted
			}
			start := x
			for x < len(base) && x-k < len(side) && base[x] == side[x-k] {
				x++
			}
			row[(k+d)/2] = int32(x)
			budget -= x - start
			if x >= len(base) && x-k >= len(side) {
				return f, true
			}
		}
		if budget < 0 {
			return nil, false
		}
	}
	return nil, false
}

func (f frontier) at(d, k int) int { return int(f[d][(k+d)/2]) }

// within reports whether d edits, or fewer by an even number, lead to line x of base and y of the side. Along a
// diagonal the distance never falls, so everything up to the furthest point is within reach.
func (f frontier) within(d, x, y int) bool {
	k := x - y
	return x >= 0 && y >= 0 && -d <= k && k <= d && (k+d)%2 == 0 && f.at(d, k) >= x
}

// walk goes from the end back to the start along a shortest way: at every point it takes a deletion (or an insertion)
// if one is on such a way, else a kept line, else the other edit.
func (f frontier) walk(base, side []int32, deletionFirst bool) alignment {
	kept := none(len(base))
	x, y := len(base), len(side)
	for d := len(f) - 1; x > 0 || y > 0; {
		deletes, inserts := f.within(d-1, x-1, y), f.within(d-1, x, y-1)
		keeps := x > 0 && y > 0 && base[x-1] == side[y-1]
		switch {
		case deletes && (deletionFirst || !keeps && !inserts):
			x, d = x-1, d-1
		case inserts && (!deletionFirst || !keeps):
			y, d = y-1, d-1
		default:
			x, y = x-1, y-1
			kept[x] = int32(y)
		}
	}
	return kept
}
