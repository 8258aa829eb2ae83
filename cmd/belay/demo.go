package main

import (
	"context"
	"fmt"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/belay-ci/belay/internal/demo"
	"github.com/belay-ci/belay/runner/report"
	"github.com/spf13/cobra"
)

func (a app) demoCommand() *cobra.Command {
	var keep bool
	var reportDir string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "See it all in a few seconds: a race won, a failing smoke test, and the revert it opens",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			o := demo.Options{Out: a.stdout, Environ: a.environ()}
			if reportDir != "" {
				o.Report = func(r report.Report) error {
					dir, err := reportFolder(reportDir, "", "", 0)
					if err == nil {
						_, err = writeReport(dir, r)
					}
					if err == nil {
						_, err = fmt.Fprintf(a.stdout, "The report: %s\n", filepath.Join(dir, report.HTMLFile))
					}
					return err
				}
			}
			if keep {
				o.Keep = func(ctx context.Context) {
					fmt.Fprintln(a.stdout, "\nThe servers stay up until you press Ctrl-C.")
					<-ctx.Done()
				}
			}
			return demo.Run(ctx, o)
		},
	}
	cmd.Flags().StringVar(&reportDir, "report-dir", "", "a folder for the run's report, to look at")
	cmd.Flags().BoolVar(&keep, "keep", false, "keep the servers up at the end, to look around")
	return cmd
}
