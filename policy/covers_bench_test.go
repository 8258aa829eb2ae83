package policy

import (
	"fmt"
	"testing"
)

// BenchmarkUnreachable asks of the last of a hundred routes that all end, and cover nothing.
func BenchmarkUnreachable(b *testing.B) {
	var routes []Route
	for i := range 100 {
		routes = append(routes, on(fmt.Sprint(i), FailAction{}, Kind(fmt.Sprintf("a%d", i))))
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, hidden := Unreachable(routes, len(routes)-1); hidden {
			b.Fatal("nothing covers the last route")
		}
	}
}
