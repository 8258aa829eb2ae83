package gitops

import (
	"context"
	"os"
	"path/filepath"
	"strings"
)

// CheckOut writes the files of a commit that belay made, and that is on no server yet, below dir, which must not exist: a
// checkout of its own, one commit deep, with HEAD detached. It needs git installed, which writes the files as it would in
// any clone; what the checkout already has is not copied. Errors are *Error.
func (r *Repo) CheckOut(ctx context.Context, commit ID, dir string) error {
	r.turn.Lock()
	defer r.turn.Unlock()
	return failed("check out "+commit.Short(), r.checkOut(ctx, commit, dir))
}

func (r *Repo) checkOut(ctx context.Context, commit ID, dir string) error {
	if err := r.needsGit(); err != nil {
		return err
	}
	borrowed, err := r.checkout.objectDirs()
	if err != nil {
		return err
	}
	borrowed = append(borrowed, filepath.Join(r.staging, "objects"))
	gitDir := filepath.Join(dir, ".git")
	for _, sub := range []string{"refs/heads", "objects/info"} {
		if err := os.MkdirAll(filepath.Join(gitDir, filepath.FromSlash(sub)), 0o755); err != nil {
			return err
		}
	}
	for name, text := range map[string]string{
		"HEAD":                    string(commit) + "\n",
		"config":                  "[core]\n\trepositoryformatversion = 0\n\tbare = false\n",
		"shallow":                 string(commit) + "\n",
		"objects/info/alternates": strings.Join(borrowed, "\n") + "\n",
	} {
		if err := os.WriteFile(filepath.Join(gitDir, filepath.FromSlash(name)), []byte(text), 0o644); err != nil {
			return err
		}
	}
	own, err := openObjects(gitDir)
	if err != nil {
		return err
	}
	for _, o := range r.store.Objects {
		if _, err := own.SetEncodedObject(o); err != nil {
			return err
		}
	}
	git := child{git: r.child.git, dir: dir, env: r.child.env}
	_, err = git.run(ctx, nil, "reset", "--quiet", "--hard")
	return err
}
