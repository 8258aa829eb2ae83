//go:build !linux

package main

func programs() map[string]func() { return map[string]func(){"belay": main} }
