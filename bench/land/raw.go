//go:build linux

package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/belay-ci/belay/bench/git"
)

// rawExchange is the peer that cannot be beaten: belay's own requests, made by hand, with nothing to decide and nothing
// to make in between.
type rawExchange struct{ url, requests string }

// prepare writes the requests of a landing on the rival's tip: what belay asks, and a push with its pack.
func prepare(to string, r rival, branch string) {
	tip, base := r.tip, r.base
	made := r.commit(tip, "bumped.txt", "raw")
	pack := git.Feed(r.dir, made+"\n^"+tip+"\n", "pack-objects", "--revs", "--stdout", "-q")
	check(os.MkdirAll(to, 0o755))
	refs := line("command=ls-refs\n") + "0001" + line("ref-prefix refs/heads/"+branch+"\n") + "0000"
	fetch := line("command=fetch\n") + "0001" + line("thin-pack\n") + line("no-progress\n") + line("ofs-delta\n") +
		line("filter blob:limit=65536\n") + line("want "+tip+"\n") + line("have "+base+"\n") + line("done\n") + "0000"
	push := line(tip+" "+made+" refs/heads/"+branch+"\x00report-status side-band-64k") + "0000" + pack
	for n, text := range []string{refs, fetch, push, refs} {
		check(os.WriteFile(fmt.Sprintf("%s/%d", to, n), []byte(text), 0o644))
	}
}

func line(text string) string { return fmt.Sprintf("%04x%s", len(text)+4, text) }

// run makes the requests.
func (r rawExchange) run() error {
	ask := func(request *http.Request) error {
		if !strings.HasSuffix(request.URL.Path, "receive-pack") {
			request.Header.Set("Git-Protocol", "version=2")
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err == nil && (answer.StatusCode != http.StatusOK || strings.Contains(request.URL.Path, "receive-pack") && !bytes.Contains(text, []byte("ok refs/heads/"))) {
			err = fmt.Errorf("%s: %s: %s", request.URL, answer.Status, text)
		}
		return err
	}
	for n, service := range []string{"git-upload-pack", "git-upload-pack", "git-receive-pack", "git-upload-pack"} {
		body, err := os.ReadFile(fmt.Sprintf("%s/%d", r.requests, n))
		if err != nil {
			return err
		}
		request, err := http.NewRequest(http.MethodPost, r.url+"/"+service, bytes.NewReader(body))
		if err != nil {
			return err
		}
		request.Header.Set("Content-Type", "application/x-"+service+"-request")
		if err := ask(request); err != nil {
			return err
		}
	}
	return nil
}
