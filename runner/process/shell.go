package process

import (
	"runtime"
	"slices"
	"strings"
)

// Shell says how one shell runs a script, exactly as GitHub's runner does (actions/runner, ScriptHandlerHelpers).
type Shell struct {
	Name      string // as in the steps file; empty for a step that names none
	Program   string // what is looked up on the step's PATH
	On        string // "unix" or "windows" where a step that names no shell gets this one; empty everywhere
	Extension string // of the script's file
	Args      string // {0} is the script's path
	Raw       bool   // the program splits its command line by rules of its own: Args is handed over unsplit
	Before    string // a line put before the script
	After     string // a line put after the script
	Means     string // for the reference
}

// Shells lists the shells in the order the reference shows them. Of several with the same name the first whose
// program is installed is taken.
func Shells() []Shell {
	powershell := Shell{
		Extension: ".ps1", Args: `-command ". '{0}'"`,
		Before: "$ErrorActionPreference = 'stop'",
		After:  `if ((Test-Path -LiteralPath variable:\LASTEXITCODE)) { exit $LASTEXITCODE }`,
	}
	power := func(name, program, on, means string) Shell {
		s := powershell
		s.Name, s.Program, s.On, s.Means = name, program, on, means
		return s
	}
	return []Shell{
		{Name: "", Program: "bash", On: "unix", Extension: ".sh", Args: "-e {0}", Means: "no shell named: bash, ending at the first command that fails; a failure inside a pipe is not noticed"},
		{Name: "", Program: "sh", On: "unix", Extension: ".sh", Args: "-e {0}", Means: "no shell named and no bash installed"},
		power("", "pwsh", "windows", "no shell named, on Windows"),
		power("", "powershell", "windows", "no shell named, on Windows without PowerShell Core"),
		{Name: "bash", Program: "bash", Extension: ".sh", Args: "--noprofile --norc -eo pipefail {0}", Means: "bash, ending at the first command that fails, also inside a pipe"},
		{Name: "sh", Program: "sh", Extension: ".sh", Args: "-e {0}", Means: "the POSIX shell, ending at the first command that fails"},
		{Name: "python", Program: "python", Extension: ".py", Args: "{0}", Means: "Python"},
		power("pwsh", "pwsh", "", "PowerShell Core, ending at the first error"),
		power("powershell", "powershell", "", "Windows PowerShell, ending at the first error"),
		{Name: "cmd", Program: "cmd", Extension: ".cmd", Args: `/D /E:ON /V:OFF /S /C "CALL "{0}""`, Raw: true, Before: "@echo off", Means: "the Windows command prompt; its exit code is that of the last command"},
	}
}

// shellNames lists what a steps file may say.
func shellNames() []string {
	var names []string
	for _, s := range Shells() {
		if s.Name != "" {
			names = append(names, s.Name)
		}
	}
	return names
}

// candidates returns the shells that name stands for on this system, best first. A command line with {0} is a
// shell of its own; where it starts with a known program it keeps that one's extension and extra lines.
func candidates(name string) ([]Shell, error) {
	system := "unix"
	if runtime.GOOS == "windows" {
		system = "windows"
	}
	var found []Shell
	for _, s := range Shells() {
		if s.Name == name && (s.On == "" || s.On == system) {
			found = append(found, s)
		}
	}
	if len(found) > 0 {
		return found, nil
	}
	program, args, _ := strings.Cut(strings.TrimSpace(name), " ")
	if !strings.Contains(args, "{0}") {
		return nil, unknownShell(name)
	}
	custom := Shell{Name: name, Program: program}
	if i := slices.IndexFunc(Shells(), func(s Shell) bool { return s.Name == program }); i >= 0 {
		custom = Shells()[i]
	}
	custom.Args = args
	return []Shell{custom}, nil
}

// content returns the script as the shell's file holds it, with the system's line ends.
func (s Shell) content(script, newline string) string {
	if s.Before != "" {
		script = s.Before + "\n" + script
	}
	if s.After != "" {
		script += "\n" + s.After
	}
	if newline != "\n" {
		script = strings.ReplaceAll(strings.ReplaceAll(script, "\r\n", "\n"), "\n", newline)
	}
	return script
}

// splitArgs splits an argument template at white space. Double quotes keep words together and \" is a quote,
// as .NET's process class, which the runner uses, reads it.
func splitArgs(template string) []string {
	var args []string
	var word strings.Builder
	quoted, inWord := false, false
	for i := 0; i < len(template); i++ {
		switch c := template[i]; {
		case c == '\\' && i+1 < len(template) && template[i+1] == '"':
			i++
			word.WriteByte('"')
			inWord = true
		case c == '"':
			quoted = !quoted
			inWord = true
		case (c == ' ' || c == '\t') && !quoted:
			if inWord {
				args = append(args, word.String())
				word.Reset()
				inWord = false
			}
		default:
			word.WriteByte(c)
			inWord = true
		}
	}
	if inWord {
		args = append(args, word.String())
	}
	return args
}
