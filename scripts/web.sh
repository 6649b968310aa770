#!/usr/bin/env bash
# Bundles the TypeScript of the pages and of the verifier into their dist folders, which are committed so that building the
# binary needs no Node. With --check it fails if a committed bundle is not the one of the sources, or too large for a
# phone, and holds the verifier to the vectors.
set -euo pipefail
cd "$(dirname "$0")/.."
limit=20000      # bytes of the verifier, as gzip sends it
page_limit=43520 # bytes of a scan page's script, with the verifier in it

bundle() { # folder
	cd "$1"
	[ -d node_modules ] && [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-audit --no-fund --silent
	npm run --silent check
	local before
	before=$(cat dist/*.js | sha256sum)
	npm run --silent build -- --log-level=error
	if [ "$check" = yes ] && [ "$before" != "$(cat dist/*.js | sha256sum)" ]; then
		echo "$1/dist is not what the sources give: run make web" >&2
		exit 1
	fi
	cd - >/dev/null
}

check=no
[ "${1:-}" = --check ] && check=yes
bundle verify/ts
bundle explorer/web
size=$(gzip -9c verify/ts/dist/verify.js | wc -c)
[ "$size" -le $limit ] || { echo "the verifier has $size bytes gzip, at most $limit are allowed" >&2; exit 1; }
for script in explorer/web/dist/check.*.js; do
	bytes=$(gzip -9c "$script" | wc -c)
	[ "$bytes" -le $page_limit ] || { echo "$script has $bytes bytes gzip, at most $page_limit are allowed" >&2; exit 1; }
done
if [ $check = yes ]; then
	(cd verify/ts && npm test --silent)
	echo "pages: the committed bundles are those of the sources; the verifier has $size bytes gzip"
fi
