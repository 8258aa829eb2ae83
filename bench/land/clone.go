//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// template is a clone that every landing starts from a copy of, and the commit at which it and the server stand then. To clone
// 100,000 files anew for each landing takes ten times as long as all the rest.
type template struct {
	bare, dir, branch, base string
}

// template clones a repository of the server once.
func (b bench) template(name string, depth int) template {
	t := template{bare: filepath.Join(b.work, "srv", name), dir: filepath.Join(b.work, fmt.Sprintf("%s-%d", name, depth))}
	run(t.bare, "git", "config", "http.receivepack", "true")
	run(t.bare, "git", "config", "uploadpack.allowFilter", "true")
	t.branch = strings.TrimSpace(run(t.bare, "git", "symbolic-ref", "--short", "HEAD"))
	args := []string{"clone", "--quiet", "--branch", t.branch}
	if depth > 0 {
		args = append(args, "--depth", fmt.Sprint(depth))
	}
	run(b.work, "git", append(args, b.server+"/"+name, t.dir)...)
	t.base = strings.TrimSpace(run(t.dir, "git", "rev-parse", "HEAD"))
	return t
}

// copy makes a clone as a fresh one: its own repository, and the files as hard links. These change what git remembers of
// each file, so the index is refreshed, for nobody to pay for that in what is measured.
func (t template) copy(to string) {
	run(".", "cp", "-al", t.dir, to)
	run(to, "rm", "-rf", ".git")
	run(".", "cp", "-a", filepath.Join(t.dir, ".git"), filepath.Join(to, ".git"))
	run(to, "git", "update-index", "--refresh")
}

// end gives up the template, and leaves the branch as it was.
func (t template) end() {
	t.reset()
	check(os.RemoveAll(t.dir))
}

func (t template) reset() { run(t.bare, "git", "update-ref", "refs/heads/"+t.branch, t.base) }

// rival is a repository beside the server's, with its objects and one more commit, which it has pushed.
type rival struct{ dir, base, tip string }

// rival puts the branch back to where the clones are, and moves it on by one commit.
func (t template) rival(dir, id string) rival {
	t.reset()
	run(".", "git", "init", "--quiet", "--bare", dir)
	run(dir, "bash", "-c", `echo "$0/objects" > objects/info/alternates`, t.bare)
	run(dir, "git", "read-tree", t.base)
	r := rival{dir: dir, base: t.base}
	r.tip = r.commit(t.base, "rival.txt", "rival "+id)
	run(dir, "git", "push", "--quiet", t.bare, r.tip+":refs/heads/"+t.branch)
	return r
}

// commit adds one file to a commit, without a work tree.
func (r rival) commit(parent, name, text string) string {
	blob := strings.TrimSpace(run(r.dir, "bash", "-c", `echo "$0" | git hash-object -w --stdin`, text))
	run(r.dir, "git", "update-index", "--add", "--cacheinfo", "100644,"+blob+","+name)
	tree := strings.TrimSpace(run(r.dir, "git", "write-tree"))
	return strings.TrimSpace(run(r.dir, "git", "commit-tree", "-p", parent, "-m", text, tree))
}
