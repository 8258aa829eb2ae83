package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

func (a app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print belay's version",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(a.stdout, "belay %s %s/%s\n", a.version, runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
