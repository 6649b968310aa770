#!/usr/bin/env bash
# Bundles the TypeScript of the pages into explorer/web/dist, which is committed so that building the
# binary needs no Node. With --check it fails if the committed bundle is not the one of the sources.
set -euo pipefail
cd "$(dirname "$0")/../explorer/web"
[ -d node_modules ] && [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-audit --no-fund --silent
npm run --silent check
if [ "${1:-}" = --check ]; then
	fresh=$(mktemp -d)
	trap 'rm -rf "$fresh"' EXIT
	npm run --silent build -- --outfile="$fresh/explorer.js" --log-level=error
	cmp dist/explorer.js "$fresh/explorer.js" || { echo "explorer/web/dist is not what the sources give: run make web" >&2; exit 1; }
	echo "pages: the committed bundle is that of the sources"
else
	npm run --silent build
fi
