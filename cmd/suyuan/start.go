package main

import (
	"github.com/spf13/cobra"

	"github.com/suyuan-ledger/suyuan/node"
)

func (a *app) startCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "start",
		Short: "Run the node of the home folder",
		Long: `Runs the node until SIGTERM or Ctrl-C and stops it in order. Every field of suyuan.toml has a flag here and
an environment variable (SUYUAN_ and its name in capitals); flags win over the environment, the
environment over the file.

The keystore's password comes from keystore_password_file or SUYUAN_KEYSTORE_PASSWORD. Without one the
node hosts no keys: it validates, serves, and takes transactions that are signed already.`,
		Example: `  suyuan start --home /var/lib/suyuan
  SUYUAN_HTTP=0.0.0.0:8080 suyuan start`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := node.LoadConfig(a.home, cmd.Flags())
			if err != nil {
				return exit(exitUsage, err)
			}
			return node.Run(cmd.Context(), a.home, cfg, version)
		},
	}
	node.AddFlags(cmd.Flags())
	return cmd
}
