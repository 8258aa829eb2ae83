package host

import "strings"

// errorCommand reads a line that makes a red annotation on GitHub, as its runner does (ActionCommand.cs): `::error …::text`, or
// `##[error …]text` in the way of Azure Pipelines, which build tools still print. rest is what follows the name in the first way.
func errorCommand(line string) (rest, message string, ok bool) {
	if after, is := cutName(line, "##[error"); is {
		properties, message, closed := strings.Cut(after, "]")
		if !closed || properties != "" && properties[0] != ' ' {
			return "", "", false
		}
		message = bracketed.Replace(message)
		return rewritten(properties) + "::" + message, message, true
	}
	rest, is := cutName(line, "::error")
	if !is || !strings.HasPrefix(rest, "::") && !strings.HasPrefix(rest, " ") {
		return "", "", false
	}
	_, message, ok = strings.Cut(rest, "::")
	return rest, message, ok
}

// bracketed undoes the escapes that only the way with brackets has.
var bracketed = strings.NewReplacer("%3B", ";", "%5D", "]")

// rewritten are a command's properties, `a=1;b=2`, as the way with colons has them.
func rewritten(properties string) string {
	var kept []string
	for property := range strings.SplitSeq(properties, ";") {
		if name, value, is := strings.Cut(property, "="); is {
			kept = append(kept, strings.TrimSpace(name)+"="+strings.NewReplacer(":", "%3A", ",", "%2C").Replace(bracketed.Replace(value)))
		}
	}
	if len(kept) == 0 {
		return ""
	}
	return " " + strings.Join(kept, ",")
}

// cutName is strings.CutPrefix for the names of commands, whose case does not matter.
func cutName(line, name string) (after string, found bool) {
	if len(line) < len(name) || !strings.EqualFold(line[:len(name)], name) {
		return line, false
	}
	return line[len(name):], true
}
