package process

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
)

// oracle masks a whole text the slow and obvious way: every byte that lies in any form of any secret is hidden,
// and each run of overlapping forms becomes one ***.
func oracle(forms []string, text string) string {
	type span struct{ from, to int }
	var spans []span
	for at := range text {
		for _, form := range forms {
			if strings.HasPrefix(text[at:], form) {
				spans = append(spans, span{at, at + len(form)})
			}
		}
	}
	slices.SortFunc(spans, func(a, b span) int { return a.from - b.from })
	var out strings.Builder
	done := 0
	for _, s := range spans {
		if s.from >= done {
			out.WriteString(text[done:s.from] + maskText)
		}
		done = max(done, s.to)
	}
	return out.String() + text[done:]
}

func masksOf(secrets ...string) *Masks {
	m := new(Masks)
	for _, s := range secrets {
		m.Add(s)
	}
	return m
}

// streamed masks chunks as they come.
func streamed(t testing.TB, m *Masks, chunks ...string) string {
	t.Helper()
	var out strings.Builder
	w := NewMasker(&out, m)
	for _, chunk := range chunks {
		if n, err := io.WriteString(w, chunk); err != nil || n != len(chunk) {
			t.Fatalf("wrote %d of %d, %v", n, len(chunk), err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// sets are secrets that overlap, contain and begin one another in every way.
func sets() map[string][]string {
	return map[string][]string{
		"one":                  {"hunter2"},
		"shortest":             {"abcd"},
		"one begins another":   {"abcd", "abcdefgh"},
		"one ends another":     {"efgh", "abcdefgh"},
		"one inside another":   {"cdef", "abcdefgh"},
		"overlapping":          {"abcdef", "defghi", "hijklm"},
		"repeating":            {"aaaa", "aaaaaa", "abab", "ababab"},
		"several lines":        {"-----BEGIN KEY-----\nMIIEow\n  AAAA  \nxyz\n-----END KEY-----\n"},
		"special characters":   {`p"a\s/s'w$o&r<d>+ %=é`, "tab\tnul\x00bell\a", "\xff\xfe\xfd\xfc"},
		"lengths and base64":   {"abcde", "abcdef", "abcdefg", "????>>>>"},
		"mask text as secret":  {"****", "***a***"},
		"a secret of one byte": {"x", "longer than one"},
	}
}

func TestNoSplitLeaksAnything(t *testing.T) {
	for name, secrets := range sets() {
		t.Run(name, func(t *testing.T) {
			m := masksOf(secrets...)
			for _, text := range texts(secrets) {
				want := oracle(m.forms, text)
				if got := m.String(text); got != want {
					t.Fatalf("String(%q)\ngot  %q\nwant %q", text, got, want)
				}
				for split := range len(text) + 1 {
					if got := streamed(t, m, text[:split], text[split:]); got != want {
						t.Fatalf("%q | %q\ngot  %q\nwant %q", text[:split], text[split:], got, want)
					}
				}
				if got := streamed(t, m, strings.Split(text, "")...); got != want {
					t.Fatalf("byte by byte: got %q, want %q", got, want)
				}
			}
		})
	}
}

// texts hold every form of every secret: alone, cut short, doubled, and overlapping each other.
func texts(secrets []string) []string {
	var all []string
	for _, secret := range secrets {
		for _, encoding := range encodings() {
			for _, form := range encoding.forms(secret) {
				if len(form) < minSecret {
					continue
				}
				all = append(all,
					form, "say "+form+".\n", form+form, form[1:]+form, form+form[:len(form)-1],
					form[:len(form)/2]+form+form[len(form)/2:])
			}
		}
		all = append(all, strings.Join(secrets, ""), strings.Join(secrets, secret[1:]), secret[:1]+strings.Join(secrets, secret[:1]))
	}
	return all
}

func TestRandomTextsOfFewLettersMatchTheOracle(t *testing.T) {
	const seed = 1
	random := rand.New(rand.NewPCG(seed, seed))
	letters := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = "ab\n"[random.IntN(3)]
		}
		return string(b)
	}
	for range 3000 {
		m := new(Masks)
		for range 1 + random.IntN(4) {
			// Raw forms only: short alphabets make them collide, which is the point.
			form := letters(minSecret + random.IntN(6))
			m.forms = append(m.forms, form)
			pair := uint(form[0])<<8 | uint(form[1])
			m.pairs[pair/64] |= 1 << (pair % 64)
		}
		slices.Sort(m.forms)
		m.forms = slices.Compact(m.forms)
		text := letters(random.IntN(60))
		var chunks []string
		for rest := text; rest != ""; {
			n := min(len(rest), 1+random.IntN(8))
			chunks, rest = append(chunks, rest[:n]), rest[n:]
		}
		if got, want := streamed(t, m, chunks...), oracle(m.forms, text); got != want {
			t.Fatalf("forms %q, chunks %q\ngot  %q\nwant %q", m.forms, chunks, got, want)
		}
	}
}

func TestEveryEncodingIsMasked(t *testing.T) {
	const secret = `s3cr3t/"key" & <more>'s~$`
	quoted := `'s3cr3t/"key" & <more>'\''s~$'`
	for name, text := range map[string]string{
		"as it is":               secret,
		"basic auth":             base64.StdEncoding.EncodeToString([]byte("x-access-token:" + secret)),
		"base64 at offset 1":     base64.StdEncoding.EncodeToString([]byte("a" + secret + "bc")),
		"base64 at offset 2":     base64.RawURLEncoding.EncodeToString([]byte("ab" + secret + "c")),
		"a form":                 "token=" + url.QueryEscape(secret) + "&a=b",
		"a path":                 "https://x/" + url.PathEscape(secret),
		"JSON":                   `{"token":"s3cr3t/\"key\" & <more>'s~$"}`,
		"JSON for HTML":          `{"token":"s3cr3t/\"key\" \u0026 \u003cmore\u003e's~$"}`,
		"shell, single quotes":   "+ curl " + quoted,
		"shell, backslashes":     `s3cr3t/\"key\"\ \&\ \<more\>\'s\~\$`,
		"shell, double quotes":   `"s3cr3t/\"key\" & <more>'s~\$"`,
		"hex":                    fmt.Sprintf("%x", secret),
		"upper-case hex":         fmt.Sprintf("%X", secret),
		"twice, with text about": "a" + secret + "b" + secret + "c",
	} {
		masked := masksOf(secret).String(text)
		if !strings.Contains(masked, maskText) {
			t.Errorf("%s: %q is not masked", name, text)
		}
		for _, part := range []string{"s3cr", "more", text[len(text)/2 : len(text)/2+3]} {
			if strings.Contains(masked, part) {
				t.Errorf("%s: %q shows %q", name, masked, part)
			}
		}
	}
}

// What programs print for the secret p@ss/w+rd!('x')*~é"q;,&z, each as that program does.
func TestEveryProgramsEscapesAreMasked(t *testing.T) {
	const secret = `p@ss/w+rd!('x')*~é"q;,&z y`
	for name, text := range map[string]string{
		"curl --data-urlencode":             "p%40ss%2Fw%2Brd%21%28%27x%27%29%2A~%C3%A9%22q%3B%2C%26z%20y",
		"Python's urllib.parse.quote":       "p%40ss/w%2Brd%21%28%27x%27%29%2A~%C3%A9%22q%3B%2C%26z%20y",
		"Python's urllib.parse.quote_plus":  "p%40ss%2Fw%2Brd%21%28%27x%27%29%2A~%C3%A9%22q%3B%2C%26z+y",
		"JavaScript's encodeURIComponent":   "p%40ss%2Fw%2Brd!('x')*~%C3%A9%22q%3B%2C%26z%20y",
		"JavaScript's encodeURI":            "p@ss/w+rd!('x')*~%C3%A9%22q;,&z%20y",
		"JavaScript's URLSearchParams":      "p%40ss%2Fw%2Brd%21%28%27x%27%29*%7E%C3%A9%22q%3B%2C%26z+y",
		"PHP's urlencode":                   "p%40ss%2Fw%2Brd%21%28%27x%27%29%2A%7E%C3%A9%22q%3B%2C%26z+y",
		"Go's QueryEscape":                  url.QueryEscape(secret),
		"Go's PathEscape":                   url.PathEscape(secret),
		"Go's path":                         (&url.URL{Path: "/" + secret}).String(),
		"Go's URL with a password":          (&url.URL{Scheme: "https", Host: "h", User: url.UserPassword("u", secret)}).String(),
		"Python's json.dumps":               `"p@ss/w+rd!('x')*~\u00e9\"q;,&z y"`,
		"PHP's json_encode":                 `"p@ss\/w+rd!('x')*~\u00e9\"q;,&z y"`,
		".NET's JsonSerializer":             `"p@ss/w\u002Brd!(\u0027x\u0027)*~\u00E9\u0022q;,\u0026z y"`,
		"bash -x":                           `+ : 'p@ss/w+rd!('\''x'\'')*~é"q;,&z y'`,
		"dash -x, and Python's shlex.quote": `+ : 'p@ss/w+rd!('"'"'x'"'"')*~é"q;,&z y'`,
	} {
		masked := masksOf(secret).String(text)
		for _, part := range []string{"ss", "rd", "q;", "q%3B", "z"} {
			if strings.Contains(masked, part) || !strings.Contains(masked, maskText) {
				t.Errorf("%s: %q shows %q", name, masked, part)
			}
		}
	}
}

func TestShortSecretsAreRefused(t *testing.T) {
	m := new(Masks)
	for secret, want := range map[string]bool{
		"": false, "abc": false, "abcd": true, " abc ": false, "      ": false, "\n\n\n\n\n": false, "a\nb\nc": true,
	} {
		if got := m.Add(secret); got != want {
			t.Errorf("Add(%q) = %v", secret, got)
		}
	}
	if got := m.String("a b c abc      \n\n\n\n\n"); got != "a b c abc      \n\n\n\n\n" {
		t.Errorf("got %q", got)
	}
}

func TestOnlyAPossibleSecretIsHeldBack(t *testing.T) {
	var out bytes.Buffer
	w := NewMasker(&out, masksOf("hunter2"))
	for _, step := range []struct{ write, shown string }{
		{"password: ", "password: "},
		{"h", "password: "},
		{"unt", "password: "},
		{"ing? ", "password: hunting? "},
		{"hhunter", "password: hunting? h"},
		{"2", "password: hunting? h***"},
		{"hunter", "password: hunting? h***"},
	} {
		_, _ = io.WriteString(w, step.write)
		if out.String() != step.shown {
			t.Fatalf("after %q: %q, want %q", step.write, &out, step.shown)
		}
	}
	_ = w.Close()
	if want := "password: hunting? h***hunter"; out.String() != want {
		t.Errorf("at the end: %q, want %q", &out, want)
	}
}

func TestASecretAddedLaterIsMaskedFromThenOn(t *testing.T) {
	m := new(Masks)
	var out bytes.Buffer
	w := NewMasker(&out, m)
	_, _ = io.WriteString(w, "swordfish ")
	m.Add("swordfish")
	_, _ = io.WriteString(w, "swordfish ")
	if out.String() != "swordfish *** " {
		t.Errorf("got %q", &out)
	}
}

func TestMasksMayGrowWhileInUse(t *testing.T) {
	m := masksOf("hunter2")
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for n := range 50 {
				m.Add(fmt.Sprintf("secret %d %d", i, n))
			}
		})
		all.Go(func() {
			for range 50 {
				if got := streamed(t, m, "a hun", "ter2 b"); got != "a *** b" {
					t.Errorf("got %q", got)
				}
			}
		})
	}
	all.Wait()
	if got := m.String("secret 3 49"); got != maskText {
		t.Errorf("got %q", got)
	}
}

