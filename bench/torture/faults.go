//go:build linux

package main

import "fmt"

// faults: the network breaks, before a push arrives and after it was applied. What was acknowledged is on the branch, once;
// what is on the branch was acknowledged.
func (b *bench) faults() bool {
	b.defaults(16, 50)
	bare, url := b.fresh("belay.git")
	control, controlURL := b.fresh("shell.git")
	dirs, controls := b.prepare(url, "belay"), b.prepare(controlURL, "shell")
	spoiled := weather{pushes: 0.3, fetches: 0.1}
	b.server.set(spoiled)
	ours := b.writeIn(dirs, "belay", "max: 0, initial: 50ms, max-delay: 2s")
	faulty := b.server.faulty.Load()
	b.server.set(weather{})
	b.print("belay", ours)
	total := b.writers * b.each
	found, sound := onBranch(bare)
	lost, twice := b.wanted(found)
	foreign := len(found) - 1 - (total - lost)
	holds := promise(ours.acked == total && lost == 0 && twice == 0, "acknowledged %d, landed %d of %d; %d lost, %d twice (%d requests went wrong)",
		ours.acked, total-lost, total, lost, twice, faulty)
	holds = promise(sound && foreign == 0 && found["first"] == 1, "one straight line, fsck finds no fault; what nobody was to land: %d", foreign) && holds
	holds = b.made(bare) && holds
	if b.alone {
		return holds
	}
	b.server.set(spoiled)
	naive := b.naive(controls, 3)
	b.server.set(weather{})
	kept, _ := onBranch(control)
	lost, twice = b.wanted(kept)
	landed := total - lost
	return promise(naive != landed || twice > 0 || landed < total, "the control, three tries, took %d of %d for landed, and %d are on the branch, %d of them twice: %s",
		naive, total, landed, twice, fmt.Sprintf("%d jobs would fail", total-naive)) && holds
}
