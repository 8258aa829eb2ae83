// Package starter holds the files `belay init` writes: a steps file, a policy, and what the CI host needs to run them.
package starter

import (
	"embed"
	"strings"
)

//go:embed files
var files embed.FS

// File is a file to write.
type File struct {
	Path string // in the repository, with slashes
	Text string
	Else string // where it goes when Path is taken by something else of the user's; empty where that is an error
	Join string // what has to be done by hand then
}

// host is a CI host's file.
type host struct {
	name, template, path, otherwise, join string
}

func hosts() []host {
	return []host{
		{name: "github", template: "github.yml", path: ".github/workflows/belay.yml"},
		{name: "gitlab", template: "gitlab.yml", path: ".gitlab-ci.yml", otherwise: ".gitlab/belay.gitlab-ci.yml",
			join: "add to .gitlab-ci.yml:  include: { local: .gitlab/belay.gitlab-ci.yml }"},
		{name: "jenkins", template: "Jenkinsfile", path: "Jenkinsfile", otherwise: "belay.Jenkinsfile",
			join: "make a pipeline job whose script path is belay.Jenkinsfile"},
	}
}

// Hosts names the CI hosts there are files for.
func Hosts() []string {
	var names []string
	for _, h := range hosts() {
		names = append(names, h.name)
	}
	return names
}

// Files returns the files for a CI host, and for a branch to land on. For a host that is not in Hosts they are those of
// belay alone.
func Files(name, branch string) ([]File, error) {
	all := []File{{Path: ".belay/steps.yml"}, {Path: ".belay/policy.yml"}}
	templates := []string{"steps.yml", "policy.yml"}
	for _, h := range hosts() {
		if h.name == name {
			all = append(all, File{Path: h.path, Else: h.otherwise, Join: h.join})
			templates = append(templates, h.template)
		}
	}
	for i := range all {
		text, err := files.ReadFile("files/" + templates[i])
		if err != nil {
			return nil, err
		}
		all[i].Text = strings.ReplaceAll(string(text), "BRANCH", branch)
	}
	return all, nil
}
