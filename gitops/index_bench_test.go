package gitops

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkReadIndex picks one of a hundred thousand entries.
func BenchmarkReadIndex(b *testing.B) {
	var lines strings.Builder
	for n := range 100_000 {
		fmt.Fprintf(&lines, "100644 %s\tservices/team-%03d/app-%03d/env/prod-%d.yml\n", emptyBlob, n%97, n%1000, n)
	}
	for _, version := range []string{"2", "4"} {
		b.Run("version "+version, func(b *testing.B) {
			_, index := indexed(b, version, lines.String())
			list, _ := few([]string{"services/team-042/app-042/env/prod-42.yml"})
			b.ReportAllocs()
			for b.Loop() {
				if entries, err := readIndex(index, list.keep); err != nil || len(entries) != 1 {
					b.Fatal(entries, err)
				}
			}
		})
	}
}
