package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/suyuan-ledger/suyuan/node"
	"github.com/suyuan-ledger/suyuan/trace/share"
)

func (a *app) vaultCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "vault",
		Short: "Show and erase the bodies of sealed events in a node's vault",
		Long: `The ledger holds of a sealed event that it is, by whom, when, of which things, and what its body was committed to. The
body itself is in the vaults of the nodes that may have it: with policy private those of the operator that sponsors the
party that recorded it, with policy chain also those of the operators whose parties are on the way of one of its things.

On the node's own machine, ls and show answer without an API key; with one they show what the key's party may see.`,
	}
	cmd.AddCommand(a.vaultListCmd(), a.vaultShowCmd(), a.vaultEraseCmd(), a.vaultStatusCmd())
	return cmd
}

const vaultBodies = "/api/v1/vault/bodies"

// sealedEvents asks for sealed events, page after page, at most limit; event, if not empty, is the ID of one.
func (a *app) sealedEvents(ctx context.Context, event string, limit int) (all []node.SealedBody, err error) {
	q := url.Values{"limit": {"1000"}}
	if event != "" {
		q.Set("event", event)
	}
	all = []node.SealedBody{}
	for {
		var page struct {
			Items []node.SealedBody `json:"items"`
			Next  string            `json:"next"`
		}
		if err := a.remote().Get(ctx, vaultBodies+"?"+q.Encode(), &page); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if page.Next == "" || len(all) >= limit {
			return all[:min(len(all), limit)], nil
		}
		q.Set("after", page.Next)
	}
}

func (a *app) vaultListCmd() *cobra.Command {
	var event string
	var limit int
	cmd := &cobra.Command{
		Use:   "ls",
		Short: "List the sealed events whose bodies the node has",
		Example: `  suyuan vault ls
  suyuan vault ls --event urn:uuid:5b2f... --output json | jq -r '.[].commitment'`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 1 {
				return exit(exitUsage, fmt.Errorf("--limit: %d is less than 1", limit))
			}
			all, err := a.sealedEvents(cmd.Context(), event, limit)
			if err != nil {
				return err
			}
			return a.print(all, func(w io.Writer) {
				for _, s := range all {
					fmt.Fprintf(w, "%s  %-7s  party %s  %s\n", s.Commitment.Hex(), s.Policy, s.Party.Hex(), s.EventID)
				}
			})
		},
	}
	cmd.Flags().StringVar(&event, "event", "", "only those of this event ID, or GS1 event hash ID")
	cmd.Flags().IntVar(&limit, "limit", 10_000, "most entries to list")
	return cmd
}

func (a *app) vaultShowCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "show COMMITMENT|EVENTID",
		Short: "Show a sealed event with its body",
		Long: `Shows what a sealed event says, if the node has its body and the caller may see it.
Exit code 4: the node has no such body for the caller; 1 if it was erased.`,
		Example: `  suyuan vault show 0x2f1d...
  suyuan vault show urn:uuid:5b2f... --output json | jq .body`,
		Args:              args(cobra.ExactArgs(1)),
		ValidArgsFunction: once(a.sealedCommitments),
		RunE: func(cmd *cobra.Command, given []string) error {
			commitments, err := a.commitments(cmd.Context(), given)
			if err != nil {
				return err
			}
			var s node.OpenedBody
			if err := a.remote().Get(cmd.Context(), vaultBodies+"/"+commitments[0], &s); err != nil {
				return err
			}
			return a.print(s, func(w io.Writer) {
				place := "not final yet"
				if s.Cursor != "" {
					place = s.Cursor
				}
				fmt.Fprintf(w, "commitment  %s\nparty       %s\npolicy      %s\nevent       %s\nplace       %s\nhere since  %s\neverybody   %s\n\n%s\n",
					s.Commitment.Hex(), s.Party.Hex(), s.Policy, s.EventID, place, time.Unix(int64(s.Since), 0).UTC().Format(time.RFC3339),
					strings.Join(s.Disclose, " "), s.Body)
			})
		},
	}
}

