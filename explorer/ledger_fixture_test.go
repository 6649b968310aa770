package explorer

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/contracts/decode"
	"github.com/suyuan-ledger/suyuan/explorer/ledger"
	"github.com/suyuan-ledger/suyuan/trace/index"
)

// What the fixed ledger holds.
const (
	fixedTx     = "0x1100000000000000000000000000000000000000000000000000000000000001"
	failedTx    = "0x1100000000000000000000000000000000000000000000000000000000000002"
	fixedParty  = "0x5359000000000000000000000000000000001234"
	fixedKey    = "0x5359000000000000000000000000000000005678"
	fixedObject = "0x2200000000000000000000000000000000000000000000000000000000000001"
)

// fixedLedger is a ledger of four validators, some of which may be down. The pages' own tests draw it; what a real node
// answers is tested in explorer/ledger.
type fixedLedger struct{ down int }

var fixedNow = time.Date(2026, 11, 20, 8, 1, 0, 0, time.UTC)

var (
	coop  = ledger.Who{Address: common.HexToAddress("0x53590000000000000000000000000000000000aa"), Name: "青山果农合作社 Qingshan Growers' Cooperative", Kind: "party"}
	brand = ledger.Who{Address: common.HexToAddress(fixedParty), Name: "晨溪饮品 Chenxi Beverages", Kind: "party"}
	key   = func() ledger.Who {
		p := brand.Address
		return ledger.Who{Address: common.HexToAddress(fixedKey), Name: brand.Name, Kind: "key", Party: &p, Agent: 2}
	}()
	registerContract = ledger.Who{Address: contracts.PartiesAddr, Name: "Parties", Kind: "contract"}
)

func (fixedLedger) Head(context.Context) (ledger.Head, error) {
	return ledger.Head{ChainID: 789826, Height: 412, Number: 63, Hash: common.HexToHash("0xab"), Time: fixedNow}, nil
}

func fixedBlock(i int) ledger.Block {
	return ledger.Block{Height: int64(412 - 7*i), Number: uint64(63 - i), Txs: 1 + i, Failed: i % 2, Records: 4 * i, //nolint:gosec // small
		Hash: common.BytesToHash([]byte{0xa0, byte(i)}), Time: fixedNow.Add(-time.Duration(i) * 9 * time.Second)}
}

func (fixedLedger) Blocks(_ context.Context, below uint64, limit int) (out []ledger.Block, err error) {
	for i := range min(limit, 8) {
		if b := fixedBlock(i); below == 0 || b.Number < below {
			out = append(out, b)
		}
	}
	return out, nil
}

func (fixedLedger) Block(_ context.Context, id string, from int) (ledger.BlockDetail, error) {
	switch id {
	case "0":
		return ledger.BlockDetail{Block: ledger.Block{Hash: common.HexToHash("0x99"), Time: fixedNow.Add(-time.Hour)}}, nil
	case "63":
	default:
		return ledger.BlockDetail{}, fmt.Errorf("block %q: %w", id, ledger.ErrNotFound)
	}
	b := ledger.BlockDetail{Block: fixedBlock(0), Parent: common.HexToHash("0xa1"), StateRoot: common.HexToHash("0xb1"), Mountain: common.HexToHash("0xb2"),
		GasUsed: 1_234_567, Size: 9_876, CometHash: common.HexToHash("0xc1"), Proposed: fixedNow.Add(123456 * time.Microsecond), Proposer: "coop", From: from,
		Certificate:  &ledger.Certificate{Height: 413, Power: 180, Total: 240},
		Transactions: []ledger.TxRow{fixedRow(), failedRow()}}
	for i, name := range []string{"coop", "brand", "logistics", "supermarket"} {
		b.Certificate.Signers = append(b.Certificate.Signers, ledger.Signer{Name: name, Address: fmt.Sprintf("%040d", i), Power: 60, Signed: i > 0})
	}
	b.Txs = 120
	return b, nil
}

func fixedRow() ledger.TxRow {
	to := ledger.Who{Address: contracts.HeadsAddr, Name: "Heads", Kind: "contract"}
	return ledger.TxRow{Hash: common.HexToHash(fixedTx), Number: 63, Time: fixedNow, From: key, To: &to, Contract: "Heads", Method: "append", OK: true}
}

func failedRow() ledger.TxRow {
	return ledger.TxRow{Hash: common.HexToHash(failedTx), Number: 63, Time: fixedNow, Pos: 1, From: key, To: &registerContract, Contract: "Parties", Method: "setKey"}
}

