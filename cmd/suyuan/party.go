package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/spf13/cobra"

	"github.com/suyuan-ledger/suyuan/chain/client"
	"github.com/suyuan-ledger/suyuan/chain/peers"
	"github.com/suyuan-ledger/suyuan/contracts"
)

func (a *app) partyCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "party",
		Short: "Organisations on the ledger: register, list, show, suspend, licences",
		Long: `A party is an organisation on the ledger, sponsored by an operator. Its licences say which GS1 company
prefixes and namespaces it may write about. Every change is on the ledger for good.`,
	}
	cmd.AddCommand(a.partyRegister(), a.partyList(), a.partyShow(), a.partySuspend(), a.partyReinstate(), a.partyLicence(), a.partyRevoke(), a.partyContributor(), a.partyNode())
	return cmd
}

func (a *app) partyRegister() *cobra.Command {
	var (
		from, ref, country, admin string
		gln                       uint64
		scopes                    []string
	)
	cmd := &cobra.Command{
		Use:   "register NAME --from OPERATOR --admin KEY",
		Short: "Register an organisation, sponsored by the operator of the key --from",
		Example: `  suyuan party register "Chenxi Beverages" --gln 9521202000007 --country CN --admin 0x52…11 --from 0xa1…9c
`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			adminKey, err := parseAddress("--admin", admin)
			if err != nil {
				return err
			}
			bits, err := contracts.ParseScopes(scopes)
			if err != nil {
				return exit(exitUsage, err)
			}
			details := contracts.PartyDetails{Name: given[0], Gln: gln}
			if country != "" {
				if len(country) != 2 || strings.ToUpper(country) != country {
					return exit(exitUsage, fmt.Errorf("--country: %q is not two capital letters of ISO 3166-1", country))
				}
				copy(details.Country[:], country)
			}
			if ref == "" {
				ref = given[0]
			}
			return a.act(cmd, from, client.RegisterParty(ref, details, adminKey, bits))
		},
	}
	a.fromFlag(cmd, &from, "operator's key with the scope register")
	cmd.Flags().StringVar(&admin, "admin", "", "address of the party's first key")
	cmd.Flags().StringVar(&ref, "ref", "", "the operator's own reference for the party; empty: its name")
	cmd.Flags().StringVar(&country, "country", "", "ISO 3166-1 alpha-2 code")
	cmd.Flags().Uint64Var(&gln, "gln", 0, "13-digit GLN of the organisation")
	cmd.Flags().StringSliceVar(&scopes, "scopes", []string{"administer", "capture", "recall", "inspect", "read"}, "what the first key may do")
	_ = cmd.RegisterFlagCompletionFunc("scopes", cobra.FixedCompletions(contracts.ScopeNames(), cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.MarkFlagRequired("admin")
	return cmd
}

// partyRow is a party as the command line shows it.
type partyRow struct {
	Address   common.Address `json:"address"`
	Name      string         `json:"name"`
	GLN       string         `json:"gln,omitempty"`
	Country   string         `json:"country,omitempty"`
	Sponsor   common.Address `json:"sponsor"`
	Suspended bool           `json:"suspended"`
	Agents    uint64         `json:"agents"`
}

func rowOf(addr common.Address, p contracts.Party) partyRow {
	r := partyRow{Address: addr, Name: p.Details.Name, Country: strings.TrimRight(string(p.Details.Country[:]), "\x00"),
		Sponsor: p.Sponsor, Suspended: p.SuspendedUntil != 0 || p.HeldUntil != 0, Agents: p.Agents}
	if p.Details.Gln != 0 {
		r.GLN = fmt.Sprintf("%013d", p.Details.Gln)
	}
	return r
}

func (r partyRow) String() string {
	state := ""
	if r.Suspended {
		state = "  suspended"
	}
	return fmt.Sprintf("%s  %-13s  %s%s", r.Address.Hex(), r.GLN, r.Name, state)
}

func (a *app) partyList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List all parties in order of registration",
		Args:  args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withClient(cmd.Context(), func(c *client.Client) error {
				all, err := c.AllParties(cmd.Context())
				if err != nil {
					return err
				}
				rows := make([]partyRow, len(all))
				for i, addr := range all {
					p, err := c.Party(cmd.Context(), addr)
					if err != nil {
						return err
					}
					rows[i] = rowOf(addr, p)
				}
				return a.print(rows, func(w io.Writer) {
					for _, r := range rows {
						fmt.Fprintln(w, r)
					}
				})
			})
		},
	}
}

