package node

import (
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/trace/capture"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
)

// sealings are the defaults of capture_policy and capture_disclose, by party: an address in lower case, a registered name,
// or "default".
type sealings map[string]*capture.Sealing

const defaultParty = "default"

// sealings reads the two fields.
func (c *Config) sealings() (sealings, error) {
	all := sealings{}
	of := func(party string) *capture.Sealing {
		if common.IsHexAddress(party) {
			party = strings.ToLower(party)
		}
		if all[party] == nil {
			all[party] = &capture.Sealing{}
		}
		return all[party]
	}
	for _, entry := range c.CapturePolicy {
		party, policy, ok := cutLast(entry)
		if !ok || !epcis.IsPolicy(policy) {
			return nil, fmt.Errorf("capture_policy: %q is not PARTY=POLICY, POLICY one of public, chain, private", entry)
		}
		of(party).Policy = policy
	}
	for _, entry := range c.CaptureDisclose {
		party, pointer, ok := strings.Cut(entry, "=/")
		if !ok {
			return nil, fmt.Errorf("capture_disclose: %q is not PARTY=POINTER, POINTER such as /bizStep", entry)
		}
		s := of(party)
		if s.Disclose = append(s.Disclose, "/"+pointer); pointer == "" {
			s.Disclose = []string{}
		}
		if err := epcis.CheckDisclosed(s.Disclose); err != nil {
			return nil, fmt.Errorf("capture_disclose: %q: %w", entry, err)
		}
	}
	return all, nil
}

// cutLast parts an entry at its last =, for a name may hold others.
func cutLast(entry string) (party, value string, ok bool) {
	i := strings.LastIndexByte(entry, '=')
	if i < 0 {
		return "", "", false
	}
	return entry[:i], entry[i+1:], i > 0
}

// of is what holds for a party: said for its address, or for its name, or for all.
func (s sealings) of(party common.Address, name string) (is capture.Sealing) {
	for _, who := range []string{defaultParty, name, strings.ToLower(party.Hex())} {
		given := s[who]
		if given == nil {
			continue
		}
		if given.Policy != "" {
			is.Policy = given.Policy
		}
		if given.Disclose != nil {
			is.Disclose = given.Disclose
		}
	}
	return is
}

// sealing is a party's default in this node's configuration.
func (n *Node) sealing(party common.Address) capture.Sealing {
	all, err := n.cfg.sealings()
	if err != nil || len(all) == 0 {
		return capture.Sealing{} // an error was refused at the start
	}
	name := ""
	if v, err := n.trace.index.View(); err == nil {
		if p, ok, err := v.Party(party); err == nil && ok {
			name = p.Name
		}
		_ = v.Close() // read only
	}
	return all.of(party, name)
}
