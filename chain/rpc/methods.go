package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"
	"unicode"

	"github.com/ethereum/go-ethereum/trie"
)

// methods are methods of go-ethereum's services by their RPC name without the namespace. Some of their
// argument types are internal to go-ethereum, so they are called by reflection with arguments decoded
// from JSON.
type methods map[string]method

type method struct {
	fn      reflect.Value
	args    []reflect.Type
	context bool
}

var (
	contextType = reflect.TypeFor[context.Context]()
	errorType   = reflect.TypeFor[error]()
)

// methodsOf collects the methods that return a value, or a value and an error. Later services win.
func methodsOf(services []any) methods {
	all := methods{}
	for _, s := range services {
		v := reflect.ValueOf(s)
		for i := range v.NumMethod() {
			fn := v.Method(i)
			t := fn.Type()
			if t.NumOut() == 0 || t.NumOut() > 2 || t.NumOut() == 2 && t.Out(1) != errorType {
				continue
			}
			m := method{fn: fn}
			for j := range t.NumIn() {
				if j == 0 && t.In(j) == contextType {
					m.context = true
					continue
				}
				m.args = append(m.args, t.In(j))
			}
			name := []rune(v.Type().Method(i).Name)
			name[0] = unicode.ToLower(name[0])
			all[string(name)] = m
		}
	}
	return all
}

// require fails if a method is missing: a go-ethereum upgrade that renames one must be noticed at start.
func (m methods) require(names ...string) error {
	for _, n := range names {
		if _, ok := m[n]; !ok {
			return fmt.Errorf("rpc: this go-ethereum has no method eth_%s", n)
		}
	}
	return nil
}

// call calls a method with JSON arguments; nil arguments are absent ones.
func (m methods) call(ctx context.Context, name string, args ...*json.RawMessage) (any, error) {
	target, ok := m[name]
	if !ok {
		return nil, &rpcError{code: codeNotSupported, msg: "method " + name + " is not offered"}
	}
	var in []reflect.Value
	if target.context {
		in = append(in, reflect.ValueOf(ctx))
	}
	for i, t := range target.args {
		v := reflect.New(t)
		switch {
		case i < len(args) && args[i] != nil:
			if err := json.Unmarshal(*args[i], v.Interface()); err != nil {
				return nil, &rpcError{code: codeInvalidParams, msg: fmt.Sprintf("invalid argument %d: %v", i, err)}
			}
		case t.Kind() != reflect.Pointer:
			return nil, &rpcError{code: codeInvalidParams, msg: fmt.Sprintf("missing value for required argument %d", i)}
		}
		in = append(in, v.Elem())
	}
	for i := len(target.args); i < len(args); i++ {
		if args[i] != nil {
			return nil, &rpcError{code: codeInvalidParams, msg: fmt.Sprintf("too many arguments, want at most %d", len(target.args))}
		}
	}
	out := target.fn.Call(in)
	if len(out) == 2 && !out[1].IsNil() {
		return nil, out[1].Interface().(error)
	}
	return out[0].Interface(), nil
}

// read is call, tried again when the state it reads is flushed away under it: the head has then moved to
// a newer one.
func (m methods) read(ctx context.Context, name string, args ...*json.RawMessage) (out any, err error) {
	for range 3 {
		out, err = m.call(ctx, name, args...)
		if gone := (*trie.MissingNodeError)(nil); !errors.As(err, &gone) {
			break
		}
	}
	return out, err
}

// limiter bounds the heavy calls at work at once.
type limiter chan struct{}

func newLimiter(n int) limiter { return make(limiter, n) }

// do runs fn within the limit and the time. A caller waits for room as long as its call may take.
func (l limiter) do(ctx context.Context, most time.Duration, fn func(context.Context) (any, error)) (any, error) {
	room, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	select {
	case l <- struct{}{}:
		defer func() { <-l }()
	case <-room.Done():
		return nil, &rpcError{code: codeLimit, msg: fmt.Sprintf("limit exceeded: %d heavy calls are at work, try again", cap(l))}
	}
	ctx, stop := context.WithTimeout(ctx, most)
	defer stop()
	return fn(ctx)
}
