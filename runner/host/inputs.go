package host

import (
	"strings"

	"github.com/sethvargo/go-githubactions"
)

// Input is one line of the table of the action's inputs. action.yml declares the same and hands each to belay in
// the variable Env, because composite actions get no INPUT_ variables of their own.
type Input struct {
	Name, Means, Default, Env string
}

// Inputs lists the action's inputs in the order the reference shows them.
func Inputs() []Input {
	return []Input{
		input("steps", "Path of the steps file, or the steps themselves as YAML of more than one line.", ".belay/steps.yml"),
		input("policy", "Path of the policy file, the policy itself as YAML of more than one line, or a preset: none, retry, restart, rerun or rollback.", ""),
		input("inputs", "The run's inputs, one name=value per line.", ""),
		input("command", "What to do: run the steps, or doctor, which says what would fail later and changes nothing.", "run"),
		input("token", "Token to fetch and push with; needs contents: write. Steps don't see it.", "${{ github.token }}"),
		input("ssh_key", "Private key to fetch and push with over SSH in place of the token, such as a deploy key. Its passphrase, if it has one, is read from BELAY_SSH_PASSPHRASE.", ""),
		input("ssh_known_hosts", "The SSH server's keys, as lines of a known_hosts file. Without them, the runner's own known_hosts count; a server nobody knows is never trusted.", ""),
		input("ca_bundle", "Certificates that vouch for the git server and its API, beside the system's, in PEM, or the path of a file of them.", ""),
		input("pr_token", "Token to open pull requests with; needs pull-requests: write, and actions: write to start new runs. Without one, token is used.", ""),
		input("signing_key", "Private key that signs what belay commits, tags and reverts: an armored OpenPGP key or an SSH key. Steps don't see it.", ""),
		input("signing_passphrase", "Passphrase of that key.", ""),
		input("queue_key", "A secret of at least 16 characters, the same for all jobs that land on a branch, for a policy with contention: combine. Steps don't see it.", ""),
		input("forge", "Which forge opens pull requests: github, gitlab, gitea or local. Without one, the host and the remote tell.", ""),
		input("lineage", "What an earlier run handed to this one, as its output lineage. A run that belay starts through a workflow_dispatch finds it in the workflow's input belay_lineage by itself.", ""),
		input("allow_untrusted", "Whether steps may use the token in a run that somebody without write access may have caused, such as one for a pull request from a fork. See SECURITY.md before you say true.", "false"),
		input("report_dir", "Folder for the report as HTML, Markdown, JUnit XML and JSON, relative to the working directory; without one it is in a new folder, which the output report-dir names.", ""),
		input("working_directory", "Directory to run in, relative to the workspace.", "."),
		input("version", "Version of belay to take from the runner's tool cache.", ""),
		input("binary_path", "Path of a belay binary to run instead of getting one; for runners without internet.", ""),
	}
}

func input(name, means, value string) Input {
	return Input{Name: name, Means: means, Default: value, Env: "INPUT_" + strings.ToUpper(name)}
}

// Variables lists the variables in which the action hands its inputs over.
func Variables() []string {
	var names []string
	for _, in := range Inputs() {
		names = append(names, in.Env)
	}
	return names
}

// Given returns the inputs that are set, by name, without white space around their values.
func Given(getenv func(string) string) map[string]string {
	actions := githubactions.New(githubactions.WithGetenv(getenv))
	given := map[string]string{}
	for _, in := range Inputs() {
		if value := actions.GetInput(in.Name); value != "" {
			given[in.Name] = value
		}
	}
	return given
}
