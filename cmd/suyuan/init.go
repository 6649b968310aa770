package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/spf13/cobra"

	"github.com/suyuan-ledger/suyuan/chain"
	"github.com/suyuan-ledger/suyuan/node"
)

func (a *app) initCmd() *cobra.Command {
	var (
		chainID  uint64
		operator string
		genesis  string
		sandbox  bool
	)
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Make the home folder of a node: of a new chain, or of one that exists",
		Long: `Without --genesis a new chain is founded with one operator and one validator. With --genesis the node joins
the chain of that document: the command prints the peer id that an operator has to register first.

Keys are encrypted with the password of SUYUAN_KEYSTORE_PASSWORD; without it one is made and written to
the file keystore_password in the home.`,
		Example: `  suyuan init --home node1 --operator "Chenxi Beverages" --sandbox
  suyuan init --home node2 --genesis genesis.json --p2p-peers 12D3KooW...@10.0.0.1:8080`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := node.LoadConfig(a.home, cmd.Flags())
			if err != nil {
				return exit(exitUsage, err)
			}
			if genesis != "" {
				return a.join(genesis, cfg)
			}
			if operator == "" {
				return exit(exitUsage, errors.New("--operator: a new chain needs the name of its operator (or --genesis to join one)"))
			}
			return a.found(chainID, operator, sandbox, cfg)
		},
	}
	cmd.Flags().Uint64Var(&chainID, "chain-id", chain.DemoChainID, "EVM chain id of the new chain")
	cmd.Flags().StringVar(&operator, "operator", "", "legal name of the organisation that founds the chain")
	cmd.Flags().StringVar(&genesis, "genesis", "", "genesis document of the chain to join")
	cmd.Flags().BoolVar(&sandbox, "sandbox", false, "make a test chain: all parties may use prefixes nobody registered")
	node.AddFlags(cmd.Flags())
	return cmd
}

func (a *app) found(chainID uint64, operator string, sandbox bool, cfg node.Config) error {
	f := node.Founding{ChainID: chainID, Timelock: 24 * time.Hour, Keys: node.StrongKeys, Password: cfg.KeystorePassword,
		Founders: []node.Founder{{Name: operator, Home: a.home, Config: stored(cfg)}}}
	if sandbox {
		f.Sandbox = "Sandbox (test network)"
	}
	founded, err := node.Found(f)
	if err != nil {
		return err
	}
	id, err := chain.ReadIdentity(a.home)
	if err != nil {
		return err
	}
	out := map[string]any{"home": a.home, "chain_id": chainID, "operator_key": founded.Operators[0], "peer_id": id.PeerID,
		"genesis": chain.GenesisFile(a.home)}
	if sandbox {
		out["sandbox_key"] = founded.Sandbox
	}
	return a.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "home          %s\nchain id      %d\noperator key  %s\npeer id       %s\ngenesis       %s\n", a.home, chainID,
			founded.Operators[0].Hex(), id.PeerID, chain.GenesisFile(a.home))
		fmt.Fprintf(w, "\nBack up the folders config and keystore, and the password. Then: suyuan start --home %s\n", a.home)
	})
}

// join makes a home for a node of an existing chain.
func (a *app) join(genesis string, cfg node.Config) error {
	if _, err := os.Stat(chain.GenesisFile(a.home)); err == nil {
		return exit(exitInvalid, fmt.Errorf("home %s: already belongs to a chain", a.home))
	}
	doc, err := cmttypes.GenesisDocFromFile(genesis)
	if err != nil {
		return exit(exitInvalid, fmt.Errorf("--genesis: %w", err))
	}
	id, err := chain.InitKeys(a.home)
	if err != nil {
		return err
	}
	if err := chain.WriteGenesis(a.home, doc); err != nil {
		return err
	}
	if err := node.WriteConfigFile(filepath.Join(a.home, node.ConfigFile), stored(cfg)); err != nil {
		return err
	}
	return a.print(map[string]any{"home": a.home, "comet_chain_id": doc.ChainID, "peer_id": id.PeerID}, func(w io.Writer) {
		fmt.Fprintf(w, "home      %s\nchain     %s\npeer id   %s\n\nAn operator lets it in with: suyuan party node %s --from KEY\n",
			a.home, doc.ChainID, id.PeerID, id.PeerID)
	})
}

// stored is the configuration as it goes into the file: what was derived, and the password, stay out.
func stored(cfg node.Config) node.Config {
	def := node.DefaultConfig()
	if cfg.P2PListen == cfg.HTTP {
		cfg.P2PListen = def.P2PListen
	}
	if cfg.LinkDomain == cfg.PublicURL {
		cfg.LinkDomain = def.LinkDomain
	}
	if cfg.PublicURL == cfg.DefaultURL() {
		cfg.PublicURL = def.PublicURL
	}
	cfg.KeystorePassword = ""
	return cfg
}
