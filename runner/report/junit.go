package report

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// JUnit renders the report as JUnit XML, which GitLab and Jenkins show beside a job: a test suite whose cases are the
// steps' visits. A step that failed has a failure with its kind as the type; one that recovered passes, and carries what
// it recovered from as a flakyFailure, in the words of Maven Surefire's schema, which readers that don't know it skip
// (https://maven.apache.org/surefire/maven-surefire-plugin/xsd/surefire-test-report.xsd).
func JUnit(r Report) ([]byte, error) {
	suite := junitSuite{
		Name: "belay: " + title(r.Run), Time: seconds(r.Run.Ended.Sub(r.Run.Started)), Timestamp: r.Run.Started.UTC().Format("2006-01-02T15:04:05"),
		Properties: junitProperties(r),
	}
	for _, step := range r.Steps {
		suite.Cases = append(suite.Cases, junitCase(r, step))
	}
	for _, c := range suite.Cases {
		suite.Tests++
		switch {
		case c.Failure != nil:
			suite.Failures++
		case c.Skipped != nil:
			suite.Skipped++
		}
	}
	text, err := xml.MarshalIndent(struct {
		XMLName xml.Name     `xml:"testsuites"`
		Suites  []junitSuite `xml:"testsuite"`
	}{Suites: []junitSuite{suite}}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write report as JUnit XML: %w", err)
	}
	return append([]byte(xml.Header), append(text, '\n')...), nil
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       string          `xml:"time,attr"`
	Timestamp  string          `xml:"timestamp,attr"`
	Properties []junitProperty `xml:"properties>property,omitempty"`
	Cases      []junitStep     `xml:"testcase"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitStep struct {
	Class   string         `xml:"classname,attr"`
	Name    string         `xml:"name,attr"`
	Time    string         `xml:"time,attr"`
	Skipped *junitProblem  `xml:"skipped"`
	Failure *junitProblem  `xml:"failure"`
	Flaky   []junitProblem `xml:"flakyFailure"`
}

type junitProblem struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

func junitProperties(r Report) []junitProperty {
	var all []junitProperty
	add := func(name, value string) {
		if value != "" {
			all = append(all, junitProperty{"belay." + name, OneLine(value)})
		}
	}
	add("result", string(r.Result))
	add("exit-code", strconv.Itoa(r.ExitCode))
	add("run", r.Run.ID)
	add("url", r.Run.URL)
	add("landed-sha", r.lastLanded().Hash)
	add("rollback-url", r.rollback().URL)
	return all
}

func junitCase(r Report, step Step) junitStep {
	c := junitStep{Class: OneLine(title(r.Run)), Name: visitTitle(step), Time: seconds(step.Ended.Sub(step.Started))}
	var problems []junitProblem
	for _, a := range step.Attempts {
		if a.Status == StatusFailure {
			problems = append(problems, junitProblem{Message: a.Cause(), Type: string(a.Kind), Text: junitText(a)})
		}
	}
	switch {
	case step.Conclusion == StatusSkipped || step.Conclusion == StatusCancelled:
		why := step.Why
		if why == "" {
			why = string(step.Conclusion)
		}
		c.Skipped = &junitProblem{Message: OneLine(why)}
	case step.Conclusion == StatusSuccess:
		c.Flaky = problems
	case len(problems) > 0:
		last := problems[len(problems)-1]
		c.Failure = &last
	default: // a for-each: its items have the attempts
		c.Failure = &junitProblem{Message: OneLine(step.Why), Text: decisionText(step.Decision)}
	}
	return c
}

// junitText is what a person needs beside the test's name: what belay decided, and the last lines.
func junitText(a Attempt) string {
	return strings.TrimSpace(decisionText(a.Decision) + "\n\n" + strings.TrimRight(Plain(lastBytes(a.Tail, maxTail)), "\n"))
}

func decisionText(d *Decision) string {
	if d == nil {
		return ""
	}
	return "belay: " + OneLine(d.String())
}

func seconds(d time.Duration) string { return strconv.FormatFloat(max(d, 0).Seconds(), 'f', 3, 64) }

// title is what people call the run.
func title(run Run) string {
	if run.Name == "" {
		return "run"
	}
	return OneLine(run.Name)
}

// visitTitle tells the visits of one step apart.
func visitTitle(step Step) string {
	text := OneLine(step.Title())
	if step.Restart > 0 {
		text += fmt.Sprintf(" (restart %d)", step.Restart)
	}
	return text
}
