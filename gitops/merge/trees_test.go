package merge

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/storage/memory"
	"github.com/google/go-cmp/cmp"
)

func regular(text string) blob    { return blob{filemode.Regular, text} }
func executable(text string) blob { return blob{filemode.Executable, text} }
func symlink(to string) blob      { return blob{filemode.Symlink, to} }
func submodule(at string) blob    { return blob{filemode.Submodule, at} }

const (
	letters = "a\nb\nc\nd\ne\n"
	upperA  = "A\nb\nc\nd\ne\n"
	upperE  = "a\nb\nc\nd\nE\n"
	upperAE = "A\nb\nc\nd\nE\n"
)

// treeCases are merges whose outcome is known, by what happens in them. Git is asked too where it can be.
var treeCases = []struct {
	name               string
	base, ours, theirs snapshot
	want               snapshot
	conflicts          []Conflict
	merged             []string
}{
	{
		name: "changes to different files are both taken",
		base: snapshot{"f": regular("1"), "d/g": regular("1")}, ours: snapshot{"f": regular("2"), "d/g": regular("1")},
		theirs: snapshot{"f": regular("1"), "d/g": regular("2"), "d/h": regular("3")},
		want:   snapshot{"f": regular("2"), "d/g": regular("2"), "d/h": regular("3")},
	},
	{
		name: "changes to one file far enough apart are merged by line",
		base: snapshot{"d/f": regular(letters)}, ours: snapshot{"d/f": regular(upperA)}, theirs: snapshot{"d/f": regular(upperE)},
		want: snapshot{"d/f": regular(upperAE)}, merged: []string{"d/f"},
	},
	{
		name: "all conflicts are named at once, sorted",
		base: snapshot{"z": regular("1\n"), "d/f": regular("1\n"), "a": regular("1\n")}, ours: snapshot{"z": regular("2\n"), "d/f": regular("2\n"), "a": regular("1\n")},
		theirs:    snapshot{"z": regular("3\n"), "d/f": regular("3\n"), "a": regular("2\n")},
		conflicts: []Conflict{{"d/f", Content}, {"z", Content}},
	},
	{
		name: "the same change on both sides is taken once",
		base: snapshot{"f": regular("1"), "g": regular("1")}, ours: snapshot{"f": regular("2"), "g": regular("2")},
		theirs: snapshot{"f": regular("2"), "g": regular("1")}, want: snapshot{"f": regular("2"), "g": regular("2")},
	},
	{
		name: "the same file added on both sides is taken once",
		base: snapshot{"g": regular("1")}, ours: snapshot{"g": regular("1"), "d/f": regular("2")},
		theirs: snapshot{"g": regular("2"), "d/f": regular("2")}, want: snapshot{"g": regular("2"), "d/f": regular("2")},
	},
	{
		name: "different files added at one path conflict",
		base: snapshot{"g": regular("1")}, ours: snapshot{"g": regular("1"), "f": regular("2\n")}, theirs: snapshot{"g": regular("1"), "f": regular("3\n")},
		conflicts: []Conflict{{"f", AddAdd}},
	},
	{
		name: "one file added with two modes conflicts",
		base: snapshot{"g": regular("1")}, ours: snapshot{"g": regular("1"), "f": regular("2\n")}, theirs: snapshot{"g": regular("1"), "f": executable("2\n")},
		conflicts: []Conflict{{"f", Mode}},
	},
	{
		name: "a changed and a deleted file conflict",
		base: snapshot{"f": regular("1"), "g": regular("1")}, ours: snapshot{"f": regular("2"), "g": regular("1")}, theirs: snapshot{"g": regular("1")},
		conflicts: []Conflict{{"f", ModifyDelete}},
	},
	{
		name: "a file deleted by one side goes, and its folder with it",
		base: snapshot{"d/e/f": regular("1"), "g": regular("1")}, ours: snapshot{"g": regular("1")}, theirs: snapshot{"d/e/f": regular("1"), "g": regular("2")},
		want: snapshot{"g": regular("2")},
	},
	{
		name: "a file deleted by both sides goes where nothing was added that it could have become",
		base: snapshot{"d/f": regular("1"), "g": regular("1")}, ours: snapshot{"g": regular("1")}, theirs: snapshot{"g": regular("2")},
		want: snapshot{"g": regular("2")},
	},
	{
		name: "a file deleted by both sides is a conflict where one may have renamed it",
		base: snapshot{"d/f": regular(letters), "g": regular("1")}, ours: snapshot{"d/h": regular(letters), "g": regular("1")}, theirs: snapshot{"d/i": regular(letters), "g": regular("2")},
		conflicts: []Conflict{{"d/f", DeletedByBoth}},
	},
	{
		name: "a file deleted by both sides goes where what was added is too large to be the same file",
		base: snapshot{"d/f": regular(letters), "g": regular("1")}, ours: snapshot{"d/h": regular(letters + letters + letters), "g": regular("1")}, theirs: snapshot{"g": regular("2")},
		want: snapshot{"d/h": regular(letters + letters + letters), "g": regular("2")},
	},
	{
		name: "a file both sides moved to one place is there once",
		base: snapshot{"f": regular(letters), "g": regular("1")}, ours: snapshot{"d/h": regular(letters), "g": regular("1")}, theirs: snapshot{"d/h": regular(letters), "g": regular("2")},
		want: snapshot{"d/h": regular(letters), "g": regular("2")},
	},
	{
		name: "a change follows the file the other side moved",
		base: snapshot{"f": regular(letters), "g": regular("1")}, ours: snapshot{"d/h": regular(letters), "g": regular("1")}, theirs: snapshot{"f": regular(upperE), "g": regular("2")},
		want: snapshot{"d/h": regular(upperE), "g": regular("2")},
	},
	{
		name: "modes and changes follow a moved file",
		base: snapshot{"f": regular(letters), "k": regular("2\n")}, ours: snapshot{"h": executable(letters), "l": regular("2\n")}, theirs: snapshot{"f": regular(upperE), "k": executable("2\n")},
		want: snapshot{"h": executable(upperE), "l": executable("2\n")},
	},
	{
		name: "two files of one content that moved are not told apart",
		base: snapshot{"f": regular(letters), "g": regular(letters)}, ours: snapshot{"h": regular(letters), "i": regular(letters)}, theirs: snapshot{"f": regular(upperE), "g": regular(letters)},
		conflicts: []Conflict{{"f", ModifyDelete}},
	},
	{
		name: "an empty file is not moved",
		base: snapshot{"f": regular(""), "g": regular("1")}, ours: snapshot{"h": regular(""), "g": regular("1")}, theirs: snapshot{"f": regular("1"), "g": regular("1")},
		conflicts: []Conflict{{"f", ModifyDelete}},
	},
	{
		name: "a changed file does not follow to where there is another",
		base: snapshot{"f": regular(letters), "g": regular("1")}, ours: snapshot{"h": regular(letters), "g": regular("1")}, theirs: snapshot{"f": regular(upperE), "g": regular("1"), "h/i": regular("1")},
		conflicts: []Conflict{{"f", ModifyDelete}, {"h", DirectoryFile}},
	},
	{
		name: "a moved file that was changed too is not followed",
		base: snapshot{"f": regular(letters), "g": regular("1")}, ours: snapshot{"h": regular(upperA), "g": regular("1")}, theirs: snapshot{"f": regular(upperE), "g": regular("1")},
		conflicts: []Conflict{{"f", ModifyDelete}},
	},
	{
		name: "a file both deleted in a folder that is the same on both sides is found",
		base: snapshot{"d/f": regular(letters), "d/k": regular("1"), "g": regular("1")}, ours: snapshot{"d/k": regular("1"), "h": regular(letters), "g": regular("1")},
		theirs: snapshot{"d/k": regular("1"), "i": regular(letters), "g": regular("1")}, conflicts: []Conflict{{"d/f", DeletedByBoth}},
	},
	{
		name: "a file added to a folder the other side moved is a conflict",
		base: snapshot{"d/f": regular(letters), "d/g": regular("1\n2\n")}, ours: snapshot{"d/f": regular(letters), "d/g": regular("1\n2\n"), "d/new": regular("n")},
		theirs: snapshot{"e/f": regular(letters), "e/g": regular("1\n2\n")}, conflicts: []Conflict{{"d/new", Rename}},
	},
	{
		name: "a file added to a folder the other side deleted stays where nothing was moved",
		base: snapshot{"d/f": regular(letters), "g": regular("1")}, ours: snapshot{"d/f": regular(letters), "d/new": regular("n"), "g": regular("1")},
		theirs: snapshot{"g": regular("1")}, want: snapshot{"d/new": regular("n"), "g": regular("1")},
	},
	{
		name: "mode and content changed on different sides are both taken",
		base: snapshot{"f": regular("1\n")}, ours: snapshot{"f": executable("1\n")}, theirs: snapshot{"f": regular("2\n")},
		want: snapshot{"f": executable("2\n")},
	},
	{
		name: "a mode changed on the other side survives a merge by line",
		base: snapshot{"f": executable(letters)}, ours: snapshot{"f": executable(upperA)}, theirs: snapshot{"f": regular(upperE)},
		want: snapshot{"f": regular(upperAE)}, merged: []string{"f"},
	},
	{
		name: "a link changed on one side is taken, on both it conflicts",
		base: snapshot{"l": symlink("a"), "m": symlink("a")}, ours: snapshot{"l": symlink("b"), "m": symlink("b")}, theirs: snapshot{"l": symlink("a"), "m": symlink("c")},
		conflicts: []Conflict{{"m", Symlink}},
	},
	{
		name: "a file that became a link on one side and changed on the other conflicts",
		base: snapshot{"f": regular("1")}, ours: snapshot{"f": symlink("g")}, theirs: snapshot{"f": regular("2")},
		conflicts: []Conflict{{"f", Symlink}},
	},
	{
		name: "a submodule moved on one side is taken",
		base: snapshot{"s": submodule("1"), "f": regular("1")}, ours: snapshot{"s": submodule("2"), "f": regular("1")}, theirs: snapshot{"s": submodule("1"), "f": regular("2")},
		want: snapshot{"s": submodule("2"), "f": regular("2")},
	},
	{
		name: "a submodule moved on both sides conflicts",
		base: snapshot{"s": submodule("1")}, ours: snapshot{"s": submodule("2")}, theirs: snapshot{"s": submodule("3")},
		conflicts: []Conflict{{"s", Submodule}},
	},
	{
		name: "a binary file changed on both sides conflicts",
		base: snapshot{"f": regular(letters + "\x00")}, ours: snapshot{"f": regular(upperA + "\x00")}, theirs: snapshot{"f": regular(upperE + "\x00")},
		conflicts: []Conflict{{"f", Binary}},
	},
	{
		name: "a NUL after the first 8000 bytes does not make a file binary",
		base: snapshot{"f": regular(letters + strings.Repeat("x", 8000) + "\x00\n")}, ours: snapshot{"f": regular(upperA + strings.Repeat("x", 8000) + "\x00\n")},
		theirs: snapshot{"f": regular(upperE + strings.Repeat("x", 8000) + "\x00\n")},
		want:   snapshot{"f": regular(upperAE + strings.Repeat("x", 8000) + "\x00\n")}, merged: []string{"f"},
	},
	{
		name: "a file on one side and a folder on the other conflict",
		base: snapshot{"g": regular("1")}, ours: snapshot{"g": regular("1"), "p": regular("1")}, theirs: snapshot{"g": regular("1"), "p/f": regular("1")},
		conflicts: []Conflict{{"p", DirectoryFile}},
	},
	{
		name: "a file that became a folder and changed on the other side conflicts",
		base: snapshot{"p": regular("1")}, ours: snapshot{"p/f": regular("1")}, theirs: snapshot{"p": regular("2")},
		conflicts: []Conflict{{"p", DirectoryFile}},
	},
	{
		name: "a folder that became a file and changed on the other side conflicts",
		base: snapshot{"p/f": regular("1"), "p/g": regular("1")}, ours: snapshot{"p": regular("1")}, theirs: snapshot{"p/f": regular("2"), "p/g": regular("1")},
		conflicts: []Conflict{{"p", DirectoryFile}},
	},
	{
		name: "a file that became a folder on one side alone is taken",
		base: snapshot{"p": regular("1"), "g": regular("1")}, ours: snapshot{"p/f": regular("1"), "g": regular("1")}, theirs: snapshot{"p": regular("1"), "g": regular("2")},
		want: snapshot{"p/f": regular("1"), "g": regular("2")},
	},
	{
		name: "names sort as git sorts them where a folder stands between files",
		base: snapshot{"a-b": regular("1"), "a/f": regular("1"), "a.c": regular("1"), "a0": regular("1")}, ours: snapshot{"a-b": regular("1"), "a/f": regular("2"), "a.c": regular("1"), "a0": regular("1")},
		theirs: snapshot{"a-b": regular("1"), "a/f": regular("1"), "a.c": regular("1"), "a0": regular("2")},
		want:   snapshot{"a-b": regular("1"), "a/f": regular("2"), "a.c": regular("1"), "a0": regular("2")},
	},
	{
		name: "sides that share nothing and have no base are joined",
		base: nil, ours: snapshot{"a": regular("1"), "d/a": regular("1")}, theirs: snapshot{"b": regular("1"), "d/b": regular("1")},
		want: snapshot{"a": regular("1"), "d/a": regular("1"), "b": regular("1"), "d/b": regular("1")},
	},
	{
		name: "sides that together delete everything leave the empty tree",
		base: snapshot{"a": regular("1"), "d/b": regular("2")}, ours: snapshot{"a": regular("1")}, theirs: snapshot{"d/b": regular("2")},
		want: snapshot{},
	},
}

