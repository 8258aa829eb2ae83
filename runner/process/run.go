package process

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"time"
)

const (
	reapEvery  = time.Second           // how long a dead orphan may keep its process id while the step runs
	stopPoll   = 10 * time.Millisecond // how often a stopped group is looked at
	sweepLimit = 2 * time.Second       // for a process that SIGKILL does not end, one stuck in the kernel say
)

// Run executes c and returns how it ended, after the last process of the step is gone and its output is through.
//
// When the timeout comes or ctx ends, the step's process group gets SIGTERM, after c.Grace SIGKILL. What a step
// that ended by itself left behind may go on for at most c.Grace while it holds the step's output open, as a
// `tee` behind a process substitution does; then it is killed. Run waits for slow writers and forgets failing
// ones. Its error is a *[StartError]: nothing ran. A ctx that has ended before the start is no error but
// Exit{Code: -1, Cancelled: true}.
//
// On Linux the shell gets SIGKILL if belay dies (PR_SET_PDEATHSIG), so that a killed run does not go on to its
// next command while its re-run starts. The kernel ties that signal to the thread that started the child, so
// Run keeps its thread to itself until it returns.
func Run(ctx context.Context, c Command) (Exit, error) {
	if ctx.Err() != nil {
		return Exit{Code: -1, Cancelled: true}, nil
	}
	script, err := newScript(c)
	if err != nil {
		return Exit{}, err
	}
	defer script.close()
	out, err := newOutput(c)
	if err != nil {
		return Exit{}, err
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := &exec.Cmd{
		Path: script.program, Args: append([]string{script.program}, script.args...), Dir: script.enter(),
		Env:    append([]string{}, c.Env...), // never nil, which would inherit belay's own
		Stdout: out.streams[0].write, Stderr: out.streams[1].write,
	}
	started := time.Now()
	tree, err := startTree(cmd, script.raw)
	out.carry(c.RawAddMask)
	if err != nil {
		out.finish()
		return Exit{}, startFailed(script.program, script.dir, err)
	}
	defer tree.close()
	exit := attend(ctx, c, tree, wait(cmd), out)
	out.finish()
	exit.Started, exit.Ended = started, time.Now()
	exit.Stdout, exit.Stderr = out.streams[0].tail.String(), out.streams[1].tail.String()
	exit.Tail = out.joined.tail.String()
	return exit, nil
}

// wait reports the leader's end once, as nil where the system does not tell.
func wait(cmd *exec.Cmd) <-chan *os.ProcessState {
	ended := make(chan *os.ProcessState, 1)
	go func() {
		_ = cmd.Wait()
		ended <- cmd.ProcessState
	}()
	return ended
}

// attend stays with a started step until its tree is gone.
func attend(ctx context.Context, c Command, tree *tree, leader <-chan *os.ProcessState, out *output) Exit {
	grace := c.Grace
	if grace <= 0 {
		grace = DefaultGrace
	}
	var timeout <-chan time.Time
	if c.Timeout > 0 {
		timeout = time.After(c.Timeout)
	}
	reap := time.NewTicker(reapEvery)
	defer reap.Stop()
	for {
		select {
		case state := <-leader:
			select {
			case <-out.ended:
			case <-ctx.Done():
			case <-time.After(grace):
			}
			return ended(state, tree.end(sweepLimit))
		case <-ctx.Done():
			if len(leader) > 0 {
				continue // it ended by itself at the same moment
			}
			exit := stop(tree, leader, grace)
			exit.Cancelled = true
			return exit
		case <-timeout:
			if len(leader) > 0 {
				continue
			}
			exit := stop(tree, leader, grace)
			exit.TimedOut = true
			return exit
		case <-reap.C:
			tree.reap()
		}
	}
}

// stop ends a tree whose leader still runs: SIGTERM to the group, SIGKILL after grace or as soon as the group
// is gone, when only what left the group remains.
func stop(tree *tree, leader <-chan *os.ProcessState, grace time.Duration) Exit {
	tree.terminate()
	late := time.After(grace)
	poll := time.NewTicker(stopPoll)
	defer poll.Stop()
	var state *os.ProcessState
	for waiting := true; waiting; {
		select {
		case state = <-leader:
			leader = nil
		case <-poll.C:
			waiting = leader != nil || !tree.empty()
		case <-late:
			waiting = false
		}
	}
	if leader != nil {
		tree.kill()
		select {
		case state = <-leader:
		case <-time.After(sweepLimit):
		}
	}
	return ended(state, tree.end(sweepLimit))
}

// ended reads the leader's end.
func ended(state *os.ProcessState, survivors []int) Exit {
	exit := Exit{Code: -1, Survivors: survivors}
	if state != nil {
		exit.Code, exit.Signal = outcome(state)
	}
	return exit
}
