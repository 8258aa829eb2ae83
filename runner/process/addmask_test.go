package process

import (
	"bytes"
	"strings"
	"testing"
)

func TestAddMaskLines(t *testing.T) {
	tests := []struct {
		name, in, out string
		masks         []string // what is masked afterwards
	}{
		{"a plain line", "::add-mask::hunter2\nhunter2\n", "::add-mask::***\n***\n", []string{"hunter2"}},
		{"only from then on", "hunter2\n::add-mask::hunter2\n", "hunter2\n::add-mask::***\n", []string{"hunter2"}},
		{"white space and case do not matter", "\t ::Add-MASK::hunter2\r\n", "\t ::Add-MASK::***\r\n", []string{"hunter2"}},
		{"escapes are undone", "::add-mask::a%25b%0Asecond line\n", "::add-mask::***\n", []string{"a%b\nsecond line", "second line"}},
		{"the last line without its end", "x\n::add-mask::hunter2", "x\n::add-mask::***", []string{"hunter2"}},
		{"a value too short is not shown either", "::add-mask::abc\nabc\n", "::add-mask::***\nabc\n", nil},
		{"not in the middle of a line", "x ::add-mask::hunter2\n", "x ::add-mask::hunter2\n", nil},
		{"another command", "::add-matcher::hunter2\n::add\n::\n:\n\n  \n", "::add-matcher::hunter2\n::add\n::\n:\n\n  \n", nil},
		{"an end that only looks like one", "x\n ::add-m", "x\n ::add-m", nil},
		{"two in a row", "::add-mask::hunter2\n::add-mask::swordfish\nhunter2swordfish", "::add-mask::***\n::add-mask::***\n******", []string{"hunter2", "swordfish"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for split := range len(test.in) + 1 {
				masks := new(Masks)
				var out bytes.Buffer
				m := &masker{w: &out, masks: masks}
				c := &commands{next: m, masks: masks}
				for _, chunk := range []string{test.in[:split], test.in[split:]} {
					_, _ = c.Write([]byte(chunk))
				}
				_ = c.Close()
				_ = m.Close()
				if out.String() != test.out {
					t.Fatalf("%q | %q: got %q", test.in[:split], test.in[split:], &out)
				}
				for _, secret := range test.masks {
					if masks.String(secret) != maskText {
						t.Errorf("%q is not masked", secret)
					}
				}
				if test.masks == nil && len(masks.forms) > 0 {
					t.Errorf("masks %q", masks.forms)
				}
			}
		})
	}
}

func TestAnEndlessAddMaskLineTakesBoundedMemory(t *testing.T) {
	var out bytes.Buffer
	c := &commands{next: &out, masks: new(Masks)}
	_, _ = c.Write([]byte(addMask))
	chunk := []byte(strings.Repeat("x", 64<<10))
	for range 3 * maxCommand / len(chunk) {
		_, _ = c.Write(chunk)
		if len(c.held) > maxCommand {
			t.Fatalf("holds %d bytes", len(c.held))
		}
	}
	_ = c.Close()
	if want := len(addMask) + 3*maxCommand; out.Len() != want {
		t.Errorf("passed %d bytes of %d", out.Len(), want)
	}
}
