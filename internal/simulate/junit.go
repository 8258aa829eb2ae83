package simulate

import (
	"encoding/xml"
	"fmt"
)

// JUnit renders cases as JUnit XML: a suite with a case for each, as CI hosts read it.
func JUnit(cases []Case) ([]byte, error) {
	type failure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
	type testcase struct {
		Class   string   `xml:"classname,attr"`
		Name    string   `xml:"name,attr"`
		Failure *failure `xml:"failure,omitempty"`
	}
	suite := struct {
		XMLName  xml.Name   `xml:"testsuite"`
		Name     string     `xml:"name,attr"`
		Tests    int        `xml:"tests,attr"`
		Failures int        `xml:"failures,attr"`
		Cases    []testcase `xml:"testcase"`
	}{Name: "belay test", Tests: len(cases)}
	for _, c := range cases {
		row := testcase{Class: c.File, Name: c.Name}
		if n := len(c.Mismatches); n > 0 {
			suite.Failures++
			first := c.Mismatches[0]
			row.Failure = &failure{
				Message: fmt.Sprintf("%s:%d: %s is %s, want %s", c.File, c.Line, first.Key, first.Got, first.Want),
				Text:    c.Diff() + "\n" + Text(c.Timeline),
			}
		}
		suite.Cases = append(suite.Cases, row)
	}
	text, err := xml.MarshalIndent(suite, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write tests as JUnit XML: %w", err)
	}
	return append([]byte(xml.Header), append(text, '\n')...), nil
}
