package main

import (
	"os/exec"
	"strings"
	"testing"
)

func TestManualPage(t *testing.T) {
	page := manual(app{}.root(), "1.2.3")
	for _, want := range []string{`.TH BELAY 1 "" "belay 1.2.3"`, ".SS belay run", "--report", ".SH EXIT STATUS", "rolled back or a pull request"} {
		if want = strings.ReplaceAll(want, "--", `\-\-`); !strings.Contains(page, want) {
			t.Errorf("there is no %q", want)
		}
	}
	if !strings.Contains(page, "\nbelay demo ") || !strings.Contains(page, "\nbelay run ") {
		t.Error("the lines of an example do not begin below one another")
	}
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, ".") && !strings.ContainsAny(line[1:2], "TSPBInRf") {
			t.Errorf("an unknown macro: %s", line)
		}
	}
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Skip("groff is not installed: what it thinks of the page is not looked at")
	}
	cmd := exec.Command(groff, "-man", "-Tutf8", "-ww", "-z")
	cmd.Stdin = strings.NewReader(page)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("groff says (%v):\n%s", err, out)
	}
}
