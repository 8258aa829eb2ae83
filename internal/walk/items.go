package walk

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/belay-ci/belay/internal/spec"
)

// Together is the one output of a for-each: the outputs of all items by their keys, as JSON. left has those of the i-th
// item, nil where that failed.
func Together(items []spec.Item, left []map[string]string) map[string]string {
	outputs := map[string]map[string]string{}
	for i, item := range items {
		outputs[item.Key] = map[string]string{}
		maps.Copy(outputs[item.Key], left[i])
	}
	text, _ := json.Marshal(outputs) // maps of strings always have a JSON form
	return map[string]string{"outputs": string(text)}
}

// Tally says how many of all items failed, and which.
func Tally(failed []string, all int) string {
	const shown = 5
	names := strings.Join(failed[:min(len(failed), shown)], ", ")
	if len(failed) > shown {
		names += ", …"
	}
	return fmt.Sprintf("%d of %d items failed: %s", len(failed), all, names)
}