func (fixedLedger) Transaction(_ context.Context, hash common.Hash) (ledger.Transaction, error) {
	names := map[common.Address]ledger.Who{coop.Address: coop, brand.Address: brand, key.Address: key, contracts.PartiesAddr: registerContract}
	isParty := func(a common.Address) bool { return a == brand.Address }
	parties := contracts.NewParties()
	switch hash.Hex() {
	case fixedTx:
		data := contracts.NewHeads().PackAppend(0, 1, [][32]byte{{7}}, [][]contracts.Object{{{Kind: 2, Primary: [32]byte([]byte("09521202001011" + strings.Repeat("\x00", 18))), Suffix: [32]byte{9}}}},
			[]common.Address{coop.Address}, []byte("payload"))
		appended := &types.Log{Address: contracts.HeadsAddr, Topics: []common.Hash{contracts.NewHeads().GetABI().Events["Appended"].ID,
			common.BytesToHash(brand.Address[:]), common.BytesToHash(key.Address[:])}, Data: make([]byte, 64)}
		return ledger.Transaction{TxRow: fixedRow(), Height: 412, Nonce: 17, Gas: 250_000, GasUsed: 141_000, Call: decode.ReadCall(contracts.HeadsAddr, data, isParty),
			Logs:     []decode.Log{decode.ReadLog(appended, isParty), decode.ReadLog(&types.Log{Address: coop.Address, Topics: []common.Hash{{1}}, Data: []byte{1, 2}}, isParty)},
			LogCount: 3, Names: names, Records: []ledger.RecordRef{{Cursor: "412-0", Kind: 1, EventID: "ni:///sha-256;" + strings.Repeat("ab", 32) + "?ver=CBV2.0", Count: 9,
				Objects: []ledger.ObjectRef{{Key: common.HexToHash(fixedObject), Kind: 2, ID: "https://id.gs1.org/01/09521202001011/10/CX7-118"}, {Key: common.Hash{5}, Kind: 4}}}}}, nil
	case failedTx:
		inner := parties.PackSetKey(coop.Address, 2, uint32(contracts.ScopeCapture|contracts.ScopeRead), 1_763_000_000, 0)
		account := contracts.NewPartyAccount()
		row := failedRow()
		row.To, row.Contract, row.Method = &brand, "PartyAccount", "execute"
		notAllowed := parties.GetABI().Errors["NotAllowed"]
		packed, err := notAllowed.Inputs.Pack(key.Address, uint32(1), uint8(4))
		return ledger.Transaction{TxRow: row, Height: 412, Nonce: 18, Gas: 250_000, GasUsed: 31_000, Logs: []decode.Log{}, Names: names,
			Call:    decode.ReadCall(brand.Address, account.PackExecute(contracts.PartiesAddr, common.Big0, inner), isParty),
			Failure: &ledger.Failure{Reason: "execution reverted", Error: decode.ReadError(append(notAllowed.ID[:4:4], packed...))}}, err
	}
	return ledger.Transaction{}, fmt.Errorf("transaction %s: %w", hash, ledger.ErrNotFound)
}

func fixedParties() []ledger.Party {
	since := fixedNow.Add(-time.Hour)
	return []ledger.Party{
		{Address: coop.Address, Name: coop.Name, Operator: true, Sponsor: coop, GLN: "9521101000002", Country: "CN", Since: &since, Agents: 1},
		{Address: brand.Address, Name: brand.Name, Sponsor: coop, GLN: "9521202000007", Country: "CN", Since: &since, Agents: 2},
		{Address: common.HexToAddress("0x99"), Name: common.HexToAddress("0x99").Hex(), Suspended: true, Sponsor: coop},
	}
}

func (fixedLedger) Parties(_ context.Context, offset, limit int) ([]ledger.Party, int, error) {
	list := fixedParties()
	return list[min(offset, len(list)):min(offset+limit, len(list))], len(list), nil
}

func fixedKeyInfo() ledger.KeyInfo {
	from, until := fixedNow.Add(-time.Hour), fixedNow.Add(24*time.Hour)
	return ledger.KeyInfo{Address: key.Address, Party: brand.Address, Agent: 2, Scopes: []string{"capture", "read"}, ValidFrom: &from, ValidUntil: &until}
}

func (fixedLedger) Party(_ context.Context, a common.Address) (ledger.PartyDetail, error) {
	if a != brand.Address {
		return ledger.PartyDetail{}, fmt.Errorf("party %s: %w", a, ledger.ErrNotFound)
	}
	revoked := fixedKeyInfo()
	revoked.Address, revoked.RevokedAt, revoked.Reason = common.HexToAddress("0x77"), &fixedNow, 4
	return ledger.PartyDetail{Party: fixedParties()[1], LEI: "529900T8BM49AURSDO55", Grantable: []string{"capture", "read", "recall"}, Authority: []string{},
		KYC: &ledger.KYC{Level: 2, CheckedAt: &fixedNow}, Keys: []ledger.KeyInfo{fixedKeyInfo(), revoked}, KeyCount: 2, Licences: fixedLicences()[:1]}, nil
}

func (fixedLedger) History(_ context.Context, a common.Address, after string, limit int) ([]ledger.Change, string, error) {
	list := []ledger.Change{
		{Cursor: "380-4", Number: 60, Time: fixedNow.Add(-time.Minute), Tx: common.HexToHash(fixedTx), Kind: "key", Subject: fixedKey, By: key, Leaf: common.Hash{3}, Object: common.HexToHash(fixedObject),
			Fields: []ledger.Field{{Name: "scopes", Type: "uint32", Value: "68", Before: "4"}, {Name: "validUntil", Type: "uint64", Value: "1795161600", Before: "0"}}},
		{Cursor: "200-1", Number: 30, Time: fixedNow.Add(-time.Hour), Tx: common.HexToHash(fixedTx), Kind: "party", By: coop, First: true, Leaf: common.Hash{4}, Object: common.HexToHash(fixedObject),
			Fields: []ledger.Field{{Name: "details.name", Type: "string", Value: brand.Name}, {Name: "details.gln", Type: "uint64", Value: "9521202000007"}}},
	}
	if after != "" {
		return list[1:], "", nil
	}
	return list[:min(limit, 2)], "200-1", nil
}

