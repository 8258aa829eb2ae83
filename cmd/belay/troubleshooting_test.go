package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/belay-ci/belay/policy"
)

// TestEveryKindSaysWhatToDo walks the table of kinds: each says what happened and what to do, and links to a section of the
// troubleshooting page that says more.
func TestEveryKindSaysWhatToDo(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "troubleshooting.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, info := range policy.Kinds() {
		for what, sentence := range map[string]string{"Means": info.Means, "Advice": info.Advice} {
			if len(sentence) < 20 || !strings.HasSuffix(sentence, ".") {
				t.Errorf("%s: %s is no sentence: %q", info.Kind, what, sentence)
			}
		}
		page, anchor, _ := strings.Cut(info.Kind.Help(), "#")
		if !strings.HasSuffix(page, "/docs/troubleshooting.md") {
			t.Errorf("%s: its help is %s", info.Kind, page)
		}
		_, section, found := strings.Cut(string(text), `### <a id="`+anchor+`"></a>`+"`"+string(info.Kind)+"`: ")
		section, _, _ = strings.Cut(section, "\n##")
		if !found || len(section) < 100 {
			t.Errorf("docs/troubleshooting.md needs a section that begins with\n### <a id=%q></a>`%s`: …\nand says what happened, how to tell, and what to do", anchor, info.Kind)
		}
	}
}
