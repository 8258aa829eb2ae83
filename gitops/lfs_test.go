package gitops

import (
	"context"
	"strings"
	"testing"
)

func TestAFileThatBelongsInLFSIsNotLandedBesideIt(t *testing.T) {
	const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
	for name, test := range map[string]struct {
		attributes, file, content string
		refused                   bool
	}{
		"the file itself":          {"*.bin filter=lfs diff=lfs merge=lfs -text\n", "a/b.bin", "\x00\x01 noise", true},
		"a large one":              {"*.bin filter=lfs diff=lfs merge=lfs -text\n", "a/b.bin", strings.Repeat("noise", 1000), true},
		"what git-lfs left":        {"*.bin filter=lfs diff=lfs merge=lfs -text\n", "a/b.bin", pointer, false},
		"an empty file":            {"*.bin filter=lfs diff=lfs merge=lfs -text\n", "a/b.bin", "", false},
		"by another name":          {"[attr]large filter=lfs -text\n*.bin large\n", "a/b.bin", "noise", true},
		"not by another name":      {"[attr]large filter=lfs -text\n*.bin -large\n", "a/b.bin", "noise", false},
		"another file":             {"*.bin filter=lfs diff=lfs merge=lfs -text\n", "a/b.txt", "text", false},
		"one that is taken out":    {"*.bin filter=lfs\na/*.bin !filter\n", "a/b.bin", "noise", false},
		"one of an inner folder":   {"*.bin filter=lfs\n*.bin -filter\n", "a/b.bin", "noise", false},
		"a file of another filter": {"*.bin filter=other\n", "a/b.bin", "noise", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			s.write(map[string]string{".gitattributes": test.attributes, test.file: test.content})
			r := s.open()
			_, err := r.Stage(context.Background(), StageRequest{Paths: []string{"."}, Message: "bump", Author: ada})
			if (err != nil) != test.refused || err != nil && !strings.Contains(err.Error(), test.file+" belongs in Git LFS") {
				t.Errorf("error %v", err)
			}
		})
	}
}
