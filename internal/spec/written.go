package spec

import (
	"fmt"
	"strings"
	"time"
)

// written returns a default as a file would have it.
func written(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case time.Duration:
		if v == 0 {
			return "0"
		}
		text := v.String() // 5m0s is 5m
		if strings.HasSuffix(text, "m0s") {
			text = strings.TrimSuffix(text, "0s")
		}
		if strings.HasSuffix(text, "h0m") {
			text = strings.TrimSuffix(text, "0m")
		}
		return text
	case []string:
		return "[" + strings.Join(v, ", ") + "]"
	}
	return fmt.Sprint(v)
}
