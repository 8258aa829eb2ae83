package gittest

import (
	"os/exec"
	"slices"
	"strings"
)

// Merged is what git made of one merge.
type Merged struct {
	Died      bool     // some versions of git abort on some merges (an assertion of merge-ort), and say nothing
	Clean     bool     // no conflict
	Tree      string   // with a conflict, the tree holds its markers
	Conflicts []string // the paths
}

// MergeTrees merges pairs of commits, each from their merge base, with one `git merge-tree --stdin`: it is there since
// git 2.39. The command is made anew with command, so that the caller says where git runs. Where git dies of one pair
// the pairs are halved to find which.
func MergeTrees(pairs [][2]string, command func(args ...string) *exec.Cmd) []Merged {
	var in strings.Builder
	for _, pair := range pairs {
		in.WriteString(pair[0] + " " + pair[1] + "\n")
	}
	cmd := command("merge-tree", "--write-tree", "--stdin", "--no-messages", "--name-only")
	cmd.Stdin = strings.NewReader(in.String())
	out, err := cmd.Output()
	half := len(pairs) / 2
	switch {
	case err != nil && half == 0:
		return []Merged{{Died: true}}
	case err != nil:
		return append(MergeTrees(pairs[:half], command), MergeTrees(pairs[half:], command)...)
	}
	var answers []Merged
	for fields := strings.Split(string(out), "\x00"); len(fields) > 2; {
		end := 2 + slices.Index(fields[2:], "")
		answers = append(answers, Merged{Clean: fields[0] == "1", Tree: fields[1], Conflicts: fields[2:end]})
		fields = fields[end+1:]
	}
	return answers
}
