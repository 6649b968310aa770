#!/usr/bin/env bash
# Writes the proofs in testdata/vectors/proof anew from a demo network of its own. Needed when the formats of ledger or
# proof change; afterwards `go test ./verify -update` writes what a verifier must find in them.
# usage: proof-vectors.sh [first of four free ports, default 19300]
set -euo pipefail
cd "$(dirname "$0")/.."
port=${1:-19300}
dir=$(mktemp -d)
go build -o "$dir/suyuan" ./cmd/suyuan
"$dir/suyuan" demo --dir "$dir/demo" --http "127.0.0.1:$port" >"$dir/log" 2>&1 &
demo=$!
trap 'kill $demo; wait $demo || true; rm -rf "$dir"' EXIT
base=http://127.0.0.1:$port
until grep -q 'demo stop' "$dir/log"; do
  kill -0 $demo || { cat "$dir/log" >&2; exit 1; }
  sleep 1
done

get() { # name, path
  curl -fsS "$base$2" -o "testdata/vectors/proof/$1.json"
}
get trust /trust.json
get bottle /proof/object/01/09521202001011/21/7QW4ZK9T2M
get recalled /proof/object/01/09521202001011/21/6XD3QN8K5T
get unknown /proof/object/01/09521202001011/21/NEVER
get lot /proof/object/01/09521202001011/10/CX7-118
get class /proof/object/01/09521202001011
get pallet /proof/object/00/095213030007301181
get handbag /proof/object/01/09522244001014/21/LX24V8DT6P
party=$(grep -o '"holder":"0x[0-9a-f]*"' testdata/vectors/proof/class.json | head -1 | cut -d'"' -f4)
get party "/proof/party/$party"
get block /proof/block/latest
get ancestor /proof/block/3
get genesis /proof/block/0
