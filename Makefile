# Suyuan. `make help` lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
GO_LDFLAGS := -s -w -X main.version=$(VERSION)
GO_SOURCES = $(shell git ls-files '*.go' go.mod go.sum)

.PHONY: help demo test test-go test-contracts test-web test-e2e build contracts web lint fuzz bench setup clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: build ## start four validators with a story on them, and print what to scan
	@bin/suyuan demo

build: ## write bin/suyuan
	@go build -trimpath -ldflags '$(GO_LDFLAGS)' -o bin/suyuan ./cmd/suyuan

test: setup lint test-contracts test-web test-go test-e2e ## everything: set-up, lint, contracts, pages, Go, the real network in a real browser

setup: ## install what the tests need beyond Go, Node, gcc and git
	@scripts/setup.sh

test-go: ## unit, property, fuzz seeds and in-process ledger tests
	go test -timeout 15m ./...

test-contracts: ## rebuild contracts and bindings, fail on any difference, run the Foundry tests
	contracts/check.sh

test-web: ## rebuild the page scripts and fail on any difference
	scripts/web.sh --check

test-e2e: build ## the built binary: four processes, faults, a wallet library, a browser
	go test -timeout 20m -tags e2e -count=1 ./test/...

contracts: ## compile the contracts, write ABIs, bytecode and Go bindings
	contracts/build.sh

web: ## bundle the TypeScript of the pages
	scripts/web.sh

lint: ## formatting, vet, and the direction of imports
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -d $$(git ls-files '*.go'); exit 1; }
	go vet ./...
	go vet -tags e2e ./test/...

fuzz: ## fuzz each decoder of outside bytes for FUZZTIME (default 30s)
	scripts/fuzz.sh $(or $(FUZZTIME),30s)

bench: build ## the figures of docs/reference/benchmarks.md
	scripts/bench.sh

clean: ## remove what the other targets built
	rm -rf bin contracts/out contracts/cache
