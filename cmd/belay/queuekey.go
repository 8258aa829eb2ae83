package main

import "github.com/belay-ci/belay/policy"

// shortestKey is how many bytes a queue key has at least: a key that can be guessed is none.
const shortestKey = 16

// checkQueueKey refuses a policy whose runs are to land each other's changes without a key that tells them from others.
func checkQueueKey(land policy.Land, key string) error {
	switch {
	case land.Contention != policy.Combine || len(key) >= shortestKey:
		return nil
	case key == "":
		return badInput("the policy says `contention: combine`, which needs a key that the runs share: give the action's input `queue_key`, "+
			"or BELAY_QUEUE_KEY, a secret of at least %d characters", shortestKey)
	}
	return badInput("the queue key has %d characters, and needs at least %d", len(key), shortestKey)
}
