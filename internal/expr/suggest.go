package expr

import (
	"fmt"
	"slices"
	"strings"
)

// unknown says that name does not exist, what was meant perhaps, and what does exist.
func unknown(what, name, where string, known []string) string {
	if len(known) == 0 {
		return fmt.Sprintf("unknown %s `%s`: there is none %s", what, name, where)
	}
	guess := ""
	if near := nearest(name, known); near != "" {
		guess = fmt.Sprintf(", did you mean `%s`?", near)
	}
	return fmt.Sprintf("unknown %s `%s`%s (%s: %s)", what, name, guess, where, listed(known))
}

func listed(names []string) string { return strings.Join(slices.Sorted(slices.Values(names)), ", ") }

// nearest returns the known name that is at most a third of name's letters away, or "".
func nearest(name string, known []string) string {
	best, least := "", max(1, len(name)/3)+1
	for _, candidate := range known {
		if d := distance(strings.ToLower(name), strings.ToLower(candidate)); d < least {
			best, least = candidate, d
		}
	}
	return best
}

// distance counts the bytes to insert, delete, replace or swap with the next to get from a to b (optimal string
// alignment).
func distance(a, b string) int {
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}
