package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// generate makes a bare repository with a history of n commits in dir: a few hundred files that look like source, are
// edited, copied, renamed one by one and by folder, deleted and made executable, on a main line and on side branches
// that are merged back.
func generate(dir string, n int, seed uint64) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	g := git{dir: dir}
	if _, err := g.ask("init", "--quiet", "--bare", "--initial-branch=main", "."); err != nil {
		return err
	}
	cmd := g.command("fast-import", "--quiet")
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return err
	}
	w := bufio.NewWriter(in)
	writer{Writer: w, Rand: rand.New(rand.NewPCG(seed, 99)), files: map[string]string{}}.history(n)
	if err := w.Flush(); err != nil {
		return err
	}
	if err := in.Close(); err != nil {
		return err
	}
	return cmd.Wait()
}

// writer writes a history for git fast-import, see git-fast-import(1).
type writer struct {
	io.Writer
	*rand.Rand
	files map[string]string
}

func (w writer) history(n int) {
	for i := range 300 {
		w.files[fmt.Sprintf("d%d/e%d/f%d.go", i%7, i%3, i)] = w.text(20 + w.IntN(120))
	}
	w.commit(1, 0, 0)
	for path, text := range w.files {
		w.put(path, text)
	}
	for mark := 2; mark <= n; {
		if mark == 2 || w.IntN(8) > 0 {
			w.commit(mark, mark-1, 0)
			w.change()
			mark++
			continue
		}
		// A branch of one commit, beside one on the main line, and their merge.
		before := mark - 1
		paths := w.paths()
		path := paths[w.IntN(len(paths))]
		text := w.edit(w.files[path])
		w.commit(mark, before, 0)
		w.put(path, text)
		w.commit(mark+1, before, 0)
		other := paths[w.IntN(len(paths))]
		if other == path {
			other = "notes"
		}
		w.files[other] = w.edit(w.files[other])
		w.put(other, w.files[other])
		w.commit(mark+2, mark+1, mark)
		w.files[path] = text
		w.put(path, text)
		mark += 3
	}
	fmt.Fprintf(w, "reset refs/heads/main\nfrom refs/heads/work\n")
}

// commit begins a commit; its changes follow.
func (w writer) commit(mark, parent, merged int) {
	fmt.Fprintf(w, "commit refs/heads/work\nmark :%d\ncommitter Ada <ada@example.invalid> %d +0000\ndata 1\nx\n", mark, 1767319445+mark)
	if parent > 0 {
		fmt.Fprintf(w, "from :%d\n", parent)
	}
	if merged > 0 {
		fmt.Fprintf(w, "merge :%d\n", merged)
	}
}

func (w writer) put(path, text string) {
	fmt.Fprintf(w, "M 100644 inline %s\ndata %d\n%s\n", path, len(text), text)
}

func (w writer) paths() []string {
	var paths []string
	for path := range w.files {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return paths
}

// change is what one commit of the main line does.
func (w writer) change() {
	paths := w.paths()
	path := paths[w.IntN(len(paths))]
	switch folder := filepath.ToSlash(filepath.Dir(path)); w.IntN(20) {
	case 0:
		w.move(path, fmt.Sprintf("d%d/g%d.go", w.IntN(7), w.IntN(1000)), w.IntN(2) == 0)
	case 1:
		to := fmt.Sprintf("d%d/m%d", w.IntN(7), w.IntN(50))
		for _, p := range paths {
			if rest, ok := strings.CutPrefix(p, folder+"/"); ok && folder != "." {
				w.move(p, to+"/"+rest, false)
			}
		}
	case 2:
		if len(paths) > 100 {
			delete(w.files, path)
			fmt.Fprintf(w, "D %s\n", path)
		}
	case 3, 4:
		path = fmt.Sprintf("d%d/n%d.go", w.IntN(7), w.IntN(1000))
		w.files[path] = w.text(20 + w.IntN(120))
		w.put(path, w.files[path])
	default:
		for range 1 + w.IntN(4) {
			path = paths[w.IntN(len(paths))]
			w.files[path] = w.edit(w.files[path])
			w.put(path, w.files[path])
		}
	}
}

func (w writer) move(from, to string, edited bool) {
	if _, there := w.files[to]; there || from == to {
		return
	}
	text := w.files[from]
	if edited {
		text = w.edit(text)
	}
	delete(w.files, from)
	w.files[to] = text
	fmt.Fprintf(w, "D %s\n", from)
	w.put(to, text)
}

func (w writer) line() string {
	if common := []string{"\n", "}\n", "\t}\n", "\t\treturn err\n", "\tif err != nil {\n"}; w.IntN(3) == 0 {
		return common[w.IntN(len(common))]
	}
	return fmt.Sprintf("\tcall%d(%d)\n", w.IntN(400), w.IntN(9))
}

func (w writer) text(lines int) string {
	var b strings.Builder
	for range lines {
		b.WriteString(w.line())
	}
	return b.String()
}

// edit replaces, inserts or deletes a few lines.
func (w writer) edit(text string) string {
	lines := slices.Collect(strings.Lines(text))
	at := w.IntN(len(lines) + 1)
	to := min(len(lines), at+w.IntN(4))
	var fresh []string
	for range w.IntN(4) {
		fresh = append(fresh, w.line())
	}
	return strings.Join(slices.Replace(lines, at, to, fresh...), "")
}
