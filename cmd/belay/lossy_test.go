package main

import (
	"bytes"
	"io"
	"testing"
	"testing/synctest"
	"time"
)

func TestALogWaitsForItsReaderUntilTheRunIsCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, out := io.Pipe()
		a, hurry := app{stdout: out, stderr: io.Discard}.lossy()
		go func() {
			time.Sleep(time.Hour)
			_, _ = io.ReadFull(in, make([]byte, 4))
		}()
		text := []byte("slow")
		if n, err := a.stdout.Write(text); n != 4 || err != nil {
			t.Fatalf("a slow reader: wrote %d, %v", n, err)
		}
		hurry()
		begun := time.Now()
		for range 2 {
			if _, err := a.stdout.Write(text); err == nil {
				t.Error("nobody reads, and a write succeeds")
			}
		}
		copy(text, "own!") // a write that was given up has no more use for the caller's bytes
		if waited := time.Since(begun); waited != untilHurry+lastPatience {
			t.Errorf("two writes waited %v", waited)
		}
		read := make([]byte, 4)
		if _, err := io.ReadFull(in, read); err != nil || string(read) != "slow" {
			t.Errorf("late, the reader gets %q, %v", read, err)
		}
	})
}

func TestALogWithAReaderGetsAllOfACancelledRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		a, hurry := app{stdout: &out, stderr: &out}.lossy()
		hurry()
		time.Sleep(time.Minute)
		for range 100 {
			if _, err := a.stdout.Write([]byte("ab")); err != nil {
				t.Fatal(err)
			}
			if _, err := a.stderr.Write([]byte("cd")); err != nil {
				t.Fatal(err)
			}
		}
		if got := out.Len(); got != 400 {
			t.Errorf("%d bytes came", got)
		}
	})
}