func (fixedLedger) Address(_ context.Context, a common.Address, _ string, _ int) (ledger.Address, error) {
	if a != key.Address {
		return ledger.Address{Who: ledger.Who{Address: a}}, nil
	}
	k := fixedKeyInfo()
	return ledger.Address{Who: key, Nonce: 19, Key: &k, Transactions: []ledger.TxRow{fixedRow(), failedRow()}, Next: "400-2"}, nil
}

func (l fixedLedger) Validators() ledger.Validators {
	out := ledger.Validators{Height: 412, Window: 500}
	for i, name := range []string{"coop", "brand", "logistics", "supermarket"} {
		v := ledger.Validator{Name: name, Address: fmt.Sprintf("%040d", i), Power: 60, LastSigned: 412, Signed: 411 - 9*i, Of: 411}
		if i < l.down {
			v.LastSigned, v.MissedFor, v.Missing = 380, 32, true
		}
		out.List = append(out.List, v)
	}
	if l.down > 1 {
		out.WaitingFor = "no block for 32s: 120 of 240 votes are present, more than two thirds are needed"
	}
	return out
}

func fixedLicences() []ledger.Licence {
	return []ledger.Licence{
		{ID: 2, Holder: brand, Kind: "company-prefix", Text: "9521202", ValidFrom: &fixedNow, InForce: true},
		{ID: 1, Holder: coop, Kind: "sandbox", Open: true, RevokedAt: &fixedNow},
	}
}

func (fixedLedger) Licences(context.Context, uint64, int) ([]ledger.Licence, uint64, error) {
	return fixedLicences(), 2, nil
}

func (fixedLedger) Licence(_ context.Context, id uint64) (ledger.LicenceDetail, error) {
	if id != 2 {
		return ledger.LicenceDetail{}, fmt.Errorf("licence %d: %w", id, ledger.ErrNotFound)
	}
	return ledger.LicenceDetail{Licence: fixedLicences()[0], Members: []ledger.LicenceMember{{Who: coop, Standing: "delegate"}}}, nil
}

func (fixedLedger) Leaves(_ context.Context, k common.Hash, lane string, _ uint64, _ int) (ledger.Object, error) {
	if k != common.HexToHash(fixedObject) {
		return ledger.Object{}, fmt.Errorf("object %s: %w", k, ledger.ErrNotFound)
	}
	if lane == "" {
		lane = "trunk"
	}
	yes := lane == "trunk"
	return ledger.Object{Key: k, ID: "https://id.gs1.org/01/09521202001011/10/CX7-118", Counts: [3]uint64{3, 0, 1}, Lane: ledger.Lane{Name: lane, Key: common.Hash{7}, Head: common.Hash{8},
		Contract: common.Hash{8}, Agrees: &yes, From: 1, Next: 3, Leaves: []ledger.Leaf{
			{Number: 1, Hash: common.Hash{1}, Commitment: common.Hash{2}, Kind: 1, Party: &brand, Signer: &key, Time: &fixedNow, Block: 63, Tx: common.HexToHash(fixedTx)},
			{Number: 2, Hash: common.Hash{3}, Kind: 0},
		}}}, nil
}

func (fixedLedger) Search(_ context.Context, text string) (ledger.Found, error) {
	f := ledger.Found{Query: text, Hits: []ledger.Hit{}, Tried: []string{"validator", "ending", "party"}}
	switch text {
	case "cx7":
		f.Hits = []ledger.Hit{{Kind: "object", Title: "https://id.gs1.org/01/09521202001011/10/CX7-118", Path: "/explorer/objects/" + fixedObject, Scan: lotPath},
			{Kind: "party", Title: brand.Name, Path: "/explorer/parties/" + fixedParty}}
	case "one":
		f.Hits = []ledger.Hit{{Kind: "party", Title: brand.Name, Path: "/explorer/parties/" + fixedParty}}
	case "":
		f.Tried = nil
	default:
		f.Fault = "the check digit should be 1"
	}
	return f, nil
}

func (fixedLedger) Tip(context.Context) (index.Seq, error) { return index.Seq{Height: 412}, nil }

// Live sends one block, and waits.
func (fixedLedger) Live(ctx context.Context, from index.Seq, _ bool, send func(ledger.Event) error) error {
	next := index.Seq{Height: from.Height + 1, Index: 2}
	if err := send(ledger.Event{Cursor: next.String(), Type: "block", Data: fixedBlock(0)}); err != nil {
		return err
	}
	<-ctx.Done()
	return ctx.Err()
}
