package runner

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/internal/spec"
)

// cloneStep checks another repository out.
func cloneStep() builtin {
	return builtin{
		Builtin: spec.Builtin{
			Name:  "clone",
			Means: "Checks a repository out into a folder of the workspace. belay fetches, and the token stays in its process: no git command, hook or helper sees it. belay's own token goes to the server the run lands on, and to no other. Submodules are not fetched. What changes in the folder is landed by a `land` with `checkout`, and is no part of other landings.",
			With: []source.Key{
				{Name: "repository", Type: source.TypeText, Required: true, Example: "acme/charts", Means: "its address, or owner/name on the server the run lands on"},
				{Name: "path", Type: source.TypeText, Required: true, Example: "charts", Means: "the folder to make, relative to the workspace; it must not exist, or be empty"},
				{Name: "ref", Type: source.TypeText, Example: "v1.4.0", Means: "a branch, a tag or a commit's full id. Default: the repository's own default branch"},
				{Name: "depth", Type: source.TypeInt, Default: "1", Example: "0", Means: "how many commits to fetch; 0 for all of them"},
				{Name: "token", Type: source.TypeText, Example: "\"${{ env.CHARTS_TOKEN }}\"", Means: "a token for this repository alone, instead of belay's own"},
			},
			Outputs: []spec.Output{
				{Name: "sha", Means: "the commit that is checked out"},
				{Name: "branch", Means: "its branch; not set for a tag or a commit"},
				{Name: "path", Means: "the folder"},
			},
			Check: checkClone,
		},
		do: (*conductor).clone,
	}
}

func checkClone(at source.Pos, with map[string]any, report func(source.Pos, string, ...any)) {
	if text, ok := with["path"].(expr.Text); ok {
		if name, literal := text.Literal(); literal {
			if _, err := localName(name); err != nil {
				report(at, "`path` is %q: %v", name, err)
			}
		}
	}
	if n, ok := with["depth"].(int); ok && n < 0 {
		report(at, "`depth` is %d; 0 is the whole history", n)
	}
}

// clone checks the repository out.
func (c *conductor) clone(ctx context.Context, k call) execution {
	dir, name, err := c.newFolder(text(k.with["path"]))
	if err != nil {
		return failedExecution(notStarted(fmt.Errorf("clone: path: %w", err)))
	}
	req := gitops.CloneRequest{Ref: text(k.with["ref"]), Depth: 1, Dir: dir, Env: c.job.Environ}
	if req.Remote.URL, err = c.repositoryURL(text(k.with["repository"])); err != nil {
		return failedExecution(notStarted(fmt.Errorf("clone: %w", err)))
	}
	if depth, ok := k.with["depth"].(int); ok {
		req.Depth = depth
	}
	if token := text(k.with["token"]); token != "" {
		req.Remote.Credentials = gitops.Credentials{Username: "x-access-token", Password: token}
		for _, secret := range req.Remote.Credentials.Secrets() {
			c.job.Masks.Add(secret)
		}
	}
	from := gitops.CloneFrom
	if c.job.Repository != nil {
		from = c.job.Repository.CloneFrom
	}
	cloned, err := from(ctx, req)
	if err != nil {
		f := gitFailure(err)
		return execution{failure: &f, cancelled: errors.Is(context.Cause(ctx), context.Canceled)}
	}
	e := execution{}
	e.effects.Outputs = map[string]string{"sha": string(cloned.Commit), "path": name}
	if cloned.Branch != "" {
		e.effects.Outputs["branch"] = cloned.Branch
	}
	return e
}

// newFolder returns where a folder is to be made, and its name in the workspace: not there yet or empty, below one that is.
func (c *conductor) newFolder(given string) (dir, name string, err error) {
	if name, err = localName(given); err != nil {
		return "", "", err
	}
	if name == "." {
		return "", "", errors.New("the workspace itself is there already")
	}
	w, err := openWorkspace(c.job.Dir)
	if err != nil {
		return "", "", err
	}
	defer w.Close()
	above := path.Dir(name)
	if err := w.MkdirAll(filepath.FromSlash(above), 0o755); err != nil {
		return "", "", plainly(err)
	}
	// The root refuses links that leave it; what links are left lead to a folder within.
	real, err := filepath.EvalSymlinks(filepath.Join(c.job.Dir, filepath.FromSlash(above)))
	if err != nil {
		return "", "", err
	}
	dir = filepath.Join(real, path.Base(name))
	switch found, err := w.Lstat(filepath.FromSlash(name)); {
	case errors.Is(err, fs.ErrNotExist):
		return dir, name, nil
	case err != nil:
		return "", "", plainly(err)
	case found.IsDir() && gitops.IsUnfinished(dir): // belay died while it made it
		return dir, name, os.RemoveAll(dir)
	case found.IsDir() && os.Remove(dir) == nil: // it was empty
		return dir, name, nil
	}
	return "", "", fmt.Errorf("%s is there already", name)
}

// repositoryURL returns the address of a repository that is given by it, or as owner/name.
func (c *conductor) repositoryURL(given string) (string, error) {
	switch {
	case given == "":
		return "", errors.New("which repository? Name it with `repository`")
	case strings.Contains(given, ":") || filepath.IsAbs(given) || strings.HasPrefix(given, "."):
		return given, nil
	}
	server, err := url.Parse(c.job.Facts.RemoteURL)
	if err != nil || server.Host == "" {
		return "", fmt.Errorf("%q is no address, and belay does not know the server it is on: write it out, as in https://…/%s", given, given)
	}
	return (&url.URL{Scheme: server.Scheme, Host: server.Host, Path: "/" + given}).String(), nil
}
