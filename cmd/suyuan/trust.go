package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/suyuan-ledger/suyuan/verify"
)

func (a *app) trustCmd() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "trust",
		Short: "What proofs are checked against: the network's constants and its validators",
		Long: `A proof is only as good as what it is checked against. trust.json holds the network's constants and its
validators. Fetch it once, compare the fingerprint with somebody who has it from elsewhere, by voice, and keep it.`,
	}
	cmd.PersistentFlags().StringVar(&file, "trust", "trust.json", "the file")
	cmd.AddCommand(a.trustFetchCmd(&file), a.trustShowCmd(&file), a.trustUpdateCmd(&file), a.trustPinCmd(&file))
	return cmd
}

type trustView struct {
	File        string        `json:"file"`
	Fingerprint string        `json:"fingerprint"`
	Trust       *verify.Trust `json:"trust"`
}

func (a *app) showTrust(file string, t *verify.Trust) error {
	return a.print(trustView{file, t.Fingerprint(), t}, func(w io.Writer) {
		fmt.Fprintf(w, "fingerprint  %s\nchain        %d\ngenesis      %s\nvalidators   %d, in charge from height %d\n",
			t.Fingerprint(), uint64(t.ChainID), t.GenesisHash, len(t.Validators), uint64(t.Height))
		if t.Latest != nil {
			fmt.Fprintf(w, "latest seen  height %d\n", uint64(t.Latest.Height))
		}
		if t.Pin != nil {
			fmt.Fprintf(w, "pinned       EVM block %d\n", uint64(t.Pin.Number))
		}
	})
}

func (a *app) trustFetchCmd(file *string) *cobra.Command {
	return &cobra.Command{
		Use:   "fetch",
		Short: "Get the file from a node, for the first time",
		Long: `Writes trust.json as the node of --node tells it. This is the one moment at which you believe a server: compare
the fingerprint with somebody who asked another one. An existing file is never replaced.`,
		Example: `  suyuan trust fetch --node https://operator.example --trust trust.json`,
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			at, err := a.nodeURL()
			if err != nil {
				return err
			}
			raw, err := a.get(cmd.Context(), at+"/trust.json")
			if err != nil {
				return err
			}
			t, err := verify.ParseTrust(raw)
			if err != nil {
				return err
			}
			f, err := os.OpenFile(*file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
			if errors.Is(err, os.ErrExist) {
				return exit(exitInvalid, fmt.Errorf("%s exists: suyuan trust update follows the validators from there", *file))
			}
			if err != nil {
				return err
			}
			_, err = f.Write(raw)
			if err := errors.Join(err, f.Close()); err != nil {
				return err
			}
			return a.showTrust(*file, t)
		},
	}
}

func (a *app) trustShowCmd(file *string) *cobra.Command {
	return &cobra.Command{
		Use:     "show",
		Short:   "Show what is trusted, with the fingerprint to read aloud",
		Example: `  suyuan trust show --trust trust.json`,
		Args:    args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			t, err := readTrust(*file)
			if err != nil {
				return exit(exitInvalid, err)
			}
			return a.showTrust(*file, t)
		},
	}
}

func (a *app) trustUpdateCmd(file *string) *cobra.Command {
	return &cobra.Command{
		Use:   "update",
		Short: "Follow the validators to the present, by their own signatures",
		Long: `Asks the node of --node for the latest signed header and for every change of validators until then. Each next set
must be signed by more than two thirds of the one before. The file never goes back. Exit code 5: refused.`,
		Example: `  suyuan trust update --trust trust.json --node https://any.example`,
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			t, result, err := a.latestBlock(cmd.Context(), *file)
			if err != nil {
				return err
			}
			if t.Advance(result) {
				if err := writeTrust(*file, t); err != nil {
					return err
				}
			}
			return a.showTrust(*file, t)
		},
	}
}

func (a *app) trustPinCmd(file *string) *cobra.Command {
	return &cobra.Command{
		Use:   "pin",
		Short: "Keep the latest block, to prove the past with it for ever",
		Long: `Verifies the latest signed block and writes it into the file. Everything that came before it can be proven by it for
ever, in about a kilobyte, even if the validators' keys leak one day. An older pin is replaced by a younger one only.`,
		Example: `  suyuan trust pin --trust trust.json`,
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			t, result, err := a.latestBlock(cmd.Context(), *file)
			if err != nil {
				return err
			}
			t.Advance(result)
			if t.Pin == nil || t.Pin.Number < result.Facts.Number {
				t.Pin = &verify.Pin{Number: result.Facts.Number, Hash: result.Facts.Hash}
			}
			if err := writeTrust(*file, t); err != nil {
				return err
			}
			return a.showTrust(*file, t)
		},
	}
}

// latestBlock verifies the latest block of a node by what is trusted so far.
func (a *app) latestBlock(ctx context.Context, file string) (*verify.Trust, *verify.Result, error) {
	t, err := readTrust(file)
	if err != nil {
		return nil, nil, exit(exitInvalid, err)
	}
	at, err := a.nodeURL()
	if err != nil {
		return nil, nil, err
	}
	raw, err := a.get(ctx, at+"/proof/block/latest")
	if err != nil {
		return nil, nil, err
	}
	result := verify.Verify(raw, t, verify.Options{})
	if !result.OK() {
		if result.Failed.Step == verify.StepFork {
			if err := keepEvidence(a.err, file, raw); err != nil {
				return nil, nil, err
			}
		}
		return nil, nil, exit(exitRefused, fmt.Errorf("refused at step %s: %s", result.Failed.Step, result.Failed.Detail))
	}
	return t, result, nil
}

func readTrust(file string) (*verify.Trust, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%w (suyuan trust fetch makes one)", err)
	}
	t, err := verify.ParseTrust(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return t, nil
}

// writeTrust replaces the file in one step.
func writeTrust(file string, t *verify.Trust) error {
	raw, err := t.Encode()
	if err != nil {
		return err
	}
	tmp := file + ".new"
	if err := os.WriteFile(tmp, raw, 0o644); err != nil {
		return err
	}
	return os.Rename(tmp, file)
}

// problemText is what an error answer says.
func problemText(body []byte) string {
	var p struct {
		Detail string `json:"detail"`
	}
	if json.Unmarshal(body, &p) == nil && p.Detail != "" {
		return p.Detail
	}
	return "no further word"
}
