package spec

import (
	"fmt"
	"strings"
	"time"

	"github.com/belay-ci/belay/internal/pattern"
)

var zeroParts = pattern.New(`([hm])0[ms].*$`)

// written returns a default as a file would have it.
func written(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case time.Duration:
		if v == 0 {
			return "0"
		}
		return zeroParts.ReplaceAllString(v.String(), "$1") // 5m0s is 5m
	case []string:
		return "[" + strings.Join(v, ", ") + "]"
	}
	return fmt.Sprint(v)
}
