package rpc_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/chain/rpc"
	"github.com/suyuan-ledger/suyuan/contracts"
)

func (d *desk) debug(t *testing.T) {
	final := d.node.Do(t, d.node.Operator, contracts.PartiesAddr, contracts.NewParties().PackActing(d.node.Operator.Address()))
	open := doorsOf(t, d.node, func(c *rpc.Config) { c.Debug = true })
	r := open.ask(t, "debug_traceTransaction", fmt.Sprintf(`[%q,{"tracer":"callTracer"}]`, final.TxHash))
	require.Nil(t, r.Error)
	assert.Contains(t, string(bytes.ToLower(r.Result)), strings.ToLower(contracts.PartiesAddr.Hex()))
	r = open.ask(t, "debug_traceTransaction", fmt.Sprintf(`[%q,{"tracer":"{step: function() {}}"}]`, final.TxHash))
	require.NotNil(t, r.Error)
	assert.Equal(t, -32602, r.Error.Code)
	for _, method := range []string{"debug_traceBlockFromFile", "debug_standardTraceBlockToFile", "debug_traceBadBlock"} {
		r := open.ask(t, method, `["/etc/passwd"]`)
		require.NotNil(t, r.Error, method)
		assert.Equal(t, -32004, r.Error.Code, method)
	}
	r = open.ask(t, "debug_setHead", `["0x0"]`)
	require.NotNil(t, r.Error)
	assert.Equal(t, -32601, r.Error.Code)
}
