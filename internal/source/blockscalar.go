package source

import "strings"

// blockScalar reads text that begins with | or > and stands on the lines below, indented more than parent
// (YAML 1.2.2, 8.1).
func (r *reader) blockScalar(parent int) (*Node, error) {
	at := r.at
	folded := r.peek() == '>'
	indent, chomp, err := r.blockHeader(parent)
	if err != nil {
		return nil, err
	}
	if indent == 0 {
		if indent, err = r.blockIndent(parent); err != nil {
			return nil, err
		}
	}
	var b builder
	b.add("", at, at)
	header := r.lineAbove()
	breaks, end := 0, at // line breaks since the last line with text, and where that ended
	above := false       // whether there was one
	aboveMore := true    // whether it began with white space: such lines are never folded
	for r.peek() != 0 {
		text, from, ok := r.blockLine(indent)
		if !ok {
			break
		}
		if text != "" {
			more := blank(text[0])
			if folded && above && !aboveMore && !more {
				b.fold(breaks, end)
			} else {
				b.add(strings.Repeat("\n", breaks), end, end+1)
			}
			b.add(text, from, from+len(text))
			above, aboveMore, breaks, end = true, more, 0, r.at
		}
		if r.peek() == '\n' {
			r.newline()
			breaks++
		}
	}
	switch {
	case chomp == '+':
		b.add(strings.Repeat("\n", breaks), end, end+1)
	case chomp == 0 && above && breaks > 0:
		b.add("\n", end, end+1)
	}
	n, err := r.scalar(String, at, &b)
	switch {
	case err != nil:
	case chomp == '+':
		r.extends(n, r.lineAbove(), BlockText)
	default:
		r.extends(n, max(header, end), BlockText)
	}
	return n, err
}

// blockHeader reads the rest of the line that begins a block: how far the block is indented when it says so,
// 0 else, and what happens to the line breaks at its end.
func (r *reader) blockHeader(parent int) (indent int, chomp byte, err error) {
	r.at++
	for {
		switch c := r.peek(); {
		case (c == '-' || c == '+') && chomp == 0:
			chomp = c
		case c >= '1' && c <= '9' && indent == 0:
			indent = max(parent, 0) + int(c-'0')
		default:
			r.blanks()
			if !r.lineEnds() {
				return 0, 0, r.fail(r.at, "text after | or > starts on the next line, indented; in quotes it can stand here")
			}
			r.skipComment()
			if r.peek() == '\n' {
				r.newline()
			}
			return indent, chomp, nil
		}
		r.at++
	}
}

// lineAbove returns where the line above ends, or this one at the end of the text.
func (r *reader) lineAbove() int {
	if r.at == r.bol && r.at > 0 {
		return r.at - 1
	}
	return r.at
}

// blockIndent looks for the first line with text and returns its indentation.
func (r *reader) blockIndent(parent int) (int, error) {
	widest, widestAt := 0, 0
	for bol := r.at; ; {
		i := bol
		for r.byteAt(i) == ' ' {
			i++
		}
		switch c := r.byteAt(i); {
		case c == '\n':
			if i-bol > widest {
				widest, widestAt = i-bol, bol
			}
			bol = i + 1
			continue
		case c == 0:
			return max(parent+1, widest, i-bol), nil // an empty block
		case i-bol <= parent:
			return max(parent+1, widest), nil // an empty block
		case c == '\t' && i-bol == 0 && parent < 0:
			return 0, r.fail(i, "a tab can't indent; use spaces")
		}
		if widest > i-bol {
			return 0, r.fail(widestAt, "this blank line holds more spaces than the first line of the text below; remove them")
		}
		return i - bol, nil
	}
}

// blockLine reads one line of a block without its indentation and its line break; from is where the text
// stands. It is not ok where the block ends.
func (r *reader) blockLine(indent int) (text string, from int, ok bool) {
	end := len(r.text)
	if i := strings.IndexByte(r.text[r.at:], '\n'); i >= 0 {
		end = r.at + i
	}
	from = r.at
	for from < end && from-r.bol < indent && r.text[from] == ' ' {
		from++
	}
	if from-r.bol < indent {
		if strings.Trim(r.text[from:end], " \t") != "" {
			return "", 0, false
		}
		r.at = end
		return "", from, true
	}
	if indent == 0 && r.markerAt(r.bol) {
		return "", 0, false
	}
	r.at = end
	return r.text[from:end], from, true
}
