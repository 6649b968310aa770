package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/suyuan-ledger/suyuan/chain/client"
	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/node"
)

func (a *app) keyCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "key",
		Short: "Keys: make, list, register on the ledger, revoke; API keys of this node",
		Long: `A key signs for one agent of a party. Its file is encrypted and stays in the keystore of the node's folder;
its address, agent, scopes and validity are registered on the ledger. An API key is a token of this node
for programs that can't sign: the node signs for them with a key of its keystore.`,
	}
	cmd.AddCommand(a.keyNew(), a.keyImport(), a.keyList(), a.keyRegister(), a.keyRevoke(), a.keyAPI())
	return cmd
}

func (a *app) keyNew() *cobra.Command {
	return &cobra.Command{
		Use:   "new",
		Short: "Make a key in the keystore and print its address",
		Args:  args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			ks, err := a.keystore()
			if err != nil {
				return err
			}
			addr, err := ks.New()
			if err != nil {
				return err
			}
			return a.printAddress(addr)
		},
	}
}

func (a *app) keyImport() *cobra.Command {
	return &cobra.Command{
		Use:     "import FILE",
		Short:   "Encrypt a private key (64 hex digits in FILE, - for standard input) into the keystore",
		Example: "  suyuan key import - < key.hex",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, given []string) error {
			b, err := a.read(given[0])
			if err != nil {
				return err
			}
			ks, err := a.keystore()
			if err != nil {
				return err
			}
			addr, err := ks.Import(string(b))
			if err != nil {
				return exit(exitInvalid, err)
			}
			return a.printAddress(addr)
		},
	}
}

// keyRow is a key of the keystore and what the ledger says about it.
type keyRow struct {
	Address    common.Address  `json:"address"`
	Party      *common.Address `json:"party,omitempty"`
	Agent      uint64          `json:"agent,omitempty"`
	Scopes     []string        `json:"scopes,omitempty"`
	ValidFrom  *time.Time      `json:"valid_from,omitempty"`
	ValidUntil *time.Time      `json:"valid_until,omitempty"`
	Revoked    *time.Time      `json:"revoked,omitempty"`
}

func (a *app) keyList() *cobra.Command {
	var offline bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the keys of the keystore with party, scopes and validity on the ledger",
		Args:  args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ks, err := node.OpenKeystore(a.home, "", node.StrongKeys)
			if err != nil {
				return err
			}
			rows := []keyRow{}
			for _, addr := range ks.Addresses() {
				rows = append(rows, keyRow{Address: addr})
			}
			if !offline {
				c, err := a.dial(cmd.Context())
				if err != nil {
					return fmt.Errorf("%w (with --offline only the addresses are listed)", err)
				}
				defer c.Close()
				for i := range rows {
					k, err := c.Key(cmd.Context(), rows[i].Address)
					if err != nil {
						return err
					}
					rows[i].fill(k)
				}
			}
			return a.print(rows, func(w io.Writer) {
				for _, r := range rows {
					fmt.Fprintln(w, r)
				}
			})
		},
	}
	cmd.Flags().BoolVar(&offline, "offline", false, "don't ask the ledger")
	return cmd
}

func (r *keyRow) fill(k contracts.Key) {
	if k.Party == (common.Address{}) {
		return
	}
	r.Party, r.Agent, r.Scopes = &k.Party, k.Agent, contracts.Scope(k.Scopes).Names()
	r.ValidFrom, r.ValidUntil, r.Revoked = unixTime(k.ValidFrom), unixTime(k.ValidUntil), unixTime(k.RevokedAt)
}

func (r keyRow) String() string {
	if r.Party == nil {
		return r.Address.Hex() + "  not registered"
	}
	s := fmt.Sprintf("%s  party %s agent %d  %s", r.Address.Hex(), r.Party.Hex(), r.Agent, strings.Join(r.Scopes, ","))
	if r.ValidUntil != nil {
		s += "  until " + r.ValidUntil.Format(time.RFC3339)
	}
	if r.Revoked != nil {
		s += "  revoked " + r.Revoked.Format(time.RFC3339)
	}
	return s
}

