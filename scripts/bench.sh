#!/bin/bash
# The figures of docs/reference/benchmarks.md, one after another: about ten minutes. Each starts a throw-away
# network of its own on this machine. Results go to bin/bench: NAME.txt, and a processor profile of each node.
# scripts/bench.sh NAME... runs only those.
set -euo pipefail
cd "$(dirname "$0")/.."
out=bin/bench
mkdir -p "$out"
names=("$@")

run() {
	local name=$1
	shift
	if [ ${#names[@]} -gt 0 ] && [[ " ${names[*]} " != *" $name "* ]]; then
		return
	fi
	echo "== $name: suyuan bench $*"
	bin/suyuan bench "$@" --profile-dir "$out/$name" 2>"$out/$name.log" | tee "$out/$name.txt"
	echo
}

run commit-10 commit --validators 4 --rate 10 --duration 65s
run commit-100 commit --validators 4 --rate 100 --duration 65s
run commit-peak commit --validators 4 --rate 0 --duration 45s --warmup 10s
run capture-1 capture --validators 1 --rate 0 --duration 60s --warmup 15s --workers 80 --restarts
run capture-4 capture --validators 4 --rate 0 --duration 60s --warmup 15s --workers 80 --restarts
run capture-steady capture --validators 4 --rate 500 --duration 65s
run capture-single capture --validators 4 --rate 10 --events-per-document 1 --duration 65s --idle 20s
