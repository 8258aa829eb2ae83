package spec

import (
	"testing"
	"time"
)

func TestDurationsAreWrittenAsAFileHasThem(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"0":       0,
		"200ms":   200 * time.Millisecond,
		"10s":     10 * time.Second,
		"5m":      5 * time.Minute,
		"1h":      time.Hour,
		"24h":     24 * time.Hour,
		"1h30m":   90 * time.Minute,
		"1h0m5s":  time.Hour + 5*time.Second,
		"10h0m1s": 10*time.Hour + time.Second,
	} {
		if got := written(d); got != want {
			t.Errorf("%v is written %s, want %s", d, got, want)
		}
	}
}
