#!/bin/bash
# The figures of docs/reference/benchmarks.md, one after another. Each starts a network of its own on this machine;
# those of the read side share two filled ledgers, which stay in bin/bench/ledger-* and are filled only once.
# Results go to bin/bench: NAME.txt (NAME.json for query), and a processor profile of each node. One that fails is
# reported at the end and doesn't keep the others from running.
# scripts/bench.sh NAME... runs only those. SMALL and LARGE are the sizes of the ledgers in events; LARGE=1000000 is
# long, and may be interrupted.
set -euo pipefail
cd "$(dirname "$0")/.."
out=bin/bench
mkdir -p "$out"
names=("$@")
failed=()
SMALL=${SMALL:-10000} LARGE=${LARGE:-100000}

chosen() { [ ${#names[@]} -eq 0 ] || [[ " ${names[*]} " == *" $1 "* ]]; }

run() {
	local name=$1 as=txt
	shift
	chosen "$name" || return 0
	[[ " $* " != *" --output json "* ]] || as=json
	echo "== $name: suyuan bench $*"
	bin/suyuan bench "$@" 2>"$out/$name.log" | tee "$out/$name.$as" || {
		failed+=("$name")
		tail -n 3 "$out/$name.log"
	}
	echo
}

# under is run with profiles of each node.
under() { run "$@" --profile-dir "$out/$1"; }

under commit-10 commit --validators 4 --rate 10 --duration 65s
under commit-100 commit --validators 4 --rate 100 --duration 65s
under commit-peak commit --validators 4 --rate 0 --duration 45s --warmup 10s
under capture-1 capture --validators 1 --rate 0 --duration 60s --warmup 15s --workers 80 --restarts
under capture-4 capture --validators 4 --rate 0 --duration 60s --warmup 15s --workers 80 --restarts
under capture-steady capture --validators 4 --rate 500 --duration 65s
under capture-single capture --validators 4 --rate 10 --events-per-document 1 --duration 65s --idle 20s
run fill-small fill --dir "$out/ledger-$SMALL" --events "$SMALL"
run fill-large fill --dir "$out/ledger-$LARGE" --events "$LARGE"
under scan scan --dir "$out/ledger-$LARGE" --baseline
under query-small query --dir "$out/ledger-$SMALL" --within "$SMALL" --output json
under query-large query --dir "$out/ledger-$LARGE" --within "$SMALL" --output json
run growth compare "$out/query-small.json" "$out/query-large.json"

if [ ${#failed[@]} -gt 0 ]; then
	echo "failed: ${failed[*]}"
	exit 1
fi
