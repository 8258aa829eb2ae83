package report

import (
	"bytes"
	"sync"
	"testing"
)

func TestEveryFormatHasAReportOfNothing(t *testing.T) {
	for _, format := range Formats() {
		if text, err := format.Render(Report{}); err != nil || len(text) == 0 {
			t.Errorf("%s: %d bytes, %v", format.File, len(text), err)
		}
	}
}

// A run writes its report while what makes the formats ready may still be at work.
func TestReportsAreRenderedWhileTheFormatsAreMadeReady(t *testing.T) {
	r := Report{Result: Success, Steps: []Step{{ID: "smoke", Conclusion: StatusSuccess, Outcome: StatusSuccess}}}
	var all sync.WaitGroup
	for range 2 {
		all.Go(Prepare)
		all.Go(func() {
			for _, format := range Formats() {
				if text, err := format.Render(r); err != nil || !bytes.Contains(text, []byte("smoke")) {
					t.Errorf("%s: %v\n%s", format.File, err, text)
				}
			}
		})
	}
	all.Wait()
}
