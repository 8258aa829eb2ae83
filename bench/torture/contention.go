//go:build linux

package main

import (
	"fmt"
	"time"
)

// contention: many short jobs, one branch, no agreement between them.
func (b *bench) contention() bool {
	b.defaults(32, 5)
	b.server.set(weather{delay: 50 * time.Millisecond})
	bare, url := b.fresh("belay.git")
	ours := b.writeWithBelay("belay", url, "max: 0")
	total := b.writers * b.each
	holds := b.landedAll("belay", ours, bare)
	holds = b.made(bare) && holds
	requests := float64(ours.requests) / float64(total)
	b.print("belay", ours)
	holds = promise(ours.percentile(99) <= 12, "p99 attempts %d (at most 12)", ours.percentile(99)) && holds
	if !b.viaAPI { // where every try is three requests and not one
		holds = promise(requests <= 6, "%.1f requests a landed commit (at most 6)", requests) && holds
	}
	if b.alone {
		return holds
	}
	_, url = b.fresh("shell.git")
	theirs := b.writeWithShell("shell", url)
	b.print("shell", theirs)
	ratio, least := theirs.wall.Seconds()/ours.wall.Seconds(), 3.0
	if b.viaAPI {
		least = 1
	}
	return promise(ratio >= least, "%.1f times as fast as the shell loop (at least %.0f)", ratio, least) && holds
}

// landedAll is the promise that every commit was acknowledged, and is on the branch once.
func (b *bench) landedAll(name string, t tally, bare string) bool {
	total := b.writers * b.each
	found, sound := onBranch(bare)
	lost, twice := b.wanted(found)
	return promise(t.acked == total && lost == 0 && twice == 0 && sound, "%s: %d of %d acknowledged, %d lost, %d twice, sound: %t", name, t.acked, total, lost, twice, sound)
}

// combine: the same jobs, landing each other's changes.
func (b *bench) combine() bool {
	b.defaults(32, 5)
	b.server.set(weather{delay: 50 * time.Millisecond})
	bare, url := b.fresh("belay.git")
	ours := b.writeWithBelay("belay", url, "max: 0, contention: combine")
	total := b.writers * b.each
	holds := b.landedAll("belay", ours, bare)
	b.print("belay, combine", ours)
	_, url = b.fresh("row.git")
	row := *b
	row.writers, row.each = 1, total
	alone := row.writeWithBelay("row", url, "max: 0")
	b.print("one writer in a row", alone)
	share := ours.wall.Seconds() / alone.wall.Seconds()
	holds = promise(share <= 0.5, "in %.2f of the time of one writer in a row (at most 0.5)", share) && holds
	if b.alone {
		return holds
	}
	_, url = b.fresh("shell.git")
	theirs := b.writeWithShell("shell", url)
	b.print("shell", theirs)
	wait := theirs.longest().Seconds() / ours.longest().Seconds()
	return promise(wait >= 15, "the longest wait is 1/%.0f of the shell loop's (at most 1/15)", wait) && holds
}

// slow: a far and busy server, in the words of old and of new git.
func (b *bench) slow() bool {
	b.defaults(50, 1)
	holds := true
	for _, newer := range []bool{false, true} {
		name := map[bool]string{false: "git 2.39", true: "git 2.51 and later"}[newer]
		b.server.set(weather{})
		bare, url := b.fresh(fmt.Sprintf("slow-%t.git", newer))
		control, controlURL := b.fresh(fmt.Sprintf("control-%t.git", newer))
		dirs := b.prepare(url, name)
		controls := b.prepare(controlURL, name+"-control")
		b.server.set(weather{delay: time.Second, newer: newer})
		ours := b.writeIn(dirs, name, "")
		b.print(name, ours)
		total := b.writers * b.each
		holds = b.landedAll(name, ours, bare) && holds
		if b.alone {
			continue
		}
		naive := b.naive(controls, 5)
		kept, _ := onBranch(control)
		lost, _ := b.wanted(kept)
		holds = promise(naive < total, "%s: the control, five tries without a wait, lands %d of %d", name, total-lost, total) && holds
	}
	return holds
}

func (b *bench) print(name string, t tally) {
	fmt.Printf("       %s: %.1f s, %.1f requests a commit, attempts p50 %d p99 %d max %d, longest wait %.1f s\n", name, t.wall.Seconds(),
		float64(t.requests)/float64(max(1, t.acked)), t.percentile(50), t.percentile(99), t.percentile(100), t.longest().Seconds())
}
