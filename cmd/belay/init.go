package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/internal/starter"
	"github.com/belay-ci/belay/runner/host"
	"github.com/spf13/cobra"
)

func (a app) initCommand() *cobra.Command {
	var name, dir string
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write a first steps file, a policy, and what your CI host needs to run them",
		Long: `Writes .belay/steps.yml, .belay/policy.yml and a workflow for the CI host, with no more rights than it takes. The host is
known by what the repository holds, or by its remote. Nothing is overwritten: a file that is there already ends it before
anything is written.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.init(name, dir) },
	}
	cmd.Flags().StringVar(&name, "host", "", "the CI host: "+strings.Join(starter.Hosts(), ", ")+", or none (default: by the repository)")
	cmd.Flags().StringVar(&dir, "dir", ".", "the repository")
	_ = cmd.RegisterFlagCompletionFunc("host", cobra.FixedCompletions(append(starter.Hosts(), "none"), cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.MarkFlagDirname("dir")
	return cmd
}

func (a app) init(name, dir string) error {
	if name != "" && name != "none" && !slices.Contains(starter.Hosts(), name) {
		return badInput("there are no files for the host %q; there are some for %s, or say none", name, strings.Join(starter.Hosts(), ", "))
	}
	branch := "main"
	found, _ := gitops.Discover(dir) // an error leaves what is known: files can be written anywhere
	if found.Root != "" {
		dir = found.Root
	}
	if found.Branch != "" {
		branch = found.Branch
	}
	if name == "" {
		name = a.hostOf(dir, found)
	}
	files, err := starter.Files(name, branch)
	if err != nil {
		return err
	}
	joins, err := place(dir, files)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := writeNew(filepath.Join(dir, filepath.FromSlash(f.Path)), f.Text); err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "wrote %s\n", f.Path)
	}
	fmt.Fprintln(a.stdout, "\nNext:")
	for i, step := range append(joins,
		"make the steps your own, and try them:  belay check && belay plan --input tag=v1",
		"see what would fail later:  belay doctor",
		"commit the files"+commitHint(name)) {
		fmt.Fprintf(a.stdout, "  %d. %s\n", i+1, step)
	}
	return nil
}

func commitHint(host string) string {
	switch host {
	case "github":
		return "; allow Actions to create pull requests (Settings, Actions, General), for the rollback"
	case "gitlab":
		return "; add the CI/CD variable BELAY_TOKEN that .gitlab-ci.yml speaks of"
	case "jenkins":
		return "; add the credentials `deploy-repository` that the Jenkinsfile speaks of"
	}
	return ", and run them in any CI job with `belay run`"
}

// hostOf tells the CI host from where belay runs, from what the repository holds, and from its remote.
func (a app) hostOf(dir string, found gitops.Discovered) string {
	if name := host.Detect(a.getenv, host.Log{Out: io.Discard}).Facts().Name; name != "local" {
		return name
	}
	for _, sign := range []struct{ path, host string }{
		{".github/workflows", "github"}, {".gitlab-ci.yml", "gitlab"}, {"Jenkinsfile", "jenkins"}, {".github", "github"},
	} {
		if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(sign.path))); err == nil {
			return sign.host
		}
	}
	return forge.ByAddress(found.RemoteURL)
}

// place sees to it that nothing is in the way, and says what is left to do by hand where a file had to go elsewhere.
func place(dir string, files []starter.File) (joins []string, err error) {
	taken := func(path string) bool {
		_, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(path)))
		return err == nil
	}
	var inTheWay []string
	for i, f := range files {
		if taken(f.Path) && f.Else != "" {
			files[i].Path = f.Else
			joins = append(joins, f.Join)
		}
		if taken(files[i].Path) {
			inTheWay = append(inTheWay, files[i].Path)
		}
	}
	if len(inTheWay) > 0 {
		return nil, badInput("there is already %s: nothing was written; take it away first, or change it by hand", strings.Join(inTheWay, ", "))
	}
	return joins, nil
}

// writeNew writes a file that must not exist.
func writeNew(path, text string) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}
