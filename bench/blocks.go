package bench

import (
	"context"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"
)

// BlocksReport is what the blocks of a run held.
type BlocksReport struct {
	Blocks uint64 `json:"blocks"` // EVM blocks
	Txs    uint64 `json:"txs"`
	Gas    uint64 `json:"gas_used"`
	Bytes  uint64 `json:"bytes"`
	// Interval is the mean time between two blocks in seconds.
	Interval float64 `json:"interval_s"`
}

// readBlocks sums up the blocks behind one number.
func (n *Network) readBlocks(ctx context.Context, after uint64) (*BlocksReport, error) {
	c, err := rpc.DialOptions(ctx, n.Targets[0].URL+"/rpc", rpc.WithHeader("Authorization", "Bearer "+n.Targets[0].APIKey))
	if err != nil {
		return nil, err
	}
	defer c.Close()
	var top hexutil.Uint64
	if err := c.CallContext(ctx, &top, "eth_blockNumber"); err != nil {
		return nil, err
	}
	r := new(BlocksReport)
	var first, last uint64
	for number := after + 1; number <= uint64(top); number++ {
		var b struct {
			Transactions []common.Hash  `json:"transactions"`
			GasUsed      hexutil.Uint64 `json:"gasUsed"`
			Size         hexutil.Uint64 `json:"size"`
			Timestamp    hexutil.Uint64 `json:"timestamp"`
		}
		if err := c.CallContext(ctx, &b, "eth_getBlockByNumber", hexutil.Uint64(number), false); err != nil {
			return nil, fmt.Errorf("block %d: %w", number, err)
		}
		if first == 0 {
			first = uint64(b.Timestamp)
		}
		last = uint64(b.Timestamp)
		r.Blocks, r.Txs, r.Gas, r.Bytes = r.Blocks+1, r.Txs+uint64(len(b.Transactions)), r.Gas+uint64(b.GasUsed), r.Bytes+uint64(b.Size)
	}
	if r.Blocks > 1 {
		r.Interval = float64(last-first) / float64(r.Blocks-1)
	}
	return r, nil
}
