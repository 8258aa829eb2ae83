//go:build unix

package process

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestShellsRunAsGitHubsRunnerRunsThem(t *testing.T) {
	tests := []struct {
		name, shell, script string
		code                int
		stdout              string
		needs               string
	}{
		{"no shell is bash -e", "", "[ -n \"$BASH_VERSION\" ] && false | true; echo on; false; echo not reached", 1, "on\n", "bash"},
		{"bash notices a failure in a pipe", "bash", "echo on; false | true; echo not reached", 1, "on\n", "bash"},
		{"bash reads no profile", "bash", "shopt -q login_shell || echo plain; set +o posix; echo $-", 0, "plain\nehB\n", "bash"},
		{"sh stops at the first failure", "sh", "echo on; false; echo not reached", 1, "on\n", "sh"},
		{"python", "python", "import sys\nprint('on')\nsys.exit(3)", 3, "on\n", "python"},
		{"pwsh passes on the exit code", "pwsh", "Write-Output on; sh -c 'exit 3'", 3, "on\n", "pwsh"},
		{"a command line of one's own", "perl -w {0}", "print qq(on\\n); exit 4;", 4, "on\n", "perl"},
		{"a command line with a word in quotes", `sh -c "exec sh -eu '{0}' a b"`, "echo $# $2; echo $NOTSET", 2, "2 b\n", "sh"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := exec.LookPath(test.needs); err != nil {
				t.Skipf("%s is not installed", test.needs)
			}
			exit := run(t, command(t, test.shell, test.script))
			if exit.Code != test.code || exit.Stdout != test.stdout {
				t.Errorf("got code %d, stdout %q, stderr %q", exit.Code, exit.Stdout, exit.Stderr)
			}
		})
	}
}

func TestShellContent(t *testing.T) {
	for _, test := range []struct{ shell, script, newline, want string }{
		{"bash", "a\r\nb\n", "\n", "a\r\nb\n"},
		{"bash", "a\nb\r\n", "\r\n", "a\r\nb\r\n"},
		{"cmd", "dir", "\r\n", "@echo off\r\ndir"},
		{"pwsh", "dir", "\n", "$ErrorActionPreference = 'stop'\ndir\nif ((Test-Path -LiteralPath variable:\\LASTEXITCODE)) { exit $LASTEXITCODE }"},
		{"pwsh -File {0}", "dir", "\n", "$ErrorActionPreference = 'stop'\ndir\nif ((Test-Path -LiteralPath variable:\\LASTEXITCODE)) { exit $LASTEXITCODE }"},
	} {
		shells, err := candidates(test.shell)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, shells[0].content(test.script, test.newline)); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", test.shell, diff)
		}
	}
}

func TestEveryShellHasAPlaceForTheScript(t *testing.T) {
	for _, s := range Shells() {
		if !strings.Contains(s.Args, "{0}") || s.Program == "" || s.Extension == "" || s.Means == "" {
			t.Errorf("%+v", s)
		}
	}
}

func TestSplitArgs(t *testing.T) {
	for _, test := range []struct {
		template string
		want     []string
	}{
		{"--noprofile --norc -eo pipefail {0}", []string{"--noprofile", "--norc", "-eo", "pipefail", "{0}"}},
		{`-command ". '{0}'"`, []string{"-command", ". '{0}'"}},
		{"  a \t b  ", []string{"a", "b"}},
		{`a "" "b c"d \"e`, []string{"a", "", "b cd", `"e`}},
		{"", nil},
	} {
		if diff := cmp.Diff(test.want, splitArgs(test.template)); diff != "" {
			t.Errorf("%q: (-want +got)\n%s", test.template, diff)
		}
	}
}