func (a *app) partyShow() *cobra.Command {
	return &cobra.Command{
		Use:               "show ADDRESS",
		Short:             "Show one party",
		Args:              args(cobra.ExactArgs(1)),
		ValidArgsFunction: once(nothing),
		RunE: func(cmd *cobra.Command, given []string) error {
			addr, err := parseAddress("ADDRESS", given[0])
			if err != nil {
				return err
			}
			return a.withClient(cmd.Context(), func(c *client.Client) error {
				p, err := c.Party(cmd.Context(), addr)
				if err != nil {
					return err
				}
				if p.Since == 0 {
					return exit(exitUnknown, fmt.Errorf("%s is not a party of this ledger", addr.Hex()))
				}
				r := rowOf(addr, p)
				return a.print(r, func(w io.Writer) {
					fmt.Fprintf(w, "%s\nsponsor %s, %d agents, since %s\n", r, r.Sponsor.Hex(), r.Agents, unixTime(p.Since))
				})
			})
		},
	}
}

func (a *app) partySuspend() *cobra.Command {
	var from, until string
	cmd := &cobra.Command{
		Use:               "suspend ADDRESS --from OPERATOR",
		Short:             "Suspend a sponsored party: from the next block on it can't write",
		Args:              args(cobra.ExactArgs(1)),
		ValidArgsFunction: once(nothing),
		RunE: func(cmd *cobra.Command, given []string) error {
			addr, err := parseAddress("ADDRESS", given[0])
			if err != nil {
				return err
			}
			end, err := parseTime("until", until)
			if err != nil {
				return err
			}
			if end == 0 {
				end = math.MaxUint64
			}
			return a.act(cmd, from, client.Suspend(addr, end))
		},
	}
	a.fromFlag(cmd, &from, "operator's key with the scope register")
	cmd.Flags().StringVar(&until, "until", "", "RFC 3339 time at which it ends; empty: until reinstated")
	return cmd
}

func (a *app) partyReinstate() *cobra.Command {
	var from string
	cmd := &cobra.Command{
		Use:               "reinstate ADDRESS --from OPERATOR",
		Short:             "End the suspension of a sponsored party",
		Args:              args(cobra.ExactArgs(1)),
		ValidArgsFunction: once(nothing),
		RunE: func(cmd *cobra.Command, given []string) error {
			addr, err := parseAddress("ADDRESS", given[0])
			if err != nil {
				return err
			}
			return a.act(cmd, from, client.Suspend(addr, 0))
		},
	}
	a.fromFlag(cmd, &from, "operator's key with the scope register")
	return cmd
}

