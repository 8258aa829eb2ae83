//go:build unix

package process

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/belay-ci/belay/policy"
)

// soon bounds what must not hang; it is far above what anything here needs.
const soon = 5 * time.Second

// command returns a command that is ready to run in folders of its own.
func command(t testing.TB, shell, script string) Command {
	t.Helper()
	return Command{
		Shell: shell, Script: script, Dir: t.TempDir(), Temp: t.TempDir(),
		Env: []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}, Grace: 200 * time.Millisecond,
	}
}

func run(t testing.TB, c Command) Exit {
	t.Helper()
	exit, err := Run(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return exit
}

func TestExitCodesAreKept(t *testing.T) {
	for _, code := range []int{0, 1, 2, 3, 42, 64, 75, 78, 125, 126, 127, 128, 129, 130, 200, 254, 255} {
		exit := run(t, command(t, "sh", "exit "+strconv.Itoa(code)))
		if exit.Code != code || exit.Signal != "" || exit.TimedOut || exit.Cancelled {
			t.Errorf("exit %d: got %+v", code, exit)
		}
	}
}

func TestDeathBySignalIsAFailure(t *testing.T) {
	tests := []struct {
		name, script, signal string
		code                 int
	}{
		{"the shell is killed", "kill -9 $$", "KILL", 137},
		{"the shell is terminated", "kill -TERM $$", "TERM", 143},
		{"the shell crashes", "kill -SEGV $$", "SEGV", 139},
		{"the shell hangs up", "kill -HUP $$", "HUP", 129},
		{"a command is killed and the shell lives on", "sh -c 'kill -9 $$'\necho not reached", "KILL", 137},
		{"a command crashes and the shell lives on", "sh -c 'kill -SEGV $$'\necho not reached", "SEGV", 139},
		{"git's usage error is no signal", "exit 129", "", 129},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.signal == "HUP" && signal.Ignored(syscall.SIGHUP) {
				t.Skip("these tests run under nohup, and so do their steps")
			}
			exit := run(t, command(t, "sh", test.script))
			if exit.Signal != test.signal || exit.Code != test.code {
				t.Errorf("got signal %q code %d, want %q %d", exit.Signal, exit.Code, test.signal, test.code)
			}
			if exit.Stdout != "" {
				t.Errorf("the script went on: %q", exit.Stdout)
			}
		})
	}
}

