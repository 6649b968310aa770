package ledger

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/suyuan-ledger/suyuan/chain"
	"github.com/suyuan-ledger/suyuan/contracts/decode"
	"github.com/suyuan-ledger/suyuan/trace/index"
)

// Block is one EVM block in a list.
type Block struct {
	Number  uint64      `json:"number,string"`
	Height  int64       `json:"height,string" doc:"CometBFT height whose block carried it"`
	Hash    common.Hash `json:"hash"`
	Time    time.Time   `json:"time"`
	Txs     int         `json:"transactions"`
	Failed  int         `json:"failed" doc:"Transactions among them that did nothing"`
	Records int         `json:"records" doc:"Leaves whose content this node follows"`
}

// BlockDetail is one block with its transactions.
type BlockDetail struct {
	Block
	Parent       common.Hash  `json:"parent"`
	StateRoot    common.Hash  `json:"state_root"`
	Mountain     common.Hash  `json:"mountain_root" doc:"Root over all earlier blocks (parentBeaconBlockRoot)"`
	GasUsed      uint64       `json:"gas_used,string"`
	Size         uint64       `json:"size,string" doc:"Bytes of its RLP"`
	CometHash    common.Hash  `json:"comet_hash" doc:"Hash of the CometBFT block that carried it"`
	Proposed     time.Time    `json:"proposed" doc:"Time the validators agreed on"`
	Proposer     string       `json:"proposer,omitempty" doc:"Name of the validator that proposed it"`
	Certificate  *Certificate `json:"certificate,omitempty" doc:"Absent until the next height is decided"`
	Transactions []TxRow      `json:"transaction_list" nullable:"false"`
	From         int          `json:"from" doc:"Position of the first transaction listed"`
}

// Certificate is who signed that the block is final.
type Certificate struct {
	Height  int64    `json:"height,string" doc:"CometBFT header that names the block's hash: one above its own"`
	Signers []Signer `json:"signers" nullable:"false"`
	Power   int64    `json:"power,string" doc:"Voting power that signed"`
	Total   int64    `json:"total,string" doc:"Voting power of all validators of that height"`
}

// Signer is a validator of a certificate.
type Signer struct {
	Name    string `json:"name,omitempty"`
	Address string `json:"address" doc:"Consensus address, hex"`
	Power   int64  `json:"power,string"`
	Signed  bool   `json:"signed"`
}

// TxRow is a transaction in a list.
type TxRow struct {
	Hash     common.Hash `json:"hash"`
	Number   uint64      `json:"number,string"`
	Time     time.Time   `json:"time"`
	Pos      int         `json:"position"`
	From     Who         `json:"from"`
	To       *Who        `json:"to,omitempty" doc:"Absent if the transaction creates a contract"`
	Contract string      `json:"contract,omitempty"`
	Method   string      `json:"method,omitempty"`
	OK       bool        `json:"ok"`
	Cursor   string      `json:"-"`
}

// TxsShown is how many transactions of a block one answer holds.
const TxsShown = 50

// Blocks lists blocks newest first, below a number; 0 begins with the latest.
func (r *Reader) Blocks(ctx context.Context, below uint64, limit int) (list []Block, err error) {
	from := uint64(math.MaxUint64)
	if below > 0 && below <= r.Ledger.Final().Number {
		b, err := r.header(below)
		if err != nil {
			return nil, err
		}
		from = b - 1
	}
	err = r.with(ctx, func(s *session) error {
		entries, err := s.view.Blocks(from, limit)
		for _, e := range entries {
			list = append(list, blockOf(e))
		}
		return err
	})
	return list, err
}

// header is the consensus height of an EVM block.
func (r *Reader) header(number uint64) (uint64, error) {
	h := r.Ledger.EVM().Chain().GetHeaderByNumber(number)
	if h == nil {
		return 0, notFound("block", strconv.FormatUint(number, 10))
	}
	if len(h.Extra) != 8 {
		return 0, nil
	}
	return bytesToHeight(h.Extra), nil
}

func bytesToHeight(b []byte) (n uint64) {
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n
}

func blockOf(e index.BlockEntry) Block {
	return Block{Number: e.Number, Height: int64(e.Height), Hash: e.Hash, Time: blockTime(e.Time), //nolint:gosec // a height
		Txs: int(e.Txs), Failed: int(e.Failed), Records: int(e.Records)}
}

