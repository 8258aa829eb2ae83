//go:build !linux

package process

// FollowParent does nothing: no other system tells a process that its parent has died.
func FollowParent(func()) error { return nil }
