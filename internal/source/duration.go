package source

import (
	"regexp"
	"strings"
	"time"
)

// durationGrammar is what time.ParseDuration takes, however long.
var durationGrammar = regexp.MustCompile(`^[-+]?([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+$`)

// duration reads a duration as Go writes it (time.ParseDuration): 90s, 5m, 1h30m.
func (d *Decoder) duration(k Key, n *Node) (any, bool) {
	switch {
	case !d.is(k, n, n.Scalar()):
		return nil, false
	case n.Kind == Int && n.Text != "0":
		d.Report(n.Pos, "type", "%q needs a unit: %ss for seconds, %sm for minutes", k.Name, n.Text, n.Text)
		return nil, false
	}
	span, err := time.ParseDuration(n.Text)
	switch {
	case err != nil && strings.HasSuffix(n.Text, "d"):
		d.Report(n.Pos, "value", "%q: days are not a unit; 24h is one", k.Name)
	case err != nil && durationGrammar.MatchString(n.Text):
		d.Report(n.Pos, "value", "%q is out of range: %s", k.Name, n.Text)
	case err != nil:
		d.is(k, n, false)
	case span < 0:
		d.Report(n.Pos, "value", "%q can't be negative", k.Name)
	case span == 0 && k.Positive:
		d.Report(n.Pos, "value", "%q must be more than zero; leave the key out for none", k.Name)
	case k.Max != 0 && span.Seconds() > k.Max:
		d.Report(n.Pos, "value", "%q must be at most %s", k.Name, time.Duration(k.Max*float64(time.Second)))
	case span.Seconds() < k.Min:
		d.Report(n.Pos, "value", "%q must be at least %s", k.Name, time.Duration(k.Min*float64(time.Second)))
	default:
		return span, true
	}
	return nil, false
}
