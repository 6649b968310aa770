package rpc

import "net/http"

// Server is the /rpc door: an http.Handler for HTTP POST and WebSocket upgrades.
type Server struct{}

// New makes the door. Close it when the ledger stops.
func New(cfg Config) (*Server, error) { panic("being written") }

// ServeHTTP answers one request or holds one WebSocket connection.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { panic("being written") }

// Close refuses new requests and closes WebSocket connections.
func (s *Server) Close() { panic("being written") }
