package process

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// encoding is one way a secret shows up in output.
type encoding struct {
	name  string
	forms func(secret string) []string
}

// encodings lists every way a secret is recognised. Other transformations, compression or reversal say, are a
// step's own decision to show it.
func encodings() []encoding {
	return []encoding{
		{"as it is", func(s string) []string { return []string{s} }},
		{"base64", func(s string) []string { return base64Forms(base64.StdEncoding, s) }},
		{"base64 for URLs", func(s string) []string { return base64Forms(base64.URLEncoding, s) }},
		{"URL-escaped", urlForms},
		{"JSON-escaped", jsonForms},
		{"shell-quoted", shellForms},
		{"hex", func(s string) []string { return []string{hex.EncodeToString([]byte(s))} }},
		{"upper-case hex", func(s string) []string { return []string{strings.ToUpper(hex.EncodeToString([]byte(s)))} }},
	}
}

// base64Forms encodes the secret at each of the three offsets it can have inside a longer text. Characters that
// also depend on the neighbours are left out, except at the text's end, where there is none.
func base64Forms(enc *base64.Encoding, s string) []string {
	var forms []string
	for offset := range 3 {
		text := enc.EncodeToString(append(make([]byte, offset), s...))
		first, last := (offset*8+5)/6, (offset+len(s))*8/6
		forms = append(forms, text[first:last], text[first:])
	}
	return forms
}

// urlKept are the characters, beside letters and digits, that programs leave as they are in a URL.
func urlKept() []string {
	return []string{
		"-_.~",                 // RFC 3986: Go's QueryEscape, curl, jq, Python's quote_plus
		"-_.~/",                // Python's quote
		"-_.~!'()*",            // JavaScript's encodeURIComponent
		"-_.~!'()*;/?:@&=+$,#", // JavaScript's encodeURI
		"-_.*",                 // a form by the WHATWG: browsers, Java
		"-_.",                  // PHP's urlencode
		"-_.~$&+:=@",           // Go: a segment of a path
		"-_.~$&+:=@/;,",        // Go: a path
		"-_.~$&+,;=",           // Go: user and password
		"-_.~!$&'()*+,;=",      // RFC 3986: user and password
		"-_.~!$&'()*+,;=:@",    // RFC 3986: a segment of a path
	}
}

// urlForms escapes as programs do, with a space as either of its two, in either case of hex digit.
func urlForms(s string) []string {
	var forms []string
	for _, kept := range urlKept() {
		for _, digits := range []string{"0123456789ABCDEF", "0123456789abcdef"} {
			form := percent(s, kept, digits)
			forms = append(forms, form, strings.ReplaceAll(form, "%20", "+"))
		}
	}
	return forms
}

func percent(s, kept, digits string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case '0' <= c && c <= '9', 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', strings.IndexByte(kept, c) >= 0:
			b.WriteByte(c)
		default:
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		}
	}
	return b.String()
}

// jsonForms escapes as JSON must, as Go does for HTML's sake, in ASCII alone as Python does, as PHP does with slashes,
// and as .NET does.
func jsonForms(s string) []string {
	var plain strings.Builder
	enc := json.NewEncoder(&plain)
	enc.SetEscapeHTML(false)
	html, err := json.Marshal(s)
	if err != nil || enc.Encode(s) != nil {
		return nil
	}
	text := strings.Trim(plain.String(), "\n")
	text = text[1 : len(text)-1]
	ascii := asciiJSON(text, `\u%04x`)
	// The escapes stand in the list for themselves, so that none is taken apart.
	net := strings.NewReplacer(`\\`, `\\`, `\"`, `\u0022`, `&`, `\u0026`, `'`, `\u0027`, `+`, `\u002B`, `<`, `\u003C`, `>`, `\u003E`, "`", `\u0060`)
	return []string{
		text, string(html[1 : len(html)-1]), strings.ReplaceAll(text, "/", `\/`),
		ascii, strings.ReplaceAll(ascii, "/", `\/`), net.Replace(asciiJSON(text, `\u%04X`)),
	}
}

// asciiJSON escapes all characters that are not ASCII.
func asciiJSON(text, format string) string {
	var b strings.Builder
	for _, r := range text {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, format, unit)
		}
	}
	return b.String()
}

// shellForms quotes as inside '…' (bash's `set -x`; dash's, and Python's shlex), inside "…", and with backslashes (bash's
// printf %q).
func shellForms(s string) []string {
	return []string{
		strings.ReplaceAll(s, "'", `'\''`), strings.ReplaceAll(s, "'", `'"'"'`),
		backslash(s, "\\\"$`"), backslash(s, " \t\\\"$`'!&()*;<>?[]^{|}~#,"),
	}
}

func backslash(s, special string) string {
	var b strings.Builder
	for i := range len(s) {
		if strings.IndexByte(special, s[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
