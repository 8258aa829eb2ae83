package main

import (
	"strings"
	"time"

	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/process"
	"github.com/belay-ci/belay/runner/report"
	"github.com/spf13/cobra"
)

func (a app) failCommand() *cobra.Command {
	var kind, hint string
	var after time.Duration
	var final bool
	cmd := &cobra.Command{
		Use:   "fail --kind KIND [flags] MESSAGE",
		Short: "Say from inside a step why it failed, and end it with exit code 1",
		Long: `Writes the error file ($BELAY_ERROR) that tells belay why the step failed, and exits with 1:

  curl -fsS "$URL/health" || belay fail --kind smoke.unhealthy --hint rollback "the shop does not answer"`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			path := a.getenv("BELAY_ERROR")
			if path == "" {
				return badInput("BELAY_ERROR is not set: `belay fail` works inside a step that belay runs")
			}
			raised := policy.Raised{Kind: policy.Kind(kind), Message: shortened(strings.Join(args, " ")), Hint: policy.Hint(hint), RetryAfter: after}
			if final {
				retryable := false
				raised.Retryable = &retryable
			}
			if err := process.WriteRaised(path, raised); err != nil {
				return badInput("%w", err)
			}
			return exitError{code: report.ExitFailed}
		},
	}
	cmd.Flags().StringVar(&kind, "kind", "", "what went wrong, as a dotted lower-case name such as smoke.unhealthy")
	cmd.Flags().StringVar(&hint, "hint", "", "how best to proceed: "+strings.Join(hintNames(), ", "))
	cmd.Flags().DurationVar(&after, "retry-after", 0, "the least time to wait before a retry")
	cmd.Flags().BoolVar(&final, "final", false, "no retry, restart or rerun can help")
	_ = cmd.MarkFlagRequired("kind")
	return cmd
}

// longestMessage leaves the error file room for the rest whatever the message is made of: JSON may write six bytes for one.
const longestMessage = 8 << 10

// shortened is a message that fits: whoever passes a whole log on still says the kind and the hint.
func shortened(message string) string {
	if len(message) <= longestMessage {
		return message
	}
	return strings.ToValidUTF8(message[:longestMessage], "") + "…"
}

func hintNames() []string {
	var names []string
	for _, h := range policy.Hints() {
		names = append(names, string(h))
	}
	return names
}
