package keys

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/belay-ci/belay/internal/source"
)

// maxDocuments is how many documents one file may hold.
const maxDocuments = 1000

// Known reports whether a file's name says that this package reads it: .yaml, .yml or .json.
func Known(name string) bool { return isYAML(name) || isJSON(name) }

func isYAML(name string) bool {
	ext := strings.ToLower(path.Ext(name))
	return ext == ".yaml" || ext == ".yml"
}

func isJSON(name string) bool { return strings.EqualFold(path.Ext(name), ".json") }

// file is a file that was read. Offsets count bytes of text.
type file struct {
	name     string
	raw      []byte
	text     string // without a byte order mark, and with \n for every line ending
	bom      int
	returns  []int // the offsets of line endings that were \r\n
	lines    []int // where each line begins
	json     bool
	docs     []document
	comments []source.Comment
	habits   *look // read when asked for
}

// document is one document of a file: from --- to the next.
type document struct {
	root     *source.Node
	from, to int
}

// Error is why a file can't be read or changed.
type Error struct {
	File    string
	Pos     source.Pos // zero for the file as a whole
	Message string
}

func (e *Error) Error() string {
	if e.Pos.Line == 0 {
		return e.File + ": " + e.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Pos.Line, e.Pos.Col, e.Message)
}

const bom = "\xef\xbb\xbf"

