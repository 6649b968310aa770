#!/usr/bin/env bash
# Runs every fuzz test of the module in turn, each for the given time.
set -euo pipefail
time=${1:-30s}
cd "$(dirname "$0")/.."
git ls-files '*_test.go' | xargs grep -lE '^func Fuzz' | while read -r file; do
	grep -oE '^func Fuzz[A-Za-z0-9_]+' "$file" | sed 's/func //' | while read -r name; do
		echo "== $(dirname "$file") $name"
		go test "./$(dirname "$file")" -run '^$' -fuzz "^$name\$" -fuzztime "$time"
	done
done
