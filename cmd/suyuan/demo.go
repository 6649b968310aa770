package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/skip2/go-qrcode"
	"github.com/spf13/cobra"

	"github.com/suyuan-ledger/suyuan/demo"
)

func (a *app) demoCmd() *cobra.Command {
	var dir, http string
	var once bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run four operators on this machine with three stories on their ledger",
		Long: `Starts four validators as separate processes: of a brand association, a logistics firm, a testing laboratory
and a bank. Registers two dozen organisations, records the lives of a bottle of orange juice, a tin of infant
formula and a handbag, and prints what to scan. Ctrl-C stops all. With the folder of an earlier demo the network
goes on where it was.

NOT FOR PRODUCTION: all keys and their passwords lie in one folder.`,
		Example: `  suyuan demo
  suyuan demo --dir /tmp/suyuan --http 127.0.0.1:9000
  suyuan demo --once          # do everything, check the pages, stop`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.demo(cmd.Context(), dir, http, once) },
	}
	cmd.Flags().StringVar(&dir, "dir", "demo-data", "folder of the network")
	cmd.Flags().StringVar(&http, "http", "127.0.0.1:8080", "address of the first node; the others take the next ports")
	cmd.Flags().BoolVar(&once, "once", false, "check its own scan pages, stop all and exit")
	return cmd
}

func (a *app) demo(ctx context.Context, dir, http string, once bool) error {
	binary, err := os.Executable()
	if err != nil {
		return err
	}
	begin := time.Now()
	say := func(format string, args ...any) {
		fmt.Fprintf(a.err, "%5.1f s  %s\n", time.Since(begin).Seconds(), fmt.Sprintf(format, args...))
	}
	network, err := demo.Run(ctx, demo.Options{Dir: dir, HTTP: http, Binary: binary, Say: say})
	if err != nil {
		return err
	}
	defer network.Stop()
	if once {
		say("checking the scan pages")
		if err := network.Check(ctx); err != nil {
			return err
		}
	}
	if err := a.print(network.File, func(w io.Writer) { writeDemo(w, network, time.Since(begin)) }); err != nil {
		return err
	}
	if once {
		return nil
	}
	<-ctx.Done()
	say("stopping")
	return nil
}

func writeDemo(w io.Writer, n *demo.Network, took time.Duration) {
	fmt.Fprintf(w, "\nThe ledger runs: 4 operators, 4 validators, ready after %.0f s. NOT FOR PRODUCTION.\n\n", took.Seconds())
	if q, err := qrcode.New(n.Stories[0].ScanURL, qrcode.Medium); err == nil {
		fmt.Fprint(w, q.ToSmallString(false))
	}
	fmt.Fprintln(w, "\nScan")
	for _, s := range n.Stories {
		fmt.Fprintf(w, "  %-32s %s\n", s.Name, s.ScanURL)
	}
	first := n.Validators[0].HTTP
	fmt.Fprintf(w, "\nExplorer   %s/explorer\nRPC        %s  (chain id %d; add it to MetaMask, gas is free)\nKeys       %s\n", first, n.RPC, n.ChainID, n.Path())
	fmt.Fprintln(w, "\nValidators")
	for _, v := range n.Validators {
		fmt.Fprintf(w, "  %-14s %-25s process %-8d %s\n", v.Name, v.HTTP, v.PID, v.Dir)
	}
	id := strings.TrimPrefix(n.Stories[0].DigitalLink, "https://id.gs1.org")
	fmt.Fprintf(w, `
Try next
  export SUYUAN_NODE=%s SUYUAN_API_KEY=%s
  %s trace %s
  %s capture YOUR-EPCIS.json    # as the sandbox party: any identifier nobody has registered
  kill -9 %d && %[3]s status    # one of four may go: the ledger goes on

`, first, n.Parties[len(n.Parties)-1].APIKey, os.Args[0], id, os.Args[0], n.Validators[3].PID)
}
