package report

import (
	"encoding/xml"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestHTML(t *testing.T) {
	for name, r := range map[string]Report{
		"success": success(), "recovered": recovered(), "rolled-back": rolledBack(), "rollback-failed": rollbackFailed(), "nothing": {Result: Cancelled},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := HTML(r)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "report-"+name+".html", string(text))
		})
	}
}

func TestHTMLIsWellFormedAndLoadsNothing(t *testing.T) {
	for name, r := range map[string]Report{"hostile": hostile(), "rolled back": rolledBack()} {
		text, err := HTML(r)
		if err != nil {
			t.Fatal(err)
		}
		elements := parsed(t, text)
		for _, bad := range []string{"img", "iframe", "link", "object", "embed", "audio", "video", "base"} {
			if elements[bad] > 0 {
				t.Errorf("%s: there is <%s>", name, bad)
			}
		}
		if elements["script"] != 1 || elements["style"] != 1 {
			t.Errorf("%s: %d scripts and %d styles", name, elements["script"], elements["style"])
		}
		for _, bad := range []string{"<script>alert", "href=\"javascript", "\x1b", "\x00", "\u202e", "style=\"", "onclick", "ZgotmplZ"} {
			if strings.Contains(string(text), bad) {
				t.Errorf("%s: %q gets through", name, bad)
			}
		}
	}
}

// parsed reads the page as strictly as XML, with HTML's void elements and entities, and counts its elements.
func parsed(t *testing.T, text []byte) map[string]int {
	t.Helper()
	body := string(text)
	script := regexp.MustCompile(`(?s)<(script|style)>.*?</(script|style)>`)
	d := xml.NewDecoder(strings.NewReader(script.ReplaceAllString(body, "<$1></$2>")))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	count, depth := map[string]int{}, []string{}
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			count[e.Name.Local]++
			depth = append(depth, e.Name.Local)
		case xml.EndElement:
			if last := depth[len(depth)-1]; last != e.Name.Local {
				t.Fatalf("<%s> is closed by </%s>", last, e.Name.Local)
			}
			depth = depth[:len(depth)-1]
		}
	}
	return count
}

func TestHTMLTellsWhyItWaited(t *testing.T) {
	r := recovered()
	last := &r.Steps[len(r.Steps)-1]
	last.Attempts[0].Decision.For, last.Attempts[0].Decision.Plan = "network", "retry at most 3 times, after 5s, 10s, 20s, jitter ±25%"
	text, err := HTML(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"routes[0] is for network: retry at most 3 times, after 5s, 10s, 20s, jitter ±25%.", "This was re-run 1 of 3; with the jitter drawn, its wait came to 5s."} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

func TestTimelineStaysInItsLane(t *testing.T) {
	r := rolledBack()
	r.Steps[0].Started, r.Steps[0].Ended = at(-5), at(400) // a clock that was set
	r.Steps[0].Attempts[0].Started, r.Steps[0].Attempts[0].Ended = at(-5), at(400)
	r.Landings[0].Races = []Race{{Tip: "abc", At: at(2), Wait: time.Hour}}
	for _, row := range timelineOf(r).Rows {
		for _, b := range row.Bars {
			if b.X < 0 || b.W < 1 || b.X+b.W > 1000 {
				t.Errorf("%s: %+v leaves the lane", row.Name, b)
			}
		}
	}
}
