// Package cometdb opens the databases of a CometBFT node.
package cometdb

import (
	"sync"

	dbm "github.com/cometbft/cometbft-db"
	cmtcfg "github.com/cometbft/cometbft/config"
)

// gracefulDB lets CometBFT's routines outlive its databases. Those that serve a peer notice a stop only
// after a pause of up to two seconds, and one that reads a closed database in between panics, which turns
// a clean stop into a crash. Here such a read finds nothing, as if the height were pruned.
type gracefulDB struct {
	dbm.DB
	mu     sync.RWMutex
	closed bool
}

// Open opens a database as CometBFT's configuration says; it is a config.DBProvider.
func Open(ctx *cmtcfg.DBContext) (dbm.DB, error) {
	db, err := cmtcfg.DefaultDBProvider(ctx)
	if err != nil {
		return nil, err
	}
	return &gracefulDB{DB: db}, nil
}

// Get reads a value; nil when there is none.
func (g *gracefulDB) Get(key []byte) ([]byte, error) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	if g.closed {
		return nil, nil
	}
	return g.DB.Get(key)
}

// Has tells whether there is a value.
func (g *gracefulDB) Has(key []byte) (bool, error) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	if g.closed {
		return false, nil
	}
	return g.DB.Has(key)
}

// Close closes the database once nobody reads.
func (g *gracefulDB) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil
	}
	g.closed = true
	return g.DB.Close()
}
