package forge_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/belay-ci/belay/gitops/forge"
)

func TestTextReadsAsWrittenAndDoesNothing(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain words", "prod: shop 1.2.3, why not?", "prod: shop 1.2.3, why not?"},
		{"emphasis and code", "*a* _b_ `c` ~~d~~", "\\*a\\* \\_b\\_ \\`c\\` \\~\\~d\\~\\~"},
		{"a link", "[x](y) ![z](q)", `\[x\](y) !\[z\](q)`},
		{"HTML", "<img src=x onerror=y> &amp;", "&lt;img src=x onerror=y&gt; &amp;amp;"},
		{"a mention", "ask @octocat or a@b.example", "ask @&#8203;octocat or a@&#8203;b.example"},
		{"references", "fixes #12, GH-12 and acme/shop#3", "fixes #&#8203;12, GH-&#8203;12 and acme/shop#&#8203;3"},
		{"a closing address", "fixes https://github.com/acme/shop/issues/12", "fixes https:&#8203;//github.com/acme/shop/issues/12"},
		{"an address without scheme", "see www.example.com", "see www&#8203;.example.com"},
		{"a list", "- a", `\- a`},
		{"a numbered list", "12. a", `12\. a`},
		{"a heading", "# a", "#&#8203; a"},
		{"an underline", "===", `\===`},
		{"GitLab's quick actions", "/merge now, not and/or", `\/merge now, not and/or`},
		{"GitLab's references", "closes !12, %3 and &4, 100% sure!", "closes !&#8203;12, %&#8203;3 and &amp;&#8203;4, 100% sure!"},
		{"mathematics", "$a$", `\$a\$`},
		{"more lines", "a\r\n\r\n  b\tc", "a b c"},
		{"a workflow command", "::error::gone", ":\u200b:error::gone"},
		{"the old form of one", "a ##[error]gone", "a #&#8203;#&#8203;\u200b\\[error\\]gone"},
		{"a command that shows after a control character", "\x00::error::gone", ":\u200b:error::gone"},
		{"colours", "\x1b[31mred\x1b[0m \x1b]0;title\x07end", "red end"},
		{"control characters", "a\x00b\x07c\x7fd\u0085e", "abcde"},
		{"marks of direction", "a\u202eb\u2066c", "abc"},
		{"broken UTF-8", "a\xffb", "a\uFFFDb"},
		{"nothing", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := forge.Text(c.in); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestTitle(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain words stay", `Revert "prod: shop 1.2_3 *now*"`, `Revert "prod: shop 1.2_3 *now*"`},
		{"mentions and references are broken", "fixes #12 @octocat GH-3 !4", "fixes #\u200b12 @\u200boctocat GH-\u200b3 !\u200b4"},
		{"one line", "a\n\nb", "a b"},
		{"a long one is cut", strings.Repeat("x", 1000), strings.Repeat("x", 254) + "…"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := forge.Title(c.in); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestATitleNeverExceedsTheLimit(t *testing.T) {
	for _, in := range []string{strings.Repeat("@", 1000), strings.Repeat("#😀", 1000), strings.Repeat("a://", 1000)} {
		if n := units(forge.Title(in)); n > 255 {
			t.Errorf("%.8q…: %d characters", in, n)
		}
	}
}

func TestCode(t *testing.T) {
	for in, want := range map[string]string{
		"belay/rollback/1": "`belay/rollback/1`",
		"a`b":              "``a`b``",
		"`a`":              "`` `a` ``",
		"a``b`":            "``` a``b` ```",
		"@octocat #1":      "`@octocat #1`",
		"a\nb":             "`a b`",
		"":                 "",
	} {
		if got := forge.Code(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestBlock(t *testing.T) {
	for in, want := range map[string]string{
		"a\nb":                        "```\na\nb\n```\n",
		"\n\n  a\n\n":                 "```\n  a\n```\n",
		"```\nout\n```":               "````\n```\nout\n```\n````\n",
		"50%\r100%\r\n":               "```\n50%\n100%\n```\n",
		"\x1b[1mok\x1b[m\n::error::x": "```\nok\n:\u200b:error::x\n```\n",
		"@octocat <b> #1":             "```\n@octocat <b> #1\n```\n",
		"":                            "```\n\n```\n",
	} {
		if got := forge.Block(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	const limit = 1000
	note := "\n\n*The rest is cut off: the forge takes at most 1000 characters.*\n"
	line := strings.Repeat("x", 39) + "\n"
	for _, c := range []struct{ name, in, want string }{
		{"a body that fits stays", strings.Repeat("x", limit), strings.Repeat("x", limit)},
		{"a long one ends with a whole line and a note", strings.Repeat(line, 100), strings.TrimSuffix(strings.Repeat(line, 23), "\n") + note},
		{"an open code block is closed", "a\n" + forge.Block("```\n"+strings.Repeat(line, 100)), "a\n````\n```\n" + strings.TrimSuffix(strings.Repeat(line, 22), "\n") + "\n````" + note},
		{"a closed code block is left alone", forge.Block("a") + strings.Repeat(line, 100), forge.Block("a") + strings.TrimSuffix(strings.Repeat(line, 23), "\n") + note},
		{"one endless line is cut inside", strings.Repeat("😀", limit), strings.Repeat("😀", (limit-len(note)-1)/2) + note},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := forge.Cut(c.in, limit)
			if got != c.want || units(got) > limit {
				t.Errorf("got %d characters: …%q\nwant …%q", units(got), got[max(0, len(got)-150):], c.want[max(0, len(c.want)-150):])
			}
		})
	}
}

func units(s string) int { return len(utf16.Encode([]rune(s))) }

var (
	live     = regexp.MustCompile(`(?i)[<>]|@[a-z0-9]|#[0-9]|gh-[0-9]|://|www\.`)
	entity   = regexp.MustCompile(`&(lt|gt|amp|#8203);`)
	commands = regexp.MustCompile(`(?m)^\s*::|##\[`)
	fences   = regexp.MustCompile("(?m)^ {0,3}(`{3,})[ \t]*$")
)

func FuzzForeignTextIsInert(f *testing.F) {
	for _, s := range []string{"@a #1 GH-1 <b> ::error:: ##[x] https://x www.x", "```\n`` a\n````", "\x1b[\x1b[31m1m::x", "#\x00#[a", ":\x1b[m:error::", "# #[", "w\x00ww.", "\u2028::a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for name, text := range map[string]string{"Title": forge.Title(s), "Text": entity.ReplaceAllString(forge.Text(s), "\u200b"), "Code": forge.Code(s), "Block": forge.Block(s)} {
			if commands.MatchString(text) {
				t.Errorf("%s holds a workflow command: %q", name, text)
			}
			if strings.ContainsAny(text, "\x00\x1b\r\u202e") || name != "Block" && strings.Contains(text, "\n") {
				t.Errorf("%s holds control characters: %q", name, text)
			}
			if found := live.FindString(text); name == "Text" && found != "" || name == "Title" && strings.Trim(found, "<>") != "" {
				t.Errorf("%s holds %q: %q", name, found, text)
			}
		}
		block := forge.Block(s)
		fence, _, _ := strings.Cut(block, "\n")
		closing := 0
		for _, m := range fences.FindAllStringSubmatch(block, -1) {
			if len(m[1]) >= len(fence) {
				closing++
			}
		}
		if closing != 2 {
			t.Errorf("the block is closed inside: %q", block)
		}
		if cut := forge.Cut(block, 500); units(cut) > 500 {
			t.Errorf("cut to %d characters", units(cut))
		}
	})
}
