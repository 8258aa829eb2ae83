package process

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
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

// urlForms escapes as forms, paths and JavaScript's encodeURIComponent do, in either case of hex digit.
func urlForms(s string) []string {
	query := url.QueryEscape(s)
	forms := []string{query, url.PathEscape(s), strings.ReplaceAll(query, "+", "%20")}
	for _, form := range forms {
		lower := []byte(form)
		for i := range lower {
			if i > 0 && lower[i-1] == '%' || i > 1 && lower[i-2] == '%' {
				lower[i] = strings.ToLower(form[i : i+1])[0]
			}
		}
		forms = append(forms, string(lower))
	}
	return forms
}

// jsonForms escapes as JSON must, as Go does for HTML's sake, and as PHP does with slashes.
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
	return []string{text, string(html[1 : len(html)-1]), strings.ReplaceAll(text, "/", `\/`)}
}

// shellForms quotes as inside '…' (also `set -x`), inside "…", and with backslashes (bash's printf %q).
func shellForms(s string) []string {
	single := strings.ReplaceAll(s, "'", `'\''`)
	return []string{single, backslash(s, "\\\"$`"), backslash(s, " \t\\\"$`'!&()*;<>?[]^{|}~#,")}
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