func (a *app) keyRegister() *cobra.Command {
	var (
		from, until string
		agent       uint64
		scopes      []string
		validFrom   string
	)
	cmd := &cobra.Command{
		Use:   "register ADDRESS --from ADMIN",
		Short: "Register a key of the party on the ledger, or change its agent, scopes and validity",
		Example: `  suyuan key register 0x52…11 --from 0xa1…9c --scopes capture,read
  suyuan key register 0x52…11 --from 0xa1…9c --scopes capture --valid-until 2027-01-01T00:00:00Z`,
		Args:              args(cobra.ExactArgs(1)),
		ValidArgsFunction: once(a.hostedKeys),
		RunE: func(cmd *cobra.Command, given []string) error {
			addr, err := parseAddress("ADDRESS", given[0])
			if err != nil {
				return err
			}
			bits, err := contracts.ParseScopes(scopes)
			if err != nil {
				return exit(exitUsage, err)
			}
			start, err := parseTime("valid-from", validFrom)
			if err != nil {
				return err
			}
			end, err := parseTime("valid-until", until)
			if err != nil {
				return err
			}
			return a.act(cmd, from, client.SetKey(addr, agent, bits, start, end))
		},
	}
	a.fromFlag(cmd, &from, "key with the scope administer")
	cmd.Flags().Uint64Var(&agent, "agent", 1, "agent of the party the key signs for")
	cmd.Flags().StringSliceVar(&scopes, "scopes", []string{"capture", "read"}, "what it may do: "+strings.Join(contracts.ScopeNames(), ", "))
	cmd.Flags().StringVar(&validFrom, "valid-from", "", "RFC 3339 time from which it is valid; empty: now")
	cmd.Flags().StringVar(&until, "valid-until", "", "RFC 3339 time at which it expires; empty: never")
	_ = cmd.RegisterFlagCompletionFunc("scopes", cobra.FixedCompletions(contracts.ScopeNames(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (a *app) keyRevoke() *cobra.Command {
	var from string
	cmd := &cobra.Command{
		Use:               "revoke ADDRESS --from ADMIN",
		Short:             "Revoke a key for good; what it signed before stays valid",
		Example:           "  suyuan key revoke 0x52…11 --from 0xa1…9c",
		Args:              args(cobra.ExactArgs(1)),
		ValidArgsFunction: once(a.hostedKeys),
		RunE: func(cmd *cobra.Command, given []string) error {
			addr, err := parseAddress("ADDRESS", given[0])
			if err != nil {
				return err
			}
			return a.act(cmd, from, client.RevokeKey(addr))
		},
	}
	a.fromFlag(cmd, &from, "key with the scope administer")
	return cmd
}

func (a *app) keyAPI() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "api",
		Short: "API keys of this node",
	}
	var (
		label  string
		scopes []string
		rate   float64
	)
	create := &cobra.Command{
		Use:   "new ADDRESS",
		Short: "Make an API key with which programs write as the hosted key ADDRESS; it is shown once",
		Example: `  suyuan key api new 0x52…11 --label "warehouse system"
  suyuan key api new 0x52…11 --scopes read --rate 5`,
		Args:              args(cobra.ExactArgs(1)),
		ValidArgsFunction: once(a.hostedKeys),
		RunE: func(cmd *cobra.Command, given []string) error {
			addr, err := parseAddress("ADDRESS", given[0])
			if err != nil {
				return err
			}
			c, err := a.dial(cmd.Context())
			if err != nil {
				return err
			}
			defer c.Close()
			k, err := c.Key(cmd.Context(), addr)
			if err != nil {
				return err
			}
			if k.Party == (common.Address{}) {
				return exit(exitUnknown, fmt.Errorf("key %s is not registered on the ledger", addr.Hex()))
			}
			bits, err := contracts.ParseScopes(scopes)
			if err != nil {
				return exit(exitUsage, err)
			}
			if !(rate >= 0) || math.IsInf(rate, 0) {
				return exit(exitUsage, fmt.Errorf("--rate %g: must be a number from 0", rate))
			}
			if extra := bits &^ contracts.Scope(k.Scopes); extra != 0 {
				return exit(exitInvalid, fmt.Errorf("scopes %s: the key doesn't have them", strings.Join(extra.Names(), ", ")))
			}
			keys, err := node.OpenAPIKeys(a.home)
			if err != nil {
				return err
			}
			token, err := keys.Issue(node.APIKey{Label: label, Party: k.Party, Agent: k.Agent, Key: addr, Scopes: bits.Names(), RateLimit: rate})
			if err != nil {
				return err
			}
			return a.print(map[string]string{"api_key": token}, func(w io.Writer) { fmt.Fprintln(w, token) })
		},
	}
	create.Flags().StringVar(&label, "label", "", "what it is for")
	create.Flags().StringSliceVar(&scopes, "scopes", []string{"capture", "read"}, "what it may do, of the key's scopes")
	create.Flags().Float64Var(&rate, "rate", 0, "requests a second it may make; 0: as key_rate_limit of the node says")
	_ = create.RegisterFlagCompletionFunc("scopes", cobra.FixedCompletions(contracts.ScopeNames(), cobra.ShellCompDirectiveNoFileComp))
	list := &cobra.Command{
		Use:   "list",
		Short: "List the API keys of this node (their hashes: the tokens are not stored)",
		Args:  args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			keys, err := node.OpenAPIKeys(a.home)
			if err != nil {
				return err
			}
			all, err := keys.List()
			if err != nil {
				return err
			}
			return a.print(all, func(w io.Writer) {
				for _, k := range all {
					fmt.Fprintf(w, "%s  %s agent %d  %s", k.Hash[:16], k.Party.Hex(), k.Agent, strings.Join(k.Scopes, ","))
					if k.RateLimit > 0 {
						fmt.Fprintf(w, "  %g/s", k.RateLimit)
					}
					fmt.Fprintln(w, "  "+k.Label)
				}
			})
		},
	}
	revoke := &cobra.Command{
		Use:               "revoke HASH",
		Short:             "Revoke the API key whose hash begins with HASH (at least 8 digits)",
		Args:              args(cobra.ExactArgs(1)),
		ValidArgsFunction: once(a.apiKeyHashes),
		RunE: func(_ *cobra.Command, given []string) error {
			keys, err := node.OpenAPIKeys(a.home)
			if err != nil {
				return err
			}
			n, err := keys.Revoke(given[0])
			if err != nil {
				return exit(exitUsage, err)
			}
			if n == 0 {
				return exit(exitUnknown, fmt.Errorf("no API key begins with %q", given[0]))
			}
			return a.print(map[string]int{"revoked": n}, func(w io.Writer) { fmt.Fprintln(w, "revoked") })
		},
	}
	cmd.AddCommand(create, list, revoke)
	return cmd
}

// keystore opens the node's keystore with the password of its configuration, or asks for it.
func (a *app) keystore() (*node.Keystore, error) {
	cfg, err := node.LoadConfig(a.home, nil)
	if err != nil {
		return nil, err
	}
	password, err := cfg.Password(a.home)
	if err != nil {
		if password, err = a.askPassword(); err != nil {
			return nil, err
		}
	}
	return node.OpenKeystore(a.home, password, node.StrongKeys)
}

func (a *app) askPassword() (string, error) {
	f, ok := a.in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return "", exit(exitUsage, errors.New("the keystore needs a password: SUYUAN_KEYSTORE_PASSWORD or keystore_password_file"))
	}
	fmt.Fprint(a.err, "keystore password: ")
	b, err := term.ReadPassword(int(f.Fd()))
	fmt.Fprintln(a.err)
	return string(b), err
}

