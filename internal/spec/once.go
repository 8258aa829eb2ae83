package spec

// Once reports whether a step may not be executed again, because it says `idempotent: false`, or a step in the file it
// runs does. A probe, which finds out whether the work is done already, takes that away: the step is only executed again
// where it is not.
func (s *Step) Once() bool {
	switch {
	case s.Probe != "":
		return false
	case s.Idempotent != nil && !*s.Idempotent:
		return true
	}
	return s.Child != nil && s.Child.first((*Step).Once) != nil
}

// Repeats names the first step, from one on or of all when that is empty, that may not be executed again and was. It
// returns "" where there is none.
func Repeats(steps []Step, from string, executed func(id string) bool) string {
	begun := from == ""
	for i := range steps {
		begun = begun || steps[i].ID == from
		if begun && steps[i].Once() && executed(steps[i].ID) {
			return steps[i].ID
		}
	}
	return ""
}
