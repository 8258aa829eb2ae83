package report

// The exit codes of `belay run`.
const (
	ExitSuccess        = 0
	ExitFailed         = 1
	ExitBadInput       = 2
	ExitRolledBack     = 3
	ExitRerun          = 4
	ExitRollbackFailed = 5
	ExitUnknown        = 6
	ExitInternal       = 70
	ExitInterrupted    = 130
	ExitTerminated     = 143
)

// Exit is one line of the table of exit codes.
type Exit struct {
	Code  int
	Means string
}

// Exits lists the exit codes of `belay run` in the order the reference shows them.
func Exits() []Exit {
	return []Exit{
		{ExitSuccess, "The run succeeded, with or without recoveries on the way."},
		{ExitFailed, "The run failed."},
		{ExitBadInput, "The steps, the policy or an input is wrong; nothing ran."},
		{ExitRolledBack, "The run failed, and what it landed is rolled back or a pull request that does so is open."},
		{ExitRerun, "The run failed, and a new identical run is asked for."},
		{ExitRollbackFailed, "The run failed, and so did the rollback: what it landed is still on the branch."},
		{ExitUnknown, "Nobody knows whether the change landed: the remote could not be read back."},
		{ExitInternal, "belay itself failed."},
		{ExitInterrupted, "The run was cancelled by SIGINT."},
		{ExitTerminated, "The run was cancelled by SIGTERM."},
	}
}
