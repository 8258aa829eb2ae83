package source

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/belay-ci/belay/internal/pattern"
)

// durationGrammar is what time.ParseDuration takes, however long.
var durationGrammar = pattern.New(`^[-+]?([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+$`)

var numberGrammar = pattern.New(`^[0-9]+(\.[0-9]+)?$`)

// duration reads a duration as Go writes it (time.ParseDuration): 90s, 5m, 1h30m.
func (d *Decoder) duration(k Key, n *Node) (any, bool) {
	if !d.is(k, n, n.Scalar()) {
		return nil, false
	}
	span, err := time.ParseDuration(n.Text)
	switch {
	case err != nil && numberGrammar.MatchString(n.Text):
		d.Report(n.Pos, "type", "%q needs a unit: %ss for seconds, %sm for minutes", k.Name, n.Text, n.Text)
	case err != nil && durationGrammar.MatchString(n.Text):
		d.Report(n.Pos, "value", "%q is out of range: %s, where %.0fh is the most", k.Name, n.Text, math.Floor(time.Duration(math.MaxInt64).Hours()))
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

// spoken is a part of a duration as people and other tools write it: 5 minutes, 1d, PT5M (ISO 8601).
var spoken = pattern.New(`^([0-9]+(?:\.[0-9]+)?)\s*([a-z]+)[\s,]*`)

// meantDuration returns a duration in other words as belay reads it, "" for what is none.
func meantDuration(text string) string {
	var meant strings.Builder
	rest := strings.TrimPrefix(strings.ToLower(strings.Trim(text, "“”‘’ ")), "pt")
	for rest != "" {
		part := spoken.FindStringSubmatch(rest)
		if part == nil {
			return ""
		}
		rest = rest[len(part[0]):]
		number, unit := part[1], part[2]
		switch unit {
		case "ms", "millis", "milliseconds":
			unit = "ms"
		case "s", "sec", "secs", "second", "seconds":
			unit = "s"
		case "m", "min", "mins", "minute", "minutes":
			unit = "m"
		case "h", "hr", "hrs", "hour", "hours":
			unit = "h"
		case "d", "day", "days":
			number, unit = hours(number, 24), "h"
		case "w", "week", "weeks":
			number, unit = hours(number, 7*24), "h"
		default:
			return ""
		}
		meant.WriteString(number + unit)
	}
	if _, err := time.ParseDuration(meant.String()); err != nil {
		return ""
	}
	return meant.String()
}

func hours(number string, each float64) string {
	n, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return ""
	}
	return strconv.FormatFloat(n*each, 'f', -1, 64)
}
