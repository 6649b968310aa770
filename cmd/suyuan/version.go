package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (a *app) versionCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of the binary and of the ledger's engines",
		Args:  args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			v := map[string]string{"suyuan": version, "go": runtime.Version()}
			if info, ok := debug.ReadBuildInfo(); ok {
				for _, d := range info.Deps {
					switch d.Path {
					case "github.com/cometbft/cometbft":
						v["cometbft"] = d.Version
					case "github.com/ethereum/go-ethereum":
						v["go-ethereum"] = d.Version
					}
				}
			}
			return a.print(v, func(w io.Writer) {
				fmt.Fprintf(w, "suyuan %s (CometBFT %s, go-ethereum %s, %s)\n", v["suyuan"], v["cometbft"], v["go-ethereum"], v["go"])
			})
		},
	}
}
