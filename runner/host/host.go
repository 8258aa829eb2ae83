// Package host knows where belay runs: a GitHub, GitLab or Jenkins job, or somebody's machine. A host says what it
// knows of the run, shows events as they happen, and takes outputs and summary at the end. One file per host.
package host

import (
	"io"

	"github.com/belay-ci/belay/runner/report"
)

// Host is one of the four. All methods may be called from any goroutine.
type Host interface {
	// Facts returns what the host's environment says.
	Facts() Facts
	// Show renders an event as it happens. What can't be written is lost: a log never fails a run.
	Show(report.Event)
	// Output returns the writers for what steps print to their two streams, which end up in the log too.
	Output() (stdout, stderr io.Writer)
	// Mask asks the host to hide a secret in its log from now on. Only GitHub can.
	Mask(secret string)
	// Finish writes outputs and summary, once, after the last event. A second call does nothing.
	Finish(report.Report) error
}

// Facts is what a host knows of the run. What it does not know is empty.
type Facts struct {
	Name       string // "github", "gitlab", "jenkins" or "local"
	Forge      string // the forge the host is a part of: "github", "gitlab" or "gitea"; empty where it is no forge, or the remote is elsewhere
	Repository string // owner/name
	ServerURL  string // the forge, without a slash at the end
	APIURL     string // the forge's API
	RemoteURL  string // where the repository was cloned from, without credentials
	Branch     string // the branch the run was started from; empty for a tag
	Commit     string // the commit the run was started from
	Earlier    bool   // an earlier attempt of the run may have been started from an earlier one
	Review     int    // the number of the merge request that the job checks, where the host's forge takes notes on it; 0 for none
	Base       string // the branch that a change under review is to go to; empty where there is none
	RunID      string // the same over all attempts of one CI run
	RunAttempt int    // from 1
	RunURL     string // the run's page
	Lineage    string // what an earlier run of belay's handed to this one, see policy.ParseLineage; empty for the first
	Again      Again  // what to ask the host for where a run just like this one is wanted
	Job        string // the job's name in the pipeline
	Matrix     string // which of the job's instances this is
	Workspace  string // where the repository is checked out
	Temp       string // where temporary files go
	EventName  string // what started the run, in the host's words
	Actor      string // who started it
	Untrusted  bool   // somebody without write access may have chosen the code or the event's text
	Token      string // belay's own credential for the remote
	User       string // the user name that goes with Token
	QueueKey   string // what the runs share that land each other's changes
	ForgeToken string // the credential for pull requests: a token of its own, or Token
	SSH        SSH    // belay's own means to reach the remote by SSH
	Web        Web    // and by https
	Debug      bool   // the host is asked for a detailed log
	ReportDir  string // where the report goes, so that the job can keep it; empty for a new folder below Temp
}

// Log is where a host writes.
type Log struct {
	Out    io.Writer // what belay says, and what steps print
	Err    io.Writer // what steps print to their standard error; nil for Out
	Detail Detail    // Normal is Verbose where the host itself was asked for a detailed log
}

// SSH is what the job gives belay to reach a remote by SSH. What is empty is looked for where the user's own ssh does.
type SSH struct {
	Key        string // private, in PEM
	Passphrase string
	KnownHosts string // lines of a known_hosts file
}

// Web is what there is to know about reaching servers by https.
type Web struct {
	CABundle     string   // certificates that vouch for servers beside the system's: in PEM, or the path of a file
	ProxySecrets []string // the passwords of the proxies that the environment names
}

// Detect returns the host that the environment speaks of.
func Detect(getenv func(string) string, log Log) Host {
	if log.Err == nil {
		log.Err = log.Out
	}
	for _, known := range hosts() {
		if known.found(getenv) {
			return known.open(getenv, log)
		}
	}
	return newLocal(getenv, log)
}

// lines are how a host with these facts writes to the log.
func (l Log) lines(f Facts) lines {
	if l.Detail == Normal && f.Debug {
		return lines{detail: Verbose}
	}
	return lines{detail: l.Detail}
}

// output is where steps print: nowhere, in a quiet log.
func (l Log) output() (stdout, stderr io.Writer) {
	if l.Detail == Quiet {
		return io.Discard, io.Discard
	}
	return l.Out, l.Err
}

type known struct {
	found func(getenv func(string) string) bool
	open  func(getenv func(string) string, log Log) Host
}

// hosts lists the CI hosts in the order they are looked for. GitLab comes before Jenkins: a Jenkins that triggers
// GitLab may pass its own variables on.
func hosts() []known {
	return []known{
		{onGitHub, func(getenv func(string) string, log Log) Host { return newGitHub(getenv, log) }},
		{onGitLab, func(getenv func(string) string, log Log) Host { return newGitLab(getenv, log) }},
		{onJenkins, func(getenv func(string) string, log Log) Host { return newJenkins(getenv, log) }},
	}
}

// first returns the first variable that is set and not empty.
func first(getenv func(string) string, names ...string) string {
	for _, name := range names {
		if value := getenv(name); value != "" {
			return value
		}
	}
	return ""
}
