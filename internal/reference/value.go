package reference

import (
	"strconv"
	"strings"

	"github.com/belay-ci/belay/internal/source"
)

// valueOf returns what a file has where it has this text, as JSON knows it.
func valueOf(text string) any {
	root, problems := source.Parse(source.File{Data: []byte(text)})
	if root == nil || problems.HasErrors() {
		return text
	}
	return jsonOf(root)
}

func jsonOf(n *source.Node) any {
	switch n.Kind {
	case source.Null:
		return nil
	case source.Bool:
		return strings.EqualFold(n.Text, "true")
	case source.Int:
		if i, err := strconv.Atoi(n.Text); err == nil {
			return i
		}
	case source.Float:
		if f, err := strconv.ParseFloat(n.Text, 64); err == nil {
			return f
		}
	case source.Sequence:
		items := []any{}
		for _, item := range n.Items {
			items = append(items, jsonOf(item))
		}
		return items
	case source.Mapping:
		entries := map[string]any{}
		for _, e := range n.Entries {
			entries[e.Key.Text] = jsonOf(e.Value)
		}
		return entries
	}
	return n.Text
}

// sentence makes a sentence of a phrase.
func sentence(phrase string) string {
	if phrase == "" {
		return ""
	}
	phrase = strings.ToUpper(phrase[:1]) + phrase[1:]
	if !strings.HasSuffix(phrase, ".") {
		phrase += "."
	}
	return phrase
}
