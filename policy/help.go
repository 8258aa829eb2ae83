package policy

import "strings"

// helpPage has a section for every kind.
const helpPage = "https://github.com/belay-ci/belay/blob/main/docs/troubleshooting.md"

// Help returns the address of the section that says what to do about a failure of kind k, empty for a kind of an author's
// own.
func (k Kind) Help() string {
	if _, ours := k.Info(); !ours {
		return ""
	}
	return helpPage + "#" + k.Anchor()
}

// Anchor is the kind as the pages of the documentation link to it.
func (k Kind) Anchor() string { return strings.ReplaceAll(string(k), ".", "-") }
