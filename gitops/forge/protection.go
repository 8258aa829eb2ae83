package forge

// Protection is what a forge says of pushes to a branch.
type Protection struct {
	Rules []string // what stands in the way of a push, in the forge's own words; empty: nothing does
	Token Leave    // whether the forge's token may push all the same
}

// Leave is whether somebody may do a thing.
type Leave string

// The leaves.
const (
	Unsaid  Leave = "" // the forge tells nobody beforehand
	Granted Leave = "granted"
	Refused Leave = "refused"
)

// leave is what a forge says that knows.
func leave(granted bool) Leave {
	if granted {
		return Granted
	}
	return Refused
}