func TestTrees(t *testing.T) {
	s := memory.NewStorage()
	var trees [][3]plumbing.Hash
	for _, c := range treeCases {
		trees = append(trees, [3]plumbing.Hash{c.base.store(t, s), c.ours.store(t, s), c.theirs.store(t, s)})
	}
	answers := askGit(t, s, trees)
	for i, c := range treeCases {
		t.Run(c.name, func(t *testing.T) {
			got, err := Trees(s, trees[i][0], trees[i][1], trees[i][2])
			if err != nil {
				t.Fatal(err)
			}
			want := Result{Conflicts: c.conflicts, Merged: c.merged}
			if c.conflicts == nil {
				want.Tree = c.want.store(t, s)
				if !answers[i].Clean || answers[i].Tree != want.Tree.String() {
					t.Errorf("git disagrees with the test: %+v", answers[i])
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
			mirrored, err := Trees(s, trees[i][0], trees[i][2], trees[i][1])
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(got, mirrored); diff != "" {
				t.Errorf("the sides swapped (-ours first +theirs first):\n%s", diff)
			}
		})
	}
}

// counting counts the objects that are read and written.
type counting struct {
	*memory.Storage
	reads, writes int
}

func (c *counting) EncodedObject(kind plumbing.ObjectType, id plumbing.Hash) (plumbing.EncodedObject, error) {
	c.reads++
	return c.Storage.EncodedObject(kind, id)
}

func (c *counting) SetEncodedObject(o plumbing.EncodedObject) (plumbing.Hash, error) {
	c.writes++
	return c.Storage.SetEncodedObject(o)
}

func TestOnlyFoldersThatBothSidesChangedAreRead(t *testing.T) {
	base := snapshot{}
	for i := range 2000 {
		base[fmt.Sprintf("d%d/e%d/f", i%40, i)] = regular("1\n")
	}
	s := &counting{Storage: memory.NewStorage()}
	ours, theirs := base.with("d1/e1/f", regular("2\n")), base.with("d2/e2/f", regular("2\n"))
	b, o, th := base.store(t, s), ours.store(t, s), theirs.store(t, s)
	s.reads, s.writes = 0, 0
	if r, err := Trees(s, b, o, th); err != nil || len(r.Conflicts) > 0 {
		t.Fatalf("Trees: %v, %v", r, err)
	}
	if s.reads != 3 || s.writes != 1 {
		t.Errorf("read %d and wrote %d objects, want the 3 root trees read and 1 written", s.reads, s.writes)
	}
}

func (snap snapshot) with(path string, b blob) snapshot {
	out := snapshot{}
	for p, old := range snap {
		out[p] = old
	}
	out.put(path, b)
	return out
}

func TestTreesReadsOldModesAsGitDoes(t *testing.T) {
	s := memory.NewStorage()
	f := regular("1\n")
	id := plumbing.ComputeHash(plumbing.BlobObject, []byte(f.text))
	raw := append([]byte("100664 f\x00"), id[:]...)
	base, err := writeObject(s, plumbing.TreeObject, raw)
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := snapshot{"f": f, "g": f}.store(t, s), snapshot{"f": f, "h": f}.store(t, s)
	got, err := Trees(s, base, ours, theirs)
	if want := (snapshot{"f": f, "g": f, "h": f}).store(t, s); err != nil || got.Tree != want {
		t.Errorf("Trees = %+v, %v, want tree %s", got, err, want)
	}
}

func TestTreesRefusesWhatIsNoTree(t *testing.T) {
	s := memory.NewStorage()
	one := snapshot{"f": regular("1")}.store(t, s)
	for name, raw := range map[string]string{
		"cut short":       "100644 f\x00123",
		"without a mode":  "f\x0012345678901234567890",
		"without a name":  "100644 \x0012345678901234567890",
		"one name twice":  "100644 f\x0012345678901234567890" + "100644 f\x0012345678901234567890",
		"a file a folder": "100644 f\x0012345678901234567890" + "40000 f\x0012345678901234567890",
	} {
		t.Run(name, func(t *testing.T) {
			bad, err := writeObject(s, plumbing.TreeObject, []byte(raw))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Trees(s, plumbing.ZeroHash, one, bad); err == nil {
				t.Error("Trees took it")
			}
		})
	}
	if _, err := Trees(s, plumbing.ZeroHash, one, plumbing.NewHash("0123456789012345678901234567890123456789")); err == nil {
		t.Error("Trees took a tree that is not there")
	}
}

func TestEveryReasonIsExplained(t *testing.T) {
	for _, r := range []Reason{Content, AddAdd, ModifyDelete, Mode, Binary, Symlink, Submodule, DirectoryFile, Rename, Attribute, DeletedByBoth, TooLarge} {
		if r.Explain() == string(r) {
			t.Errorf("reason %q has no explanation", r)
		}
	}
}
