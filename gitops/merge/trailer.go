package merge

import (
	"slices"
	"strings"
)

// Trailer is one `Name: value` line at the end of a commit message.
type Trailer struct {
	Name  string
	Value string
}

// Trailers returns the trailers of the commit's message in order, as `git interpret-trailers --parse --no-divider`
// reads them: see TrailersOf.
func (c Commit) Trailers() []Trailer { return TrailersOf(c.Message) }

// Trailer returns the values of every trailer of that name, in order. Letter case does not count.
func (c Commit) Trailer(name string) []string {
	var values []string
	for _, t := range c.Trailers() {
		if strings.EqualFold(t.Name, name) {
			values = append(values, t.Value)
		}
	}
	return values
}

// TrailersOf returns the trailers of a message (git-interpret-trailers(1)): those of its last paragraph, if that is
// not the title and either holds nothing but trailers, or holds a line git itself makes (Signed-off-by, cherry picked
// from) and a quarter of its lines are trailers. Values that go on on further lines are joined by a space. Unlike in
// an editor's file, a line that starts with # is no comment and one that starts with --- ends nothing.
func TrailersOf(message []byte) []Trailer {
	var trailers []Trailer
	lines, start, end := trailerLines(message)
	inTrailer := false
	for _, line := range lines[start:end] {
		name, value, ok := cutTrailer(line)
		switch {
		case ok:
			trailers = append(trailers, Trailer{name, strings.TrimSpace(value)})
			inTrailer = true
		case !continues(line):
			inTrailer = false
		case inTrailer:
			last := &trailers[len(trailers)-1]
			last.Value = strings.TrimSpace(last.Value + " " + strings.TrimSpace(line))
		}
	}
	return trailers
}

// AddTrailer returns the message with the trailer at its end, in the paragraph of the trailers it has, or in a new
// one. A message that has the trailer already, with the same value, is returned as it is.
func AddTrailer(message []byte, name, value string) []byte {
	value = strings.Join(strings.Fields(value), " ")
	for _, t := range TrailersOf(message) {
		if strings.EqualFold(t.Name, name) && t.Value == value {
			return message
		}
	}
	lines, start, end := trailerLines(message)
	out := strings.Join(lines[:end], "")
	if out != "" && !strings.HasSuffix(out, "\n") {
		out += "\n"
	}
	if start == end {
		out += "\n"
	}
	return []byte(out + name + ": " + value + "\n" + strings.Join(lines[end:], ""))
}

// trailerLines cuts a message into lines and says which of them are the trailers' paragraph. Without one, start and
// end are both the end of the text.
func trailerLines(message []byte) (lines []string, start, end int) {
	lines = slices.Collect(strings.Lines(string(message)))
	end = len(lines)
	for end > 0 && blank(lines[end-1]) {
		end--
	}
	start = end
	for start > 0 && !blank(lines[start-1]) {
		start--
	}
	if start == 0 || !trailerParagraph(lines[start:end]) {
		return lines, end, end
	}
	return lines, start, end
}

func trailerParagraph(lines []string) bool {
	trailers, others, made := 0, 0, false
	inTrailer := false
	for _, line := range lines {
		_, _, ok := cutTrailer(line)
		switch {
		case strings.HasPrefix(line, "Signed-off-by: ") || strings.HasPrefix(line, "(cherry picked from commit "):
			trailers, made, inTrailer = trailers+1, true, true
		case ok:
			trailers, inTrailer = trailers+1, true
		case !continues(line) || !inTrailer:
			others, inTrailer = others+1, false
		}
	}
	return trailers > 0 && others == 0 || made && trailers*3 >= others
}

// cutTrailer splits a line at its colon if what comes before is a trailer's name: letters, digits and hyphens, then
// perhaps white space.
func cutTrailer(line string) (name, value string, ok bool) {
	name, value, ok = strings.Cut(line, ":")
	name = strings.TrimRight(name, " \t")
	if !ok || name == "" {
		return "", "", false
	}
	for _, c := range []byte(name) {
		if c != '-' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return "", "", false
		}
	}
	return name, value, true
}

func continues(line string) bool { return line[0] == ' ' || line[0] == '\t' }

func blank(line string) bool { return strings.TrimSpace(line) == "" }
