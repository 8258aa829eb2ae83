package process

import (
	"fmt"
	"runtime"
	"strings"
)

// FileError says what is wrong with a file a step wrote. It quotes names and never lines: one that makes no sense
// may be the middle of a secret.
type FileError struct {
	File    string // as the step knows it, "GITHUB_OUTPUT"
	Line    int    // from 1; 0 for the file as a whole
	Problem string
	Err     error // the cause, where there is one
}

// Error is `FILE line N: problem`.
func (e *FileError) Error() string {
	text := e.File
	if e.Line > 0 {
		text += fmt.Sprintf(" line %d", e.Line)
	}
	text += ": " + e.Problem
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.Err }

type pair struct {
	name, value string
	line        int
}

// parsePairs reads `name=value` lines and `name<<DELIMITER` blocks as GitHub's runner does (actions/runner,
// EnvFileKeyValuePairs): whichever of = and << comes first decides, nothing is trimmed, empty lines are skipped
// and there are no comments. Of a carriage return only Windows takes note. Unlike the runner it refuses an
// empty name before =, which nothing could read back.
func parsePairs(file, text string) ([]pair, error) {
	var pairs []pair
	lines := splitLines(text)
	for i := 0; i < len(lines); i++ {
		line, number := lines[i].text, i+1
		wrong := func(problem string) error { return &FileError{File: file, Line: number, Problem: problem} }
		if line == "" {
			continue
		}
		equals, heredoc := strings.Index(line, "="), strings.Index(line, "<<")
		switch {
		case equals >= 0 && (heredoc < 0 || equals < heredoc):
			if equals == 0 {
				return nil, wrong("there is no name before =")
			}
			pairs = append(pairs, pair{line[:equals], line[equals+1:], number})
		case heredoc >= 0:
			name, delimiter := line[:heredoc], line[heredoc+2:]
			if name == "" || delimiter == "" {
				return nil, wrong("name<<DELIMITER needs a name and a delimiter")
			}
			var value strings.Builder
			newline := ""
			for i++; i < len(lines) && lines[i].text != delimiter; i++ {
				value.WriteString(newline)
				value.WriteString(lines[i].text)
				newline = lines[i].newline
			}
			if i == len(lines) {
				return nil, wrong("the block that begins here has no line with its delimiter alone; end every line you write with a newline")
			}
			pairs = append(pairs, pair{name, value.String(), number})
		default:
			return nil, wrong("neither name=value nor name<<DELIMITER; write a value of several lines as a block with a random delimiter")
		}
	}
	return pairs, nil
}

type line struct{ text, newline string }

func splitLines(text string) []line {
	var lines []line
	for l := range strings.Lines(text) {
		body, newline := strings.TrimSuffix(l, "\n"), ""
		if len(body) < len(l) {
			newline = "\n"
			if cut, ok := strings.CutSuffix(body, "\r"); ok && runtime.GOOS == "windows" {
				body, newline = cut, "\r\n"
			}
		}
		lines = append(lines, line{body, newline})
	}
	return lines
}
