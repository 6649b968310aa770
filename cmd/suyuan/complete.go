package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/suyuan-ledger/suyuan/node"
)

// Completions for the shell, beside those that cobra knows by itself: see suyuan completion --help.

type completion = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective)

// once offers candidates for the first argument alone.
func once(candidates func() []string) completion {
	return func(_ *cobra.Command, given []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(given) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var out []string
		for _, c := range candidates() {
			if strings.HasPrefix(strings.ToLower(c), strings.ToLower(typed)) {
				out = append(out, c)
			}
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	}
}

// hostedKeys are the addresses in the keystore of --home.
func (a *app) hostedKeys() []string {
	ks, err := node.OpenKeystore(a.home, "", node.StrongKeys)
	if err != nil {
		return nil // nothing to offer
	}
	var out []string
	for _, addr := range ks.Addresses() {
		out = append(out, addr.Hex())
	}
	return out
}

// apiKeyHashes are the beginnings of the hashes of this node's API keys, each with its label.
func (a *app) apiKeyHashes() []string {
	keys, err := node.OpenAPIKeys(a.home)
	if err != nil {
		return nil
	}
	all, err := keys.List()
	if err != nil {
		return nil
	}
	var out []string
	for _, k := range all {
		out = append(out, cobra.CompletionWithDesc(k.Hash[:16], k.Label))
	}
	return out
}

// files offers files with one of the endings.
func files(endings ...string) completion {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return endings, cobra.ShellCompDirectiveFilterFileExt
	}
}

// nothing keeps the shell from offering files where none is meant.
func nothing() []string { return nil }