// ParseBlockID reads a block's number or hash.
func (r *Reader) parseBlockID(id string) (number uint64, err error) {
	if n, err := strconv.ParseUint(id, 10, 64); err == nil {
		if n > r.Ledger.Final().Number {
			return 0, notFound("block", id)
		}
		return n, nil
	}
	hash, ok := parseHash(id)
	if !ok {
		return 0, notFound("block", id)
	}
	number, ok, err = r.Ledger.NumberOf(hash)
	if err == nil && !ok {
		err = notFound("block", id)
	}
	return number, err
}

// parseHash reads a hash with 0x or without.
func parseHash(s string) (h common.Hash, ok bool) {
	if len(s) == 2*common.HashLength {
		s = "0x" + s
	}
	return h, h.UnmarshalText([]byte(s)) == nil
}

// Block is one block by number or hash, with its transactions from a position on.
func (r *Reader) Block(ctx context.Context, id string, from int) (out BlockDetail, err error) {
	number, err := r.parseBlockID(id)
	if err != nil {
		return out, err
	}
	raw := r.Ledger.EVM().Chain().GetBlockByNumber(number)
	if raw == nil {
		return out, notFound("block", id)
	}
	h := raw.Header()
	out = BlockDetail{Block: Block{Number: number, Hash: raw.Hash(), Time: blockTime(h.Time), Txs: len(raw.Transactions())},
		Parent: h.ParentHash, StateRoot: h.Root, GasUsed: h.GasUsed, Size: raw.Size(), From: from, Transactions: []TxRow{}}
	if h.ParentBeaconRoot != nil {
		out.Mountain = *h.ParentBeaconRoot
	}
	if number == 0 {
		return out, nil // genesis: nobody proposed it, and its content is the first state
	}
	out.Height = int64(bytesToHeight(h.Extra)) //nolint:gosec // a height
	err = r.with(ctx, func(s *session) error {
		if entries, err := s.view.Blocks(uint64(out.Height), 1); err != nil { //nolint:gosec // a height
			return err
		} else if len(entries) == 1 && entries[0].Number == number {
			out.Block = blockOf(entries[0])
		}
		if err := s.consensus(&out); err != nil {
			return err
		}
		b, err := s.Ledger.Block(number)
		if err != nil {
			return err
		}
		for i := max(0, from); i < len(b.Txs) && i < from+TxsShown; i++ {
			row, err := s.txRow(b, i)
			if err != nil {
				return err
			}
			out.Transactions = append(out.Transactions, row)
		}
		return nil
	})
	return out, err
}

// consensus fills in who proposed the block and who signed it.
func (s *session) consensus(b *BlockDetail) error {
	names := s.validatorNames()
	h, ok, err := s.Ledger.Header(b.Height)
	if err != nil {
		return err
	}
	if ok {
		b.CometHash, b.Proposed, b.Proposer = h.Hash, h.Time, names[hex.EncodeToString(h.Proposer)]
	}
	lb, err := s.Ledger.Certificate(b.Height + 1)
	if errors.Is(err, chain.ErrNoCertificate) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("certificate of height %d: %w", b.Height+1, err)
	}
	c := &Certificate{Height: b.Height + 1, Total: lb.ValidatorSet.TotalVotingPower()}
	for i, v := range lb.ValidatorSet.Validators {
		addr := hex.EncodeToString(v.Address)
		sig := Signer{Name: names[addr], Address: strings.ToUpper(addr), Power: v.VotingPower}
		if i < len(lb.Commit.Signatures) && lb.Commit.Signatures[i].BlockIDFlag == cmttypes.BlockIDFlagCommit {
			sig.Signed = true
			c.Power += v.VotingPower
		}
		c.Signers = append(c.Signers, sig)
	}
	b.Certificate = c
	return nil
}

// validatorNames maps consensus addresses in hex to names.
func (s *session) validatorNames() map[string]string {
	out := map[string]string{}
	for _, v := range s.Signing().List {
		out[strings.ToLower(v.Address)] = v.Name
	}
	return out
}

func (s *session) txRow(b chain.Block, i int) (TxRow, error) {
	tx := b.Txs[i]
	row := TxRow{Hash: tx.Hash(), Number: b.Number, Time: blockTime(b.Time), Pos: i, OK: b.Receipts[i].Status == types.ReceiptStatusSuccessful,
		Cursor: index.Seq{Height: uint64(b.Height), Index: uint32(i)}.String()} //nolint:gosec // a height, a position
	var err error
	if row.From, err = s.who(b.Senders[i]); err != nil {
		return row, err
	}
	if to := tx.To(); to != nil {
		w, err := s.who(*to)
		if err != nil {
			return row, err
		}
		row.To = &w
		row.Contract, row.Method = decode.NameCall(*to, tx.Data(), s.isParty)
	}
	return row, nil
}
