package gitops

import (
	"os/exec"
	"strings"
	"testing"
)

func TestBranchesAreCalledWhatGitLetsThemBeCalled(t *testing.T) {
	for _, name := range []string{
		"main", "release/1.2", "a&b", "feature/#12", "ünï", "日本", "a@b", "@a", "a+b", "a=b", "a'b", "a$(b)", "a.b", "v1.0-rc.1", "HEAD/x", "a{b", "x/-y", "a,b;c", "refs/x",
		"", "-x", "a..b", "a b", "a~b", "a^b", "a:b", "a?b", "a*b", "a[b", `a\b`, "a//b", "/a", "a/", "a.lock", "a/.b", "a.", "@{x", "a@{b", "a.lock/b", "a\nb", "a\x7fb",
	} {
		git := exec.Command("git", "check-ref-format", "--branch", name).Run() == nil
		if err := CheckBranchName(name); (err == nil) != git {
			t.Errorf("%q: %v, and for git it is fine: %t", name, err, git)
		}
	}
	if err := CheckBranchName("refs/heads/main"); err == nil || !strings.Contains(err.Error(), `"main"`) {
		t.Errorf("a branch's ref: %v", err)
	}
}
