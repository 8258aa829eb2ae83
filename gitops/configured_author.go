package gitops

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// ConfiguredAuthor is who the installed git would take for the author of a commit in the checkout, by its configuration and
// environment. It is nobody where they name none, which git would then guess, or where there is no git or checkout.
func (r *Repo) ConfiguredAuthor(ctx context.Context) Person {
	if r.child == nil || r.checkout == nil || !r.child.mayNameAuthor(*r.checkout) {
		return Person{}
	}
	out, err := r.child.run(ctx, nil, "-c", "user.useConfigOnly=true", "var", "GIT_AUTHOR_IDENT")
	if err != nil {
		return Person{}
	}
	return personOf(string(out))
}

// mayNameAuthor reports whether it is worth a process to ask git: on most CI hosts nothing that it reads names anybody.
func (c child) mayNameAuthor(of checkout) bool {
	env := map[string]string{}
	for _, variable := range c.env {
		name, value, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "GIT_AUTHOR_") || strings.HasPrefix(name, "GIT_CONFIG") && !harmlessVariable(name) {
			return true
		}
		env[name] = value
	}
	read, ok := c.settingsFiles(of, env)
	return !ok || slices.ContainsFunc(read.files, mayHaveAuthor)
}

// mayHaveAuthor reports whether a file of git's configuration may say who commits, itself or in one it includes.
func mayHaveAuthor(file string) bool {
	if file == os.DevNull {
		return false
	}
	text, _, err := readSmall(file)
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist)
	}
	text = bytes.ToLower(text)
	return slices.ContainsFunc([]string{"[user", "[author", "[include"}, func(section string) bool { return bytes.Contains(text, []byte(section)) })
}
