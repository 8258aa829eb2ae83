package report

import (
	"encoding/xml"
	"strings"
	"testing"
)

func TestJUnit(t *testing.T) {
	for name, r := range map[string]Report{"recovered": recovered(), "rolled-back": rolledBack(), "nothing": {Result: Cancelled}} {
		t.Run(name, func(t *testing.T) {
			text, err := JUnit(r)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "report-"+name+".xml", string(text))
		})
	}
}

func TestJUnitIsXMLWhateverStepsPrint(t *testing.T) {
	text, err := JUnit(hostile())
	if err != nil {
		t.Fatal(err)
	}
	var back struct {
		Suites []struct {
			Tests    int `xml:"tests,attr"`
			Failures int `xml:"failures,attr"`
			Skipped  int `xml:"skipped,attr"`
			Cases    []struct {
				Name string `xml:"name,attr"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if s := back.Suites[0]; s.Tests != len(hostile().Steps) || len(s.Cases) != s.Tests {
		t.Errorf("%d tests and %d cases for %d steps", s.Tests, len(s.Cases), len(hostile().Steps))
	}
	if strings.ContainsAny(string(text), "\x1b\x00\u202e") {
		t.Error("control characters get through")
	}
}

func TestPlain(t *testing.T) {
	for given, want := range map[string]string{
		"\x1b[31;1mred\x1b[0m":                          "red",
		"10%\r55%\r100%\n":                              "100%\n",
		"windows\r\nlines\r\n":                          "windows\nlines\n",
		"\x1b]8;;https://a.test\x07link\x1b]8;;\x1b\\.": "link.",
		"a\tb\u202e\x00":                                "a\tb",
		"\xff":                                          "\uFFFD",
	} {
		if got := Plain(given); got != want {
			t.Errorf("%q: got %q, want %q", given, got, want)
		}
	}
}
