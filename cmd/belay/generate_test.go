package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/belay-ci/belay/internal/reference"
	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

//go:generate go test -run ^TestGenerated$ -update .

// TestGenerated holds the files of docs that are made from the tables in the code to those tables. With -update it
// writes them.
func TestGenerated(t *testing.T) {
	files := map[string][]byte{"reference.md": []byte(reference.Page(commands(app{}.root())))}
	for _, name := range schemaFiles() {
		text, err := schema(name)
		if err != nil {
			t.Fatal(err)
		}
		files["schema/"+name+".schema.json"] = text
	}
	for name, want := range files {
		path := filepath.Join("..", "..", "docs", filepath.FromSlash(name))
		if *update {
			if err := os.WriteFile(path, want, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got = bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n")); !bytes.Equal(got, want) {
			t.Errorf("docs/%s is stale: run `go generate ./cmd/belay` (-file +tables):\n%s", name, cmp.Diff(string(got), string(want)))
		}
	}
}

// commands describes every command that does something, in the order of --help.
func commands(parent *cobra.Command) []reference.Command {
	var all []reference.Command
	for _, c := range parent.Commands() {
		if !c.IsAvailableCommand() {
			continue
		}
		if !c.Runnable() {
			all = append(all, commands(c)...)
			continue
		}
		help := c.UseLine() + "\n\n" + c.LocalFlags().FlagUsages()
		if c.Long != "" {
			help = c.Long + "\n\n" + help
		}
		all = append(all, reference.Command{Path: c.CommandPath(), About: c.Short + ".", Help: help})
	}
	return all
}