func (a *app) partyLicence() *cobra.Command {
	var from, until, evidence string
	cmd := &cobra.Command{
		Use:   "licence PARTY PREFIX|NAMESPACE --from OPERATOR",
		Short: "Register a GS1 company prefix, or a URI namespace, of a sponsored party",
		Example: `  suyuan party licence 0x7c…e2 9521202 --from 0xa1…9c --evidence licence.pdf
  suyuan party licence 0x7c…e2 https://id.example.org/ --from 0xa1…9c`,
		Args:              args(cobra.ExactArgs(2)),
		ValidArgsFunction: once(nothing),
		RunE: func(cmd *cobra.Command, given []string) error {
			holder, err := parseAddress("PARTY", given[0])
			if err != nil {
				return err
			}
			end, err := parseTime("until", until)
			if err != nil {
				return err
			}
			var hash common.Hash
			if evidence != "" {
				b, err := os.ReadFile(evidence)
				if err != nil {
					return err
				}
				hash = crypto.Keccak256Hash(b)
			}
			if strings.Contains(given[1], ":") {
				return a.act(cmd, from, client.GrantNamespace(holder, given[1], 0, end, hash))
			}
			return a.act(cmd, from, client.GrantPrefix(holder, given[1], 0, end, hash))
		},
	}
	a.fromFlag(cmd, &from, "operator's key with the scope register")
	cmd.Flags().StringVar(&until, "until", "", "RFC 3339 time at which it ends; empty: until revoked")
	cmd.Flags().StringVar(&evidence, "evidence", "", "document that shows the right; only its hash goes on the ledger")
	return cmd
}

func (a *app) partyRevoke() *cobra.Command {
	var from string
	cmd := &cobra.Command{
		Use:   "revoke LICENCE --from OPERATOR",
		Short: "End a licence of a sponsored party, so that its prefix can pass to another",
		Long: `Ends a licence. What was recorded under it stays valid. Its holder, and the parties it listed, can write no more;
who was handed things over still can. The prefix can then be registered for another party, also with more or
fewer digits: suyuan party licence.`,
		Example:           "  suyuan party revoke 3 --from 0xa1…9c",
		Args:              args(cobra.ExactArgs(1)),
		ValidArgsFunction: once(nothing),
		RunE: func(cmd *cobra.Command, given []string) error {
			licence, err := strconv.ParseUint(given[0], 10, 64)
			if err != nil {
				return exit(exitUsage, fmt.Errorf("LICENCE %q: must be the number of a licence, as suyuan party licence answers it", given[0]))
			}
			return a.act(cmd, from, client.RevokeLicence(licence))
		},
	}
	a.fromFlag(cmd, &from, "operator's key with the scope register")
	return cmd
}

func (a *app) partyContributor() *cobra.Command {
	var from string
	var licence uint64
	cmd := &cobra.Command{
		Use:               "contributor PARTY --licence N --from HOLDER",
		Short:             "Let a party write about the identifiers of a licence",
		Example:           "  suyuan party contributor 0x7c…e2 --licence 3 --from 0xa1…9c",
		Args:              args(cobra.ExactArgs(1)),
		ValidArgsFunction: once(nothing),
		RunE: func(cmd *cobra.Command, given []string) error {
			party, err := parseAddress("PARTY", given[0])
			if err != nil {
				return err
			}
			return a.act(cmd, from, client.SetContributor(licence, party))
		},
	}
	a.fromFlag(cmd, &from, "holder's key with the scope administer")
	cmd.Flags().Uint64Var(&licence, "licence", 0, "number of the licence")
	_ = cmd.MarkFlagRequired("licence")
	return cmd
}

func (a *app) partyNode() *cobra.Command {
	var from string
	var off bool
	cmd := &cobra.Command{
		Use:               "node PEERID --from OPERATOR",
		Short:             "Let a node of the operator join the peer-to-peer network, or with --off shut it out",
		Args:              args(cobra.ExactArgs(1)),
		ValidArgsFunction: once(nothing),
		RunE: func(cmd *cobra.Command, given []string) error {
			key, err := peers.ParsePeerID(given[0])
			if err != nil {
				return exit(exitUsage, err)
			}
			return a.act(cmd, from, client.SetNode(key.PeerID(), !off))
		},
	}
	a.fromFlag(cmd, &from, "operator's key with the scope register")
	cmd.Flags().BoolVar(&off, "off", false, "shut the node out")
	return cmd
}

func (a *app) withClient(ctx context.Context, do func(*client.Client) error) error {
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	return do(c)
}
