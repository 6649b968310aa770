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

// demoFlags are what `suyuan demo` can be told.
type demoFlags struct {
	dir, http, lan string
	once           bool
}

const defaultDemoDir = "demo-data"

// where is what other demo commands need to find this demo.
func (f demoFlags) where() string {
	if f.dir == defaultDemoDir {
		return ""
	}
	return " --dir " + f.dir
}

func (a *app) demoCmd() *cobra.Command {
	var f demoFlags
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run four operators on this machine with three stories on their ledger",
		Long: `Starts four validators as separate processes: of a brand association, a logistics firm, a testing laboratory
and a bank. Registers two dozen organisations, records the lives of a bottle of orange juice, a tin of infant
formula and a handbag, and prints what to scan. Ctrl-C stops all. With the folder of an earlier demo the network
goes on where it was.

While it runs, from another terminal: demo tour shows what it can do, demo stop, start and tamper act on one of the
four. With --lan phones in the same network can scan: lists and the explorer stay with this machine.

NOT FOR PRODUCTION: all keys and their passwords lie in one folder.`,
		Example: `  suyuan demo
  suyuan demo --dir /tmp/suyuan --http 127.0.0.1:9000
  suyuan demo --lan           # to scan with a phone in the same network
  suyuan demo --once          # do everything, check the pages, stop
  suyuan demo tour            # in another terminal`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.demo(cmd.Context(), f) },
	}
	cmd.PersistentFlags().StringVar(&f.dir, "dir", defaultDemoDir, "folder of the network")
	cmd.Flags().StringVar(&f.http, "http", "127.0.0.1:8080", "address of the first node; the others take the next ports")
	cmd.Flags().StringVar(&f.lan, "lan", "", "let phones in the local network scan, at this machine's address there or the one given")
	cmd.Flags().Lookup("lan").NoOptDefVal = demo.LANAuto
	cmd.Flags().BoolVar(&f.once, "once", false, "check its own scan pages, stop all and exit")
	cmd.AddCommand(a.demoStopCmd(&f), a.demoStartCmd(&f), a.demoTamperCmd(&f), a.demoTourCmd(&f))
	return cmd
}

func (a *app) demo(ctx context.Context, f demoFlags) error {
	binary, err := os.Executable()
	if err != nil {
		return err
	}
	begin := time.Now()
	say := func(format string, args ...any) {
		fmt.Fprintf(a.err, "%5.1f s  %s\n", time.Since(begin).Seconds(), fmt.Sprintf(format, args...))
	}
	if f.lan != "" {
		if f.lan, err = demo.LANAddress(f.lan); err != nil {
			return exit(exitUsage, err)
		}
	}
	network, err := demo.Run(ctx, demo.Options{Dir: f.dir, HTTP: f.http, LAN: f.lan, Binary: binary, Say: say})
	if err != nil {
		return err
	}
	defer network.Stop()
	if err := network.Serve(ctx); err != nil {
		return err
	}
	if f.once {
		say("checking the scan pages")
		if err := network.Check(ctx); err != nil {
			return err
		}
	}
	if err := a.print(network.File, func(w io.Writer) { writeDemo(w, network, f.where(), time.Since(begin)) }); err != nil {
		return err
	}
	if f.once {
		return nil
	}
	<-ctx.Done()
	say("stopping")
	return nil
}

func writeDemo(w io.Writer, n *demo.Network, where string, took time.Duration) {
	fmt.Fprintf(w, "\nThe ledger runs: 4 operators, 4 validators, ready after %.0f s. NOT FOR PRODUCTION.\n\n", took.Seconds())
	if q, err := qrcode.New(n.Stories[0].ScanURL, qrcode.Medium); err == nil {
		fmt.Fprint(w, q.ToSmallString(false))
	}
	fmt.Fprintln(w, "\nScan")
	for _, s := range n.Stories {
		fmt.Fprintf(w, "  %-32s %s\n", s.Name, s.ScanURL)
	}
	first := n.Validators[0].HTTP
	if n.LAN != "" {
		fmt.Fprintf(w, "\nPhones in this network open %s over plain HTTP: no passkeys, no crypto.subtle, no service worker there.\n"+
			"Lists and the explorer are for this machine and for API keys.\n", n.LAN)
	}
	fmt.Fprintf(w, "\nExplorer   %s/explorer\nRPC        %s  (chain id %d; add it to MetaMask, gas is free)\nKeys       %s\n", first, n.RPC, n.ChainID, n.Path())
	fmt.Fprintln(w, "\nValidators")
	for _, v := range n.Validators {
		fmt.Fprintf(w, "  %-28s %-25s process %-8d %s\n", v.Operator.EN, v.HTTP, v.PID, v.Dir)
	}
	id := strings.TrimPrefix(n.Stories[0].DigitalLink, "https://id.gs1.org")
	fmt.Fprintf(w, `
Try next
  export SUYUAN_NODE=%s SUYUAN_API_KEY=%s
  %s trace %s
  %[3]s capture YOUR-EPCIS.json    # as the sandbox party: any identifier nobody has registered
  %[3]s demo tour%[5]s      # in another terminal: what it can do, one key a station
  %[3]s demo stop 4%[5]s    # one of four may go: the ledger goes on

`, first, n.Parties[len(n.Parties)-1].APIKey, os.Args[0], id, where)
}
