// Package peers is the wall around a node's peer port: only registered nodes get through.
//
// CometBFT's libp2p transport has no allow-list; any node that holds the genesis file would become a
// full peer and receive every block. The wall is put between CometBFT and libp2p before CometBFT
// starts. It refuses every stream a stranger opens before a byte of it is read, opens no stream and no
// connection to a stranger, and closes strangers' connections. The list is replaced after every block,
// so a node that the registry drops is cut off within that block.
//
// The classic transport asks the application instead (filter_peers); Admit answers.
package peers
