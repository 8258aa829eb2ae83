package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Range is a range of exit codes, both ends included.
type Range struct{ From, To int }

// ParseRange reads an exit code, "75", or a range of them, "70-79". Exit codes are not negative.
func ParseRange(text string) (Range, error) {
	first, last, isRange := strings.Cut(text, "-")
	if !isRange {
		last = first
	}
	from, err := exitCode(first)
	if err != nil {
		return Range{}, fmt.Errorf("read exit code %q: %w", text, err)
	}
	to, err := exitCode(last)
	if err != nil {
		return Range{}, fmt.Errorf("read exit code %q: %w", text, err)
	}
	if to < from {
		return Range{}, fmt.Errorf("read exit code %q: the range ends before it begins", text)
	}
	return Range{From: from, To: to}, nil
}

// exitCode takes up to 32 bits, as Windows has them. -1 and 4294967295 are how a missing code looks; neither is one.
func exitCode(text string) (int, error) {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, strconv.IntSize-1)
	if err != nil || n >= 1<<32-1 {
		return 0, fmt.Errorf("a number such as 75, or a range such as 70-79, is wanted")
	}
	return int(n), nil
}

// Contains reports whether code lies in r.
func (r Range) Contains(code int) bool { return r.From <= code && code <= r.To }

// String writes r as ParseRange reads it.
func (r Range) String() string {
	if r.From == r.To {
		return strconv.Itoa(r.From)
	}
	return fmt.Sprintf("%d-%d", r.From, r.To)
}

// joined sorts ranges and makes one of those that touch.
func joined(ranges []Range) []Range {
	sorted := slices.SortedFunc(slices.Values(ranges), func(a, b Range) int { return cmp.Compare(a.From, b.From) })
	var out []Range
	for _, r := range sorted {
		if n := len(out); n > 0 && r.From-1 <= out[n-1].To {
			out[n-1].To = max(out[n-1].To, r.To)
		} else {
			out = append(out, r)
		}
	}
	return out
}