func TestTimeoutStopsTheStep(t *testing.T) {
	tests := []struct {
		name, script string
		code         int
		signal       string
		stdout       string
	}{
		{"one that ends on SIGTERM", "sleep 60", 143, "TERM", ""},
		{"one that ignores SIGTERM", "trap '' TERM\nwhile :; do sleep 60; done", 137, "KILL", ""},
		{"one that cleans up and exits 0", "trap 'echo clean; exit 0' TERM\nsleep 60 & wait", 0, "", "clean\n"},
		{"one whose command cleans up after the shell died", `sh -c 'trap "sleep 0.05; echo clean; exit" TERM; sleep 60 & wait'; echo not reached`, 143, "TERM", "clean\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := command(t, "sh", test.script)
			c.Timeout, c.Grace = 500*time.Millisecond, time.Second
			exit := run(t, c)
			if !exit.TimedOut || exit.Cancelled || exit.Code != test.code || exit.Signal != test.signal || exit.Stdout != test.stdout {
				t.Errorf("got %+v", exit)
			}
			if took := exit.Ended.Sub(exit.Started); took < c.Timeout || took > soon {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestCancellationStopsTheStep(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	c := command(t, "sh", "echo up; sleep 60")
	c.Stdout = writerFunc(func(p []byte) (int, error) { cancel(); return len(p), nil })
	exit, err := Run(ctx, c)
	if err != nil || !exit.Cancelled || exit.TimedOut || exit.Signal != "TERM" {
		t.Errorf("got %+v, %v", exit, err)
	}
}

func TestACancelledRunStartsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	c := command(t, "sh", "touch ran")
	exit, err := Run(ctx, c)
	if err != nil || !exit.Cancelled || exit.Code != -1 {
		t.Errorf("got %+v, %v", exit, err)
	}
	if _, err := os.Stat(filepath.Join(c.Dir, "ran")); err == nil {
		t.Error("it ran")
	}
}

func TestWhatCannotStartSaysWhy(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, "x", 0o600)
	bin := t.TempDir()
	write(t, filepath.Join(bin, "noexec"), "\x7fELFnot really", 0o700)
	write(t, filepath.Join(bin, "nointerp"), "#!/no/such/interpreter\n", 0o700)
	tests := []struct {
		name   string
		change func(*Command)
		want   string
	}{
		{"an unknown shell", func(c *Command) { c.Shell = "fish" }, `unknown shell "fish"; use one of bash, sh, python, pwsh, powershell, cmd, or a command line`},
		{"a command line without the script", func(c *Command) { c.Shell = "perl -w" }, `unknown shell "perl -w"`},
		{"a shell that is not installed", func(c *Command) { c.Shell = "nosuch {0}" }, "shell nosuch is not on the step's PATH"},
		{"no shell at all", func(c *Command) { c.Shell, c.Env = "", []string{"PATH=/nowhere"} }, "shell bash or sh is not on the step's PATH (/nowhere)"},
		{"a missing working directory", func(c *Command) { c.Dir = filepath.Join(bin, "gone") }, "gone does not exist; create it"},
		{"a file as working directory", func(c *Command) { c.Dir = file }, "is not a directory; create it"},
		{"a missing temp folder", func(c *Command) { c.Temp = filepath.Join(bin, "gone") }, "write the step's script"},
		{"not a program", func(c *Command) { c.Shell = filepath.Join(bin, "noexec") + " {0}" }, "exec format error; it is no program for this machine"},
		{"a program without its interpreter", func(c *Command) { c.Shell = filepath.Join(bin, "nointerp") + " {0}" }, "the interpreter its #! line names is not"},
		{"a NUL in the environment", func(c *Command) { c.Env = append(c.Env, "A=b\x00c") }, "the environment variable A contains a NUL byte"},
		{"an environment past the limit", func(c *Command) { c.Env = append(c.Env, "A="+strings.Repeat("x", 8<<20)) }, "the environment is larger than the system allows"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := command(t, "sh", "touch "+filepath.Join(bin, "ran"))
			test.change(&c)
			_, err := Run(context.Background(), c)
			var start *StartError
			if !errors.As(err, &start) || start.Kind() != policy.StepStart {
				t.Fatalf("got %v", err)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("got  %s\nwant …%s…", err, test.want)
			}
			if left, _ := os.ReadDir(c.Temp); len(left) > 0 {
				t.Errorf("left %v", left)
			}
		})
	}
	if _, err := os.Stat(filepath.Join(bin, "ran")); err == nil {
		t.Error("something ran")
	}
}

func TestTheScriptIsAPrivateFileThatGoesAway(t *testing.T) {
	c := command(t, "sh", `echo "$0"; ls -l "$0"`)
	exit := run(t, c)
	path, mode, _ := strings.Cut(exit.Stdout, "\n")
	if filepath.Dir(path) != c.Temp || !strings.HasSuffix(path, ".sh") || !strings.HasPrefix(mode, "-rw-------") {
		t.Errorf("got %q", exit.Stdout)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the script is still there: %v", err)
	}
}

func TestAStepInheritsNothing(t *testing.T) {
	t.Setenv("FROM_BELAY", "1")
	c := command(t, "/usr/bin/env -u PWD sh {0}", "cat; env")
	c.Env = []string{"PATH=/usr/bin:/bin", "A=1", "A=2"}
	lines := strings.Split(strings.TrimSpace(run(t, c).Stdout), "\n")
	lines = slices.DeleteFunc(lines, func(l string) bool {
		return strings.HasPrefix(l, "PWD=") || strings.HasPrefix(l, "BELAY_PROCESS=")
	})
	slices.Sort(lines)
	if want := []string{"A=2", "PATH=/usr/bin:/bin"}; !slices.Equal(lines, want) {
		t.Errorf("got %q, want %q", lines, want)
	}
}

func TestOutputIsExact(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", 200_000/16)
	binary := make([]byte, 300_000)
	for i := range binary {
		binary[i] = byte(i * 7 >> 3)
	}
	for _, test := range []struct{ name, text string }{
		{"a line of 200 kB", long},
		{"a line of 200 kB and more", long + "\nnext\n"},
		{"carriage returns and colour", "10%\r20%\r\x1b[31mred\x1b[0m\n\n\n  ::error::x\n"},
		{"bytes", string(binary)},
		{"nothing", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			c := command(t, "sh", "cat text; cat text >&2")
			c.Stdout, c.Stderr, c.Masks = &stdout, &stderr, new(Masks)
			c.Masks.Add("a secret that is not there")
			write(t, filepath.Join(c.Dir, "text"), test.text, 0o600)
			exit := run(t, c)
			if stdout.String() != test.text || stderr.String() != test.text {
				t.Errorf("got %d and %d bytes, want %d", stdout.Len(), stderr.Len(), len(test.text))
			}
			if want := test.text[max(0, len(test.text)-64<<10):]; exit.Stdout != want || exit.Stderr != want {
				t.Errorf("tails have %d and %d bytes, want %d", len(exit.Stdout), len(exit.Stderr), len(want))
			}
		})
	}
}

