//go:build linux

package main

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	blockSize = 1 << 20
	secrets   = 20
	begin     = "=== here the flood begins ===\n"
)

// output sends a flood of each kind through `belay run`, and compares every byte of what comes out with what belay
// was to make of it, which the maker of the flood knows: it put the secrets where they are.
func output(args []string) error {
	flags := flag.NewFlagSet("output", flag.ExitOnError)
	mib := flags.Int("mib", 1024, "MiB of each flood")
	_ = flags.Parse(args)
	dir, belay, remove, err := prepared()
	if err != nil {
		return err
	}
	defer remove()
	fmt.Println("| output | MiB | MiB/s | peak MB | peak MB of 1 MiB |")
	fmt.Println("|---|---|---|---|---|")
	var broken []error
	for _, kind := range []string{"lines", "one-line", "binary"} {
		small, err := flooded(dir, belay, kind, 1)
		if err != nil {
			return err
		}
		large, err := flooded(dir, belay, kind, *mib)
		if err != nil {
			return err
		}
		fmt.Printf("| %s | %d | %.0f | %.1f | %.1f |\n", kind, *mib, large.speed, large.peak, small.peak)
		if large.peak > 32 || large.peak > small.peak+4 {
			broken = append(broken, fmt.Errorf("%s: peak memory is %.1f MB, of 1 MiB %.1f", kind, large.peak, small.peak))
		}
		if large.speed < 150 {
			broken = append(broken, fmt.Errorf("%s: %.0f MiB/s are less than 150", kind, large.speed))
		}
	}
	return errors.Join(broken...)
}

type flow struct{ speed, peak float64 } // MiB/s, and MB

// flooded runs a step that prints a flood, and reads what belay makes of it.
func flooded(dir, belay, kind string, mib int) (flow, error) {
	self, err := os.Executable()
	if err != nil {
		return flow{}, err
	}
	steps := fmt.Sprintf("version: 1\nsteps:\n  - run: exec %s flood -kind %s -mib %d\n", self, kind, mib)
	if err := os.WriteFile(filepath.Join(dir, "flood.yml"), []byte(steps), 0o600); err != nil {
		return flow{}, err
	}
	cmd := exec.Command(belay, "run", "--steps", "flood.yml", "--policy", "none")
	cmd.Dir, cmd.Env = dir, environ("TMPDIR="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return flow{}, err
	}
	if err := cmd.Start(); err != nil {
		return flow{}, err
	}
	took, compared := compare(out, masked(kind), mib)
	_, _ = io.Copy(io.Discard, out)
	if err := errors.Join(compared, cmd.Wait()); err != nil {
		return flow{}, err
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return flow{speed: float64(mib) / took.Seconds(), peak: float64(usage.Maxrss) / 1024}, nil
}

// compare reads the flood: mib times want, after the line that says where it begins.
func compare(r io.Reader, want []byte, mib int) (time.Duration, error) {
	in := bufio.NewReaderSize(r, 256<<10)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return 0, fmt.Errorf("the flood never began: %w", err)
		}
		if line == begin {
			break
		}
	}
	begun := time.Now()
	got := make([]byte, len(want))
	for i := range mib {
		if _, err := io.ReadFull(in, got); err != nil {
			return 0, fmt.Errorf("block %d: %w", i, err)
		}
		if !bytes.Equal(got, want) {
			at := 0
			for got[at] == want[at] {
				at++
			}
			return 0, fmt.Errorf("block %d differs at byte %d: %q, want %q", i, at, got[at:min(at+80, len(got))], want[at:min(at+80, len(want))])
		}
	}
	return time.Since(begun), nil
}

// flood prints the masks and then the flood: it is the step.
func flood(args []string) error {
	flags := flag.NewFlagSet("flood", flag.ExitOnError)
	kind := flags.String("kind", "lines", "lines, one-line or binary")
	mib := flags.Int("mib", 1, "how many MiB")
	_ = flags.Parse(args)
	for _, secret := range secretsOf() {
		fmt.Println("::add-mask::" + secret)
	}
	fmt.Print(begin)
	text := bytes.Join(blockOf(*kind), nil)
	for range *mib {
		if _, err := os.Stdout.Write(text); err != nil {
			return err
		}
	}
	return nil
}

// secretsOf are tokens as CI jobs have them.
func secretsOf() []string {
	draw := rand.New(rand.NewPCG(7, 7))
	var all []string
	for range secrets {
		all = append(all, "ghp_"+letters(draw, 36))
	}
	return all
}

func letters(draw *rand.Rand, n int) string {
	const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	var b strings.Builder
	for range n {
		b.WriteByte(alphabet[draw.IntN(len(alphabet))])
	}
	return b.String()
}

// blockOf makes about 1 MiB as pieces; every second one is a secret.
func blockOf(kind string) [][]byte {
	draw := rand.New(rand.NewPCG(1, 2))
	var pieces [][]byte
	size := 0
	for i := 0; size < blockSize; i++ {
		between := filler(draw, kind, 2000+draw.IntN(4000))
		secret := []byte(secretsOf()[i%secrets])
		pieces = append(pieces, between, secret)
		size += len(between) + len(secret)
	}
	return append(pieces, filler(draw, kind, 10))
}

func filler(draw *rand.Rand, kind string, n int) []byte {
	text := make([]byte, n)
	for i := range text {
		switch {
		case kind == "binary":
			text[i] = byte(draw.Uint32())
		case kind == "lines" && i%100 == 99:
			text[i] = '\n'
		default:
			text[i] = " etaoinshrdlucmfwypvbgkjqxz.,-/=ETAOIN0123456789ghp_"[draw.IntN(52)]
		}
	}
	text[n-1] = '|' // so that no secret is prolonged by what stands before it
	return text
}

// masked is the block as belay must show it.
func masked(kind string) []byte {
	pieces := blockOf(kind)
	for i := 1; i < len(pieces); i += 2 {
		pieces[i] = []byte("***")
	}
	return bytes.Join(pieces, nil)
}
