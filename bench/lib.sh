# shellcheck shell=bash
# Read by each benchmark: `. "$(dirname "$0")/lib.sh"`. RUNS: repetitions (default 5). Results go to build/bench/NAME.tsv.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export LC_ALL=C.UTF-8 TZ=UTC
runs=${RUNS:-5}
assay=build/release/assay
make=build/release/make
floors=build/bench
inputs=build/bench/in
results=build/bench/$(basename "$0").tsv
export XDG_STATE_HOME=$PWD/build/bench/state
mkdir -p "$inputs"
: >"$results"
for program in "$assay" "$floors/measure"; do
    [[ -x $program ]] || { echo "$program is missing: make bench builds it" >&2; exit 2; }
done

# time LABEL COMMAND...: several runs; one line into the results.
time_it() {
    rm -rf "$XDG_STATE_HOME"
    "$floors/measure" "$runs" "$@" >>"$results"
}
# The same for a peer, which may be absent: peer PROGRAM LABEL COMMAND...
peer() {
    if command -v "$1" >/dev/null; then
        shift
        time_it "$@"
    else
        echo "$2: not measured, $1 is not installed"
    fi
}
# One run, of what takes minutes.
once() {
    local runs=0
    time_it "$@"
}
table() {
    awk -F'\t' 'BEGIN { printf "%-44s %9s %17s %9s %9s  %s\n", "", "wall s", "least-most", "CPU s", "MiB", "status" }
        { printf "%-44s %9.3f %8.3f-%8.3f %9.3f %9.1f  %s\n", $1, $2, $3, $4, $5, $6, $7 }' "$results"
}
# ratio TEXT LABEL LABEL [AIM]: medians of the first over the second, by wall and by CPU time.
ratio() {
    awk -F'\t' -v text="$1" -v a="$2" -v b="$3" -v aim="${4:-}" '
        $1 == a { aw = $2; ac = $5 } $1 == b { bw = $2; bc = $5 }
        END { if (aw && bw && bc) printf "%-60s wall %7.2f  CPU %7.2f  %s\n", text, aw / bw, ac / bc, aim }' "$results"
}
