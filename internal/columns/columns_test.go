package columns_test

import (
	"strings"
	"testing"
	"testing/quick"

	"github.com/belay-ci/belay/internal/columns"
)

func TestWidth(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "land": 4, "é": 1, "e\u0301": 1, "日本": 4, "한글": 4, "ｶﾅ": 2, "Ａ": 2, "🚀": 2, "👩🏽‍🚀": 2, "🇯🇵": 2, "❤️": 2,
		"⠋ … → ✓ ✗": 9, "zero\u200bwidth": 9,
	} {
		if got := columns.Width(text); got != want {
			t.Errorf("%q takes %d columns, want %d", text, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		text string
		n    int
		want string
	}{
		{"land", 4, "land"}, {"landing", 4, "lan…"}, {"日本語", 6, "日本語"}, {"日本語", 5, "日本…"}, {"日本語", 4, "日…"},
		{"ae\u0301bc", 3, "ae\u0301…"}, {"👩🏽‍🚀👩🏽‍🚀", 3, "👩🏽‍🚀…"}, {"land", 1, "…"}, {"land", -1, ""},
	} {
		if got := columns.Cut(c.text, c.n); got != c.want {
			t.Errorf("%q cut to %d is %q, want %q", c.text, c.n, got, c.want)
		}
	}
}

func TestACutLineFits(t *testing.T) {
	if err := quick.Check(func(text string, n uint8) bool {
		text = strings.ToValidUTF8(text, "")
		return columns.Width(columns.Cut(text, int(n))) <= int(n)
	}, nil); err != nil {
		t.Error(err)
	}
}

func TestPad(t *testing.T) {
	for text, want := range map[string]string{"日本": "日本  ", "": "      ", "longer than that": "longer than that"} {
		if got := columns.Pad(text, 6); got != want {
			t.Errorf("%q is padded to %q, want %q", text, got, want)
		}
	}
}