func TestMaskerReportsItsWriter(t *testing.T) {
	w := NewMasker(writerFunc(func([]byte) (int, error) { return 0, io.ErrShortWrite }), masksOf("hunter2"))
	if _, err := io.WriteString(w, "text"); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("got %v", err)
	}
}

func FuzzMasker(f *testing.F) {
	f.Add("hunter2", "abcd", "a hunter2 b", uint16(5))
	f.Add("-----BEGIN\nabcdef\n", "defg", "abcdefg", uint16(3))
	f.Add("aaaa", "aaab", "aaaaaaab", uint16(1))
	f.Fuzz(func(t *testing.T, one, two, text string, split uint16) {
		if len(one)+len(two) > 200 || len(text) > 500 {
			return
		}
		m := masksOf(one, two)
		at := int(split) % (len(text) + 1)
		want := oracle(m.forms, text)
		if got := streamed(t, m, text[:at], text[at:]); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
		if got := m.String(text); got != want {
			t.Fatalf("String: got %q, want %q", got, want)
		}
	})
}

func BenchmarkMasker(b *testing.B) {
	m := new(Masks)
	for i := range 20 {
		m.Add(fmt.Sprintf("ghs_%d_16C7e42F292c6912E7710c838347Ae178B4a", i*7919))
	}
	chunk := bytes.Repeat([]byte("2026-11-21T21:29:34Z INFO go: downloading example.com/module v1.2.3 (h1:Zm9vYmFy=) in 12ms\n"), 700)
	w := NewMasker(io.Discard, m)
	b.SetBytes(int64(len(chunk)))
	for b.Loop() {
		_, _ = w.Write(chunk)
	}
}
