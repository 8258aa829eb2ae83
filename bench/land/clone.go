//go:build linux

package main

import (
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/belay-ci/belay/bench/git"
)

// template is a clone that every landing starts from a copy of, and the commit at which it and the server stand then. To clone
// 100,000 files anew for each landing takes ten times as long as all the rest.
type template struct {
	bare, dir, branch, base string
}

// template clones a repository of the server once.
func (b bench) template(name string, depth int) template {
	t := template{bare: filepath.Join(b.work, "srv", name), dir: filepath.Join(b.work, fmt.Sprintf("%s-%d", name, depth))}
	git.Run(t.bare, "config", "http.receivepack", "true")
	git.Run(t.bare, "config", "uploadpack.allowFilter", "true")
	t.branch = strings.TrimSpace(git.Run(t.bare, "symbolic-ref", "--short", "HEAD"))
	args := []string{"clone", "--quiet", "--branch", t.branch}
	if depth > 0 {
		args = append(args, "--depth", fmt.Sprint(depth))
	}
	git.Run(b.work, append(args, b.server+"/"+name, t.dir)...)
	t.base = strings.TrimSpace(git.Run(t.dir, "rev-parse", "HEAD"))
	return t
}

// copy makes a clone as a fresh one: its own repository, and the files as hard links. These change what git remembers of
// each file, so the index is refreshed, for nobody to pay for that in what is measured.
func (t template) copy(to string) {
	duplicate("-al", t.dir, to)
	check(os.RemoveAll(filepath.Join(to, ".git")))
	duplicate("-a", filepath.Join(t.dir, ".git"), filepath.Join(to, ".git"))
	git.Run(to, "update-index", "--refresh")
}

// duplicate is cp(1): it copies a folder of many files in no time.
func duplicate(how, from, to string) {
	cmd := exec.Command("cp", how, from, to)
	if out, err := cmd.CombinedOutput(); err != nil {
		log.Fatalf("%s: %v\n%s", cmd, err, out)
	}
}

// end gives up the template, and leaves the branch as it was.
func (t template) end() {
	t.reset()
	check(os.RemoveAll(t.dir))
}

func (t template) reset() { git.Run(t.bare, "update-ref", "refs/heads/"+t.branch, t.base) }

// rival is a repository beside the server's, with its objects and one more commit, which it has pushed.
type rival struct{ dir, base, tip string }

// rival puts the branch back to where the clones are, and moves it on by one commit.
func (t template) rival(dir, id string) rival {
	t.reset()
	git.Run(".", "init", "--quiet", "--bare", dir)
	check(os.WriteFile(filepath.Join(dir, "objects", "info", "alternates"), []byte(filepath.Join(t.bare, "objects")+"\n"), 0o644))
	git.Run(dir, "read-tree", t.base)
	r := rival{dir: dir, base: t.base}
	r.tip = r.commit(t.base, "rival.txt", "rival "+id)
	git.Run(dir, "push", "--quiet", t.bare, r.tip+":refs/heads/"+t.branch)
	return r
}

// commit adds one file to a commit, without a work tree.
func (r rival) commit(parent, name, text string) string {
	blob := strings.TrimSpace(git.Feed(r.dir, text+"\n", "hash-object", "-w", "--stdin"))
	git.Run(r.dir, "update-index", "--add", "--cacheinfo", "100644,"+blob+","+name)
	tree := strings.TrimSpace(git.Run(r.dir, "write-tree"))
	return strings.TrimSpace(git.Run(r.dir, "commit-tree", "-p", parent, "-m", text, tree))
}
