package source

import (
	"strings"
	"unicode/utf8"
)

// Nearest returns the known name that name was meant to be, perhaps: one at most a third of its letters away,
// and not all of them, or "".
func Nearest(name string, known []string) string {
	if len(name) > 100 {
		return ""
	}
	letters := utf8.RuneCountInString(name)
	best, least := "", min(max(1, letters/3)+1, letters)
	for _, candidate := range known {
		if d := distance(strings.ToLower(name), strings.ToLower(candidate)); d < least {
			best, least = candidate, d
		}
	}
	return best
}

// distance counts the letters to insert, delete or replace, or to swap with the next, to get from one text to the
// other (optimal string alignment). It keeps the last three rows of the table.
func distance(from, to string) int {
	a, b := []rune(from), []rune(to)
	var above, row []int
	next := make([]int, len(b)+1)
	for j := range next {
		next[j] = j
	}
	for i := 1; i <= len(a); i++ {
		above, row, next = row, next, make([]int, len(b)+1)
		next[0] = i
		for j := 1; j <= len(b); j++ {
			change := row[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			next[j] = min(row[j]+1, next[j-1]+1, change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], above[j-2]+1)
			}
		}
	}
	return next[len(b)]
}
