package policy

import "strings"

// SignalName writes a signal's name as failures have it: "SIGKILL" and "kill" are "KILL".
func SignalName(text string) string {
	return strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(text)), "SIG")
}

// shellCode is the exit code that a shell gives when a signal killed its command: 128 and the signal's number.
type shellCode struct {
	code   int
	signal string
}

// shellCodes lists the ones that mean nothing else. HUP's 129 is not here, because git ends with 129 when it
// is called wrongly.
func shellCodes() []shellCode {
	return []shellCode{
		{130, "INT"}, {131, "QUIT"}, {134, "ABRT"}, {135, "BUS"}, {136, "FPE"},
		{137, "KILL"}, {139, "SEGV"}, {141, "PIPE"}, {143, "TERM"},
	}
}

// bothWays makes one pair of the two ways in which the same death is seen: a process that dies of KILL has no
// exit code, the shell that waited for it ends with 137. A death by signal never has exit code 0.
func bothWays(code int, signal string) (int, string) {
	signal = SignalName(signal)
	for _, c := range shellCodes() {
		if c.signal == signal || signal == "" && c.code == code {
			return c.code, c.signal
		}
	}
	if signal != "" {
		return -1, signal
	}
	return code, ""
}

// SignalNames lists the signals of POSIX that end a process unless it takes care of them, for whoever checks a
// policy. Others may be matched too.
func SignalNames() []string {
	return []string{
		"ABRT", "ALRM", "BUS", "FPE", "HUP", "ILL", "INT", "KILL", "PIPE", "QUIT", "SEGV", "SYS", "TERM", "TRAP",
		"USR1", "USR2", "VTALRM", "XCPU", "XFSZ",
	}
}
