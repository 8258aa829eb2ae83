package gitops

import (
	"fmt"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// CheckBranchName says what is wrong with a name for a branch, by git's rules (git-check-ref-format(1)); nil when nothing is. A
// branch's ref is refused, too: by the name that is in it a branch would be looked for below refs/heads/refs/heads.
func CheckBranchName(name string) error {
	if short, is := strings.CutPrefix(name, refOf("")); is {
		return fmt.Errorf("%q is the ref of a branch whose name is %q", name, short)
	}
	ref := plumbing.ReferenceName(refOf(name))
	if err := ref.Validate(); err != nil || strings.HasPrefix(name, "-") {
		return fmt.Errorf("%q can't be the name of a branch", name)
	}
	return nil
}