// read reads a file of which nothing must be lost. Its errors are *Error.
func read(name string, raw []byte) (*file, error) {
	f := &file{name: name, raw: raw, json: isJSON(name)}
	text, marked := strings.CutPrefix(string(raw), bom)
	if marked {
		f.bom = len(bom)
	}
	if f.json && !json.Valid([]byte(text)) {
		return nil, notJSON(name, text)
	}
	f.unreturned(text)
	f.lines = []int{0}
	for i := 0; i < len(f.text); i++ {
		if f.text[i] == '\n' {
			f.lines = append(f.lines, i+1)
		}
	}
	for _, chunk := range f.chunks() {
		if len(f.docs) == maxDocuments {
			return nil, &Error{File: name, Message: fmt.Sprintf("it holds more than %d documents", maxDocuments)}
		}
		if err := f.outline(chunk[0], chunk[1]); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// notJSON says where a text stops being JSON.
func notJSON(name, text string) error {
	decoder := json.NewDecoder(strings.NewReader(text))
	var err error
	for err == nil {
		_, err = decoder.Token()
	}
	at := min(int(decoder.InputOffset()), len(text))
	line := strings.LastIndexByte(text[:at], '\n')
	message := "it is no JSON here (RFC 8259): " + err.Error()
	if strings.TrimSpace(text) == "" {
		message = "it is empty, and JSON is never empty"
	}
	return &Error{File: name, Pos: source.Pos{Line: 1 + strings.Count(text[:at], "\n"), Col: at - line}, Message: message}
}

// unreturned sets the text, and remembers where a \r was left out of it.
func (f *file) unreturned(raw string) {
	if !strings.Contains(raw, "\r\n") {
		f.text = raw
		return
	}
	var b strings.Builder
	for {
		line, rest, found := strings.Cut(raw, "\r\n")
		b.WriteString(line)
		if !found {
			f.text = b.String()
			return
		}
		f.returns = append(f.returns, b.Len())
		b.WriteByte('\n')
		raw = rest
	}
}

// origin returns where a byte of the text stands in the file.
func (f *file) origin(at int) int {
	before, _ := slices.BinarySearch(f.returns, at)
	return f.bom + at + before
}

// chunks cuts the text into documents. A --- at the start of a line begins one wherever it stands, also within what
// would be text (YAML 1.2.2, 9.1.4).
func (f *file) chunks() [][2]int {
	var chunks [][2]int
	from, at, content := 0, 0, false
	for line := range strings.Lines(f.text) {
		bare := strings.TrimRight(line, " \t\n")
		begins := strings.HasPrefix(line, "---") && (len(bare) == 3 || line[3] == ' ' || line[3] == '\t')
		if begins && content && !f.json {
			chunks, from = append(chunks, [2]int{from, at}), at
		}
		trimmed := strings.TrimSpace(bare)
		content = begins || trimmed != "" && trimmed[0] != '#' || content
		at += len(line)
		if bare == "..." && content && !f.json {
			chunks, from, content = append(chunks, [2]int{from, at}), at, false
		}
	}
	if content || len(chunks) == 0 {
		chunks = append(chunks, [2]int{from, at})
	}
	return chunks
}

// outline reads the document between two bytes.
func (f *file) outline(from, to int) error {
	root, comments, problems := source.Outline(source.File{Name: f.name, Data: []byte(f.text[from:to])})
	lines := f.line(from)
	for _, p := range problems {
		return &Error{File: f.name, Pos: source.Pos{Line: p.Line + lines, Col: p.Col}, Message: p.Message}
	}
	for _, c := range comments {
		f.comments = append(f.comments, source.Comment{From: c.From + from, Text: c.Text})
	}
	shift(root, from, lines)
	f.docs = append(f.docs, document{root: root, from: from, to: to})
	return nil
}

// shift turns places in a document into places in its file.
func shift(n *source.Node, bytes, lines int) {
	if bytes == 0 {
		return
	}
	n.Pos.Line += lines
	n.Extent.From += bytes
	n.Extent.To += bytes
	for i := range n.Extent.Dashes {
		n.Extent.Dashes[i] += bytes
	}
	for _, item := range n.Items {
		shift(item, bytes, lines)
	}
	for _, e := range n.Entries {
		shift(e.Key, bytes, lines)
		shift(e.Value, bytes, lines)
	}
}

// meanings returns what the documents of the file mean.
func (f *file) meanings() []value {
	values := make([]value, len(f.docs))
	for i, d := range f.docs {
		values[i] = meaning(d.root)
	}
	return values
}

// splice puts text in the place of the bytes from from to to.
type splice struct {
	from, to int
	text     string
}

// spliced returns the file with splices made, which must not overlap. New lines end as most of the file's do.
func (f *file) spliced(splices []splice) []byte {
	sorted := slices.Clone(splices)
	slices.SortStableFunc(sorted, func(a, b splice) int { return a.from - b.from })
	ending := f.ending()
	var out bytes.Buffer
	done := 0
	for _, s := range sorted {
		from := max(f.origin(s.from), done)
		out.Write(f.raw[done:from])
		out.WriteString(strings.ReplaceAll(s.text, "\n", ending))
		done = max(f.origin(s.to), done)
	}
	out.Write(f.raw[done:])
	return out.Bytes()
}

// ending is how most of the file's lines end.
func (f *file) ending() string {
	if 2*len(f.returns) > strings.Count(f.text, "\n") {
		return "\r\n"
	}
	return "\n"
}

// lineStart returns where the line of a byte begins.
func (f *file) lineStart(at int) int { return f.lines[f.line(at)] }

// lineEnd returns where the line of a byte ends: at its \n, or the end of the text.
func (f *file) lineEnd(at int) int {
	if next := f.line(at) + 1; next < len(f.lines) {
		return f.lines[next] - 1
	}
	return len(f.text)
}

// line returns the number of a byte's line, from 0.
func (f *file) line(at int) int {
	i, _ := slices.BinarySearch(f.lines, at+1)
	return i - 1
}

// column returns how many bytes stand before a byte on its line.
func (f *file) column(at int) int { return at - f.lineStart(at) }

// first reports whether nothing but spaces stands before a byte on its line.
func (f *file) first(at int) bool { return strings.Trim(f.text[f.lineStart(at):at], " \t") == "" }

// commented reports whether a comment begins between two bytes.
func (f *file) commented(from, to int) bool {
	i, _ := slices.BinarySearchFunc(f.comments, from, func(c source.Comment, at int) int { return c.From - at })
	return i < len(f.comments) && f.comments[i].From < to
}
