#!/usr/bin/env bash
# Bundles the TypeScript of the pages into explorer/web/dist, which is committed so that go build needs no Node.
# With --check it builds aside and fails if the committed bundle differs.
set -euo pipefail
cd "$(dirname "$0")/../explorer/web"

if [ ! -d node_modules ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
	npm ci --no-fund --no-audit --loglevel=error
fi
npm run --silent check

if [ "${1:-}" = --check ]; then
	out=$(mktemp -d)
	trap 'rm -rf "$out"' EXIT
	npm run --silent build -- --outfile="$out/explorer.js" --log-level=warning
	cmp "$out/explorer.js" dist/explorer.js || {
		echo "explorer/web/dist is not what its sources give: run make web and commit" >&2
		exit 1
	}
else
	npm run --silent build -- --log-level=warning
fi
