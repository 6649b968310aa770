package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/suyuan-ledger/suyuan/chain/client"
	"github.com/suyuan-ledger/suyuan/node"
	"github.com/suyuan-ledger/suyuan/node/remote"
)

// Exit codes, the same for every command.
const (
	exitFailure = 1 // something went wrong on the way: the network, a file, the ledger's answer
	exitUsage   = 2 // the command line itself
	exitInvalid = 3 // the input breaks a rule, or the key may not do this; nothing was recorded
	exitUnknown = 4 // no such thing on this ledger
)

// exitError carries the exit code of a command that has said everything already.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

func exit(code int, err error) error { return &exitError{code, err} }

// app is what the commands share: where to write, and the options of every command.
type app struct {
	in       io.Reader
	out, err io.Writer

	output string // text or json
	home   string
	node   string
	apiKey string
}

func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	a := &app{in: in, out: out, err: errOut}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	code := exitCode(err)
	a.complain(err, code)
	return code
}

// complain tells an error: in words for people, as an object on standard error for scripts.
func (a *app) complain(err error, code int) {
	if a.output != "json" {
		fmt.Fprintln(a.err, "suyuan:", err)
		return
	}
	failure := struct {
		Message  string          `json:"message"`
		ExitCode int             `json:"exit_code"`
		Problem  *remote.Problem `json:"problem,omitempty"` // what the node answered
	}{Message: err.Error(), ExitCode: code}
	_ = errors.As(err, &failure.Problem)
	enc := json.NewEncoder(a.err)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(map[string]any{"error": failure}) // there is nobody left to tell
}

// exitCode is the exit code for what went wrong.
func exitCode(err error) int {
	var e *exitError
	if errors.As(err, &e) {
		return e.code
	}
	// Cobra has no types for these.
	if msg := err.Error(); strings.HasPrefix(msg, "unknown command") || strings.HasPrefix(msg, "required flag") ||
		strings.HasPrefix(msg, "if any flags in the group") {
		return exitUsage
	}
	return codeOf(err)
}

// codeOf is the exit code for an answer of a node.
func codeOf(err error) int {
	var failed *remote.JobFailed
	if errors.As(err, &failed) {
		return exitInvalid
	}
	var p *remote.Problem
	if !errors.As(err, &p) {
		return exitFailure
	}
	switch p.Status {
	case http.StatusNotFound:
		return exitUnknown
	case http.StatusBadRequest, http.StatusForbidden, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return exitInvalid
	}
	return exitFailure
}

// remote is the node to talk to.
func (a *app) remote() *remote.Node {
	at, err := a.nodeURL()
	if err != nil {
		return remote.Nowhere(err)
	}
	return remote.New(at, a.key())
}

// dial opens the node's RPC door.
func (a *app) dial(ctx context.Context) (*client.Client, error) {
	at, err := a.nodeURL()
	if err != nil {
		return nil, err
	}
	return client.Dial(ctx, at, a.key())
}

// nodeURL is where the node to talk to answers: at --node or SUYUAN_NODE, else where the one in the home folder does. It is
// read late: commands that talk to no node have nothing to do with the folder's configuration.
func (a *app) nodeURL() (string, error) {
	if a.node == "" {
		cfg, err := node.LoadConfig(a.home, nil)
		if err != nil {
			return "", exit(exitUsage, fmt.Errorf("%w (where the node of the home folder answers; --node names one)", err))
		}
		a.node = cfg.LocalURL()
	}
	return strings.TrimRight(a.node, "/"), nil
}

func (a *app) root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "suyuan",
		Short: "A ledger for supply chains: trace, finance, members",
		Long: `Suyuan (溯源, "trace to the source") is a permissioned peer-to-peer ledger for supply chains.
This one binary is a node of it and the tool to work with one.

Start with:  suyuan demo`,
		Version:       version,
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if a.output != "text" && a.output != "json" {
				return exit(exitUsage, fmt.Errorf("--output: %q is not text or json", a.output))
			}
			return nil
		},
	}
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return exit(exitUsage, fmt.Errorf("%w (see %s --help)", err, c.CommandPath()))
	})
	flags := cmd.PersistentFlags()
	flags.StringVarP(&a.output, "output", "o", "text", "text for people, json for scripts")
	flags.StringVar(&a.home, "home", env("SUYUAN_HOME", defaultHome()), "folder of the node (SUYUAN_HOME)")
	flags.StringVar(&a.node, "node", os.Getenv("SUYUAN_NODE"), "URL of the node to talk to (SUYUAN_NODE); empty: the one in the home folder")
	flags.StringVar(&a.apiKey, "api-key", "", "API key for writing and for lists (SUYUAN_API_KEY)")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
	cmd.AddCommand(
		a.demoCmd(), a.initCmd(), a.startCmd(), a.statusCmd(), a.doctorCmd(),
		a.captureCmd(), a.commissionCmd(), a.listCmd(), a.vaultCmd(), a.epcisCmd(), a.traceCmd(), a.qrCmd(), a.verifyCmd(), a.trustCmd(),
		a.partyCmd(), a.keyCmd(), a.benchCmd(), a.versionCmd(),
	)
	return cmd
}

// print writes v as JSON for scripts, or what text writes for people.
func (a *app) print(v any, text func(w io.Writer)) error {
	if a.output == "json" {
		enc := json.NewEncoder(a.out)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(v)
	}
	text(a.out)
	return nil
}

// key is the API key of the flag or the environment. It is read late, so that --help doesn't show it.
func (a *app) key() string {
	if a.apiKey != "" {
		return a.apiKey
	}
	return os.Getenv("SUYUAN_API_KEY")
}

func env(name, fallback string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return fallback
}

func defaultHome() string {
	dir, err := os.UserHomeDir()
	if err != nil {
		return ".suyuan"
	}
	return filepath.Join(dir, ".suyuan")
}

// args checks the number of arguments and answers with the exit code for a wrong command line.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, given []string) error {
		if err := check(cmd, given); err != nil {
			return exit(exitUsage, fmt.Errorf("%w (see %s --help)", err, cmd.CommandPath()))
		}
		return nil
	}
}
