// Package process runs a step's script: the shell, the whole tree of processes below it, its output, the masks
// over that output, and the files a step answers with.
//
// # Trees
//
// A step runs in a process group of its own. On Linux a program that called [Subreap] adopts whatever the step
// leaves behind, however it detached itself, and [Run] ends it before it returns; the variable BELAY_PROCESS in
// the step's environment tells whose it is. Elsewhere on Unix only the
// group is known: a process that opened its own session outlives the step. On Windows the tree is a job object;
// a process started in the instant before the shell joins the job is outside it.
//
// # Masks
//
// A masker never lets out the beginning of what may still become a secret: those few bytes wait for the next
// write or the end of the stream, not for a clock. Everything else passes at once.
package process
