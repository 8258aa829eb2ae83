package merge

import (
	"bytes"
	"slices"
)

// Lines merges what ours and theirs made of base, line by line, and reports whether that can be done. It can where
// their changes lie at least one unchanged line apart or are the same change, however the files are compared: a file
// often has several diffs (a blank line was added, but which?), so a change reaches over every line that one of them
// touches. It is refused, too, for files over 16 MiB and where one side deleted and inserted more than 2000 lines.
//
// A line's end is part of it. No other byte means anything here: the caller keeps binary files away.
func Lines(base, ours, theirs []byte) (merged []byte, ok bool) {
	merged, reason := mergeLines(base, ours, theirs)
	return merged, reason == ""
}

// mergeLines is Lines with the reason for a refusal.
func mergeLines(base, ours, theirs []byte) ([]byte, Reason) {
	switch {
	case bytes.Equal(ours, theirs) || bytes.Equal(base, theirs):
		return ours, ""
	case bytes.Equal(base, ours):
		return theirs, ""
	case max(len(base), len(ours), len(theirs)) > maxBlob:
		return nil, TooLarge
	}
	numbers := map[string]int32{}
	b, o, t := split(base, numbers), split(ours, numbers), split(theirs, numbers)
	left, ok := changes(b.ids, o.ids, len(numbers))
	if !ok {
		return nil, TooLarge
	}
	right, ok := changes(b.ids, t.ids, len(numbers))
	if !ok {
		return nil, TooLarge
	}
	merged, ok := weave(b, o, t, left, right)
	if !ok {
		return nil, Content
	}
	return merged, ""
}

// text is a file cut into lines. Equal lines have equal ids.
type text struct {
	raw  []byte
	ends []int // where each line ends in raw
	ids  []int32
}

func split(raw []byte, numbers map[string]int32) text {
	t := text{raw: raw}
	end := 0
	for line := range bytes.Lines(raw) {
		end += len(line)
		id, ok := numbers[string(line)]
		if !ok {
			id = int32(len(numbers))
			numbers[string(line)] = id
		}
		t.ends = append(t.ends, end)
		t.ids = append(t.ids, id)
	}
	return t
}

// slice is the bytes of lines from to to.
func (t text) slice(from, to int) []byte {
	start := func(line int) int {
		if line == 0 {
			return 0
		}
		return t.ends[line-1]
	}
	return t.raw[start(from):start(to)]
}

// weave applies both sides' changes to base, or reports that two of them meet.
func weave(base, ours, theirs text, left, right []change) ([]byte, bool) {
	var out []byte
	done := 0 // lines of base
	apply := func(side text, c change) {
		out = append(out, base.slice(done, c.from)...)
		out = append(out, side.slice(c.sideFrom, c.sideTo)...)
		done = c.to
	}
	for len(left) > 0 && len(right) > 0 {
		l, r := left[0], right[0]
		switch {
		case l.to < r.from:
			apply(ours, l)
			left = left[1:]
		case r.to < l.from:
			apply(theirs, r)
			right = right[1:]
		case l.certain && r.certain && l.from == r.from && l.to == r.to &&
			slices.Equal(ours.ids[l.sideFrom:l.sideTo], theirs.ids[r.sideFrom:r.sideTo]):
			apply(ours, l)
			left, right = left[1:], right[1:]
		default:
			return nil, false
		}
	}
	for _, l := range left {
		apply(ours, l)
	}
	for _, r := range right {
		apply(theirs, r)
	}
	return append(out, base.slice(done, len(base.ids))...), true
}
