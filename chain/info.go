package chain

import (
	"context"

	abci "github.com/cometbft/cometbft/abci/types"
)

// appVersion is the version of the rules that a block must follow.
const appVersion = 1

// Info tells CometBFT how far this application really is. CometBFT replays everything later.
func (a *app) Info(context.Context, *abci.RequestInfo) (*abci.ResponseInfo, error) {
	rec := a.evm.Final()
	res := &abci.ResponseInfo{Data: "suyuan", AppVersion: appVersion, LastBlockHeight: rec.Height}
	if rec.Height > 0 {
		res.LastBlockAppHash = rec.Hash[:]
	}
	return res, nil
}
