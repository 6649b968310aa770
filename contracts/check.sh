#!/usr/bin/env bash
# Rebuilds ABIs, bytecode and bindings beside the committed ones and fails on any difference; then warnings of our own
# sources, the Foundry tests, and the gas snapshot.
set -euo pipefail
cd "$(dirname "$0")"
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
./build.sh "$fresh"
diff -r abi "$fresh/abi"
diff -q bindings.go "$fresh/bindings.go"
echo "contracts: ABIs, bytecode and bindings are those of the sources"
tools/forge fmt --check >/dev/null || { echo "contracts: run tools/forge fmt" >&2; exit 1; }
# forge-std alone fills the compiler's cap of 256 warnings: without the tests ours are seen.
warnings=$(tools/forge build --force --skip test --skip script 2>&1 | grep -A4 '^Warning' || true)
if [ -n "$warnings" ]; then
  echo "$warnings"
  exit 1
fi
tools/forge test --summary
tools/forge snapshot --match-path test/Gas.t.sol --check >/dev/null && echo "contracts: gas as in .gas-snapshot" || {
  tools/forge snapshot --match-path test/Gas.t.sol --diff || true
  echo "contracts: gas differs from .gas-snapshot: if that is meant, run tools/forge snapshot --match-path test/Gas.t.sol" >&2
  exit 1
}
