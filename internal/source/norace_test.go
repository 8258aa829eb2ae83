//go:build !race

package source

// slower is how much more time the race detector is given.
const slower = 1
