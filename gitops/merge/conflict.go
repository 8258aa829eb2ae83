package merge

// Conflict is one path that could not be merged, and why.
type Conflict struct {
	Path   string
	Reason Reason
}

// String is the conflict in one line: the path and what happened to it.
func (c Conflict) String() string { return c.Path + ": " + c.Reason.Explain() }

// Reason says why a path could not be merged. It is a short stable name, fit for outputs and tests.
type Reason string

// The reasons. Rename, DeletedByBoth, Attribute and TooLarge are refusals: git may know how to merge such a path.
// Content may be one too, where lines repeat so that the change can be read in more than one way.
const (
	Content       Reason = "content"
	AddAdd        Reason = "add/add"
	ModifyDelete  Reason = "modify/delete"
	Mode          Reason = "mode"
	Binary        Reason = "binary"
	Symlink       Reason = "symlink"
	Submodule     Reason = "submodule"
	DirectoryFile Reason = "directory/file"
	Rename        Reason = "rename?"
	Attribute     Reason = "attribute"
	DeletedByBoth Reason = "deleted-by-both"
	TooLarge      Reason = "too-large"
)

// ReasonInfo is a reason and what it means in one plain line.
type ReasonInfo struct {
	Reason Reason
	Means  string
}

// Reasons lists every reason with its meaning.
func Reasons() []ReasonInfo {
	return []ReasonInfo{
		{Content, "both sides changed the same or neighbouring lines, or lines that repeat so that the place is not certain"},
		{AddAdd, "both sides added it, with different content"},
		{ModifyDelete, "one side changed it, the other deleted or renamed it"},
		{Mode, "both sides added it, with different modes"},
		{Binary, "both sides changed it, and it is binary"},
		{Symlink, "both sides changed it, and it is or was a symbolic link"},
		{Submodule, "both sides changed it, and it is or was a submodule"},
		{DirectoryFile, "it is a file on one side and a folder on the other"},
		{Rename, "one side added it to a folder that the other side deleted or renamed"},
		{Attribute, "both sides changed it, and .gitattributes says how to merge it"},
		{DeletedByBoth, "both sides deleted it, and either may have renamed it"},
		{TooLarge, "both sides changed it, and it is too large, too different or too repetitive to merge by line"},
	}
}

// Explain returns what r means, in one plain line.
func (r Reason) Explain() string {
	for _, info := range Reasons() {
		if info.Reason == r {
			return info.Means
		}
	}
	return string(r)
}