func TestOneWriterMayTakeBothStreams(t *testing.T) {
	var both bytes.Buffer // the race detector sees two writes at once
	c := command(t, "sh", "for i in 1 2 3 4 5 6 7 8 9; do echo out; echo err >&2; done")
	c.Stdout, c.Stderr = &both, &both
	run(t, c)
	if both.Len() != 9*2*4 {
		t.Errorf("got %q", &both)
	}
}

func TestASlowWriterGetsItAll(t *testing.T) {
	const size = 1 << 20
	c := command(t, "sh", "head -c 1048576 /dev/zero")
	got := 0
	c.Grace = 10 * time.Millisecond
	c.Stdout = writerFunc(func(p []byte) (int, error) {
		time.Sleep(5 * time.Millisecond)
		got += len(p)
		return len(p), nil
	})
	if exit := run(t, c); exit.Code != 0 || got != size {
		t.Errorf("got %d bytes of %d, %+v", got, size, exit.Code)
	}
}

func TestAFailingWriterLosesNoExitCode(t *testing.T) {
	c := command(t, "sh", "head -c 1048576 /dev/zero; echo end; exit 7")
	c.Stdout = writerFunc(func([]byte) (int, error) { return 0, io.ErrClosedPipe })
	exit := run(t, c)
	if exit.Code != 7 || !strings.HasSuffix(exit.Stdout, "\x00end\n") {
		t.Errorf("got %d, tail of %d bytes", exit.Code, len(exit.Stdout))
	}
}

func TestOutputHeldOpenDoesNotHang(t *testing.T) {
	c := command(t, "sh", "sleep 60 & echo done")
	exit := run(t, c)
	if exit.Code != 0 || exit.Stdout != "done\n" {
		t.Errorf("got %+v", exit)
	}
	if took := exit.Ended.Sub(exit.Started); took < c.Grace || took > soon {
		t.Errorf("took %v", took)
	}
}

func TestWhatStillWritesAfterTheShellMayFinish(t *testing.T) {
	exit := run(t, command(t, "sh", "(sleep 0.05; echo late) &"))
	if exit.Stdout != "late\n" {
		t.Errorf("got %q", exit.Stdout)
	}
}

func TestSecretsAreMaskedInLogAndTail(t *testing.T) {
	var stdout bytes.Buffer
	c := command(t, "sh", "printf 'my hun'; sleep 0.02; printf 'ter2 and '; printf hunter2 | base64; echo hunter2 >&2")
	c.Stdout, c.Masks = &stdout, new(Masks)
	c.Masks.Add("hunter2")
	exit := run(t, c)
	const want = "my *** and ***\n"
	if stdout.String() != want || exit.Stdout != want || exit.Stderr != "***\n" {
		t.Errorf("got %q, %q, %q", &stdout, exit.Stdout, exit.Stderr)
	}
}

func TestAStepMayAddMasks(t *testing.T) {
	script := "echo before s3cret\necho '  ::add-mask::s3cret'\necho after s3cret\n"
	for _, test := range []struct {
		name string
		raw  bool
		log  string
	}{
		{"shown without the value", false, "before s3cret\n  ::add-mask::***\nafter ***\n"},
		{"shown to the GitHub runner as it is", true, "before s3cret\n  ::add-mask::s3cret\nafter ***\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var stdout bytes.Buffer
			c := command(t, "sh", script)
			c.Stdout, c.Masks, c.RawAddMask = &stdout, new(Masks), test.raw
			exit := run(t, c)
			if stdout.String() != test.log {
				t.Errorf("log %q", &stdout)
			}
			if tail := strings.TrimPrefix(exit.Stdout, "before s3cret\n"); strings.Contains(tail, "s3cret") {
				t.Errorf("tail %q", tail)
			}
			if c.Masks.String("s3cret") != "***" {
				t.Error("the set does not know it")
			}
		})
	}
}

func TestStepsAtTheSameTimeDoNotDisturbEachOther(t *testing.T) {
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			c := command(t, "sh", "sleep 60 >/dev/null 2>&1 & i=0; while [ $i -lt 20 ]; do /bin/true; i=$((i+1)); done; exit "+strconv.Itoa(i))
			if exit, err := Run(context.Background(), c); err != nil || exit.Code != i || exit.Signal != "" {
				t.Errorf("step %d: %+v, %v", i, exit, err)
			}
		})
	}
	all.Wait()
}
