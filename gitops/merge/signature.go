package merge

import (
	"fmt"
	"strings"
	"time"
)

// Signature is who did something and when.
type Signature struct {
	Name  string
	Email string
	When  time.Time
}

// String is the signature as a commit's author or committer line has it: `Name <email> seconds zone`. Like git, it
// drops newlines and angle brackets, and punctuation and space around name and email.
func (s Signature) String() string {
	return fmt.Sprintf("%s <%s> %d %s", identity(s.Name), identity(s.Email), s.When.Unix(), s.When.Format("-0700"))
}

func identity(s string) string {
	s = strings.TrimFunc(s, func(r rune) bool { return r <= ' ' || strings.ContainsRune(`.,:;<>"\'`, r) })
	return strings.NewReplacer("\n", "", "<", "", ">", "").Replace(s)
}
