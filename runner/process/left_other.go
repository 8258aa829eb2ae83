//go:build !linux

package process

// MarkRun returns env as it is: here nobody can look at another process's environment for a mark.
func MarkRun(env []string) []string { return env }

// RunMark returns no mark.
func RunMark([]string) string { return "" }

// EndLeft does nothing. On Windows a job object ends what belay leaves behind; on other systems it is out of reach.
func EndLeft(string) (ended int, alive []int) { return 0, nil }