func (a *app) fromFlag(cmd *cobra.Command, from *string, what string) {
	cmd.Flags().StringVar(from, "from", "", what+", in the keystore of --home")
	_ = cmd.RegisterFlagCompletionFunc("from", once(a.hostedKeys))
	_ = cmd.MarkFlagRequired("from")
}

// act signs one call with the key from, sends it to the node and waits until it is final.
func (a *app) act(cmd *cobra.Command, from string, call client.Call) error {
	addr, err := parseAddress("--from", from)
	if err != nil {
		return err
	}
	ks, err := a.keystore()
	if err != nil {
		return err
	}
	key, err := ks.Signer(addr)
	if err != nil {
		return err
	}
	c, err := a.dial(cmd.Context())
	if err != nil {
		return err
	}
	defer c.Close()
	r, err := c.Do(cmd.Context(), key, call)
	if err != nil {
		return err
	}
	done := map[string]any{"tx": r.TxHash, "block": r.BlockNumber, "gas_used": r.GasUsed}
	licence := ""
	if id, err := client.GrantedLicence(r); err == nil {
		done["licence"], licence = id, fmt.Sprintf(", licence %d", id)
	}
	return a.print(done, func(w io.Writer) {
		fmt.Fprintf(w, "%s: final in block %s, transaction %s%s\n", call.What, r.BlockNumber, r.TxHash, licence)
	})
}

func (a *app) printAddress(addr common.Address) error {
	return a.print(map[string]common.Address{"address": addr}, func(w io.Writer) { fmt.Fprintln(w, addr.Hex()) })
}

func parseAddress(name, s string) (common.Address, error) {
	if !common.IsHexAddress(s) {
		return common.Address{}, exit(exitUsage, fmt.Errorf("%s: %q is not an address (0x and 40 hex digits)", name, s))
	}
	return common.HexToAddress(s), nil
}

func parseTime(flag, s string) (uint64, error) {
	if s == "" {
		return 0, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || t.Unix() < 0 {
		return 0, exit(exitUsage, fmt.Errorf("--%s: %q is not an RFC 3339 time such as 2027-01-01T00:00:00Z", flag, s))
	}
	return uint64(t.Unix()), nil
}

// unixTime is nil for 0, which the contracts use for "none".
func unixTime(s uint64) *time.Time {
	if s == 0 {
		return nil
	}
	t := time.Unix(int64(s), 0).UTC()
	return &t
}
