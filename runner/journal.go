package runner

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
)

// Journal is a file that says how far a run has come: a line of what the run was started with, and one for each step
// that was over. Each line carries its own checksum, so that a line which was cut short, by a crash or a full disk, is
// as good as none. The file is there under its name only when its first line is whole.
//
// It may hold what steps left for one another. Only its owner can read it, and it goes when the run ends by itself.
type Journal struct {
	path string
	file *os.File
	last *Kept // as its last entry has it; nil where it has none
	err  error // the first that kept it from being written
}

const journalFile = "journal"

// BeginJournal starts the journal of a run in dir, in the place of an earlier one. how is what the run is started with,
// and sofar how far another process came with it; nil where the run begins now.
func BeginJournal(dir string, how any, sofar *Kept) (*Journal, error) {
	j := &Journal{path: filepath.Join(dir, journalFile)}
	file, err := os.CreateTemp(dir, journalFile+"-*")
	if err != nil {
		return nil, fmt.Errorf("begin journal: %w", err)
	}
	j.file = file
	err = j.write(how)
	if err == nil && sofar != nil {
		err = j.keep(*sofar, false)
	}
	if err == nil {
		err = file.Sync()
	}
	if err == nil {
		err = os.Rename(file.Name(), j.path)
	}
	if err == nil {
		err = syncFolder(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("begin journal: %w", errors.Join(err, file.Close(), os.Remove(file.Name())))
	}
	return j, nil
}

// keep writes how far the run has come, and reports the first time that it can't. What is lasting is on the disk when it
// returns, with all before it; what is not outlives belay, and may be lost when the machine goes down.
func (j *Journal) keep(k Kept, lasting bool) error {
	if j == nil || j.err != nil {
		return nil
	}
	j.err = j.write(k.since(j.last))
	if j.err == nil && lasting {
		j.err = j.file.Sync()
	}
	if j.err != nil {
		return fmt.Errorf("keep journal %s: %w; if belay dies, the run can't be resumed", j.path, j.err)
	}
	j.last = &k
	return nil
}

func (j *Journal) write(value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	_, err = j.file.Write(fmt.Appendf(nil, "%s %s\n", checksum(text), text))
	return err
}

// syncFolder has the names in a folder on the disk. Windows does that by itself, and knows no such call.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

func checksum(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// End removes the journal of a run that has ended by itself: there is nothing to resume.
func (j *Journal) End() error {
	if j == nil {
		return nil
	}
	return errors.Join(j.file.Close(), os.Remove(j.path))
}

// ErrNoJournal is the error of ReadJournal where there is no run to resume.
var ErrNoJournal = errors.New("no run was cut off here")

// ReadJournal reads the journal of a run that was cut off in dir: into how what it was started with, and how far it came,
// nil where not even its first step was begun.
func ReadJournal(dir string, how any) (*Kept, error) {
	file, err := os.Open(filepath.Join(dir, journalFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, ErrNoJournal
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	in := bufio.NewReader(file)
	if !readLine(in, how) {
		return nil, ErrNoJournal // it was never whole
	}
	var last *Kept
	for {
		var e entry
		if !readLine(in, &e) {
			return last, nil
		}
		k := e.after(last)
		last = &k
	}
}

// readLine reads one line, and reports whether it is whole.
func readLine(in *bufio.Reader, into any) bool {
	line, err := in.ReadBytes('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return false
	}
	sum, text, ok := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte(" "))
	return ok && string(sum) == checksum(text) && json.Unmarshal(text, into) == nil
}