func (a *app) vaultEraseCmd() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "erase COMMITMENT|EVENTID...",
		Short: "Erase bodies of sealed events, here and on every other node",
		Long: `Erases what sealed events of the API key's party say: body and salts. When the command ends, no file of the node holds
them; the other nodes that had them are told, and those that are away hear of it when they are back.

Nothing brings a body back. What stays for ever is on the ledger: that there is an event, by whom, when, of which things,
the number of its fields, and a commitment that tells nothing without the salts.

Ask a node of the operator that sponsors the party: nobody else's word is taken for it. The API key needs the scope capture.
Exit code 3: it isn't the party's to erase, or not here; 4: the party recorded no such event.`,
		Example: `  suyuan vault erase --yes 0x2f1d...
  suyuan vault erase --yes urn:uuid:5b2f...`,
		Args:              args(cobra.MinimumNArgs(1)),
		ValidArgsFunction: once(a.sealedCommitments),
		RunE: func(cmd *cobra.Command, given []string) error {
			if a.key() == "" {
				return exit(exitUsage, errors.New("erasing needs an API key: --api-key or SUYUAN_API_KEY (make one with suyuan key api)"))
			}
			if !yes {
				return exit(exitUsage, errors.New("nothing brings an erased body back: say --yes if you mean it"))
			}
			commitments, err := a.commitments(cmd.Context(), given)
			if err != nil {
				return err
			}
			for _, c := range commitments {
				if _, err := a.remote().Do(cmd.Context(), http.MethodDelete, vaultBodies+"/"+c, nil, nil); err != nil {
					return fmt.Errorf("%s: %w", c, err)
				}
			}
			return a.print(map[string]any{"erased": commitments}, func(w io.Writer) {
				for _, c := range commitments {
					fmt.Fprintf(w, "%s erased\n", c)
				}
			})
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "erase, for good")
	return cmd
}

// commitments are the sealed events that arguments name, by commitment or event ID.
func (a *app) commitments(ctx context.Context, given []string) (list []string, err error) {
	for _, g := range given {
		if strings.HasPrefix(g, "0x") {
			list = append(list, g)
			continue
		}
		found, err := a.sealedEvents(ctx, g, 100)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, exit(exitUnknown, fmt.Errorf("%s: the node has no body of such a sealed event that the caller may see", g))
		}
		for _, s := range found {
			list = append(list, s.Commitment.Hex())
		}
	}
	return list, nil
}

func (a *app) vaultStatusCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show how a node's vault and its sharing do",
		Example: `  suyuan vault status
  suyuan vault status --output json | jq .wanted`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var s share.Status
			if err := a.remote().Get(cmd.Context(), "/api/v1/vault", &s); err != nil {
				return err
			}
			return a.print(s, func(w io.Writer) {
				fmt.Fprintf(w, "held     %d\nwanted   %d\nerased   %d\nfetched  %d since the start\nserved   %d\nrefused  %d\nlies     %d\n",
					s.Held, s.Wanted, s.Erased, s.Fetched, s.Served, s.Refused, s.Lies)
				if !s.Registered {
					fmt.Fprintln(w, "\nthis node isn't on the register: no other node gives it anything (see suyuan party node --help)")
				}
			})
		},
	}
}

// completePatience is how long the shell waits for candidates from a node.
const completePatience = time.Second

// sealedCommitments are the sealed events of the node, each with its event ID.
func (a *app) sealedCommitments() (out []string) {
	ctx, cancel := context.WithTimeout(context.Background(), completePatience)
	defer cancel()
	all, err := a.sealedEvents(ctx, "", 100)
	if err != nil {
		return nil // nothing to offer
	}
	for _, s := range all {
		out = append(out, cobra.CompletionWithDesc(s.Commitment.Hex(), s.EventID))
	}
	return out
}
