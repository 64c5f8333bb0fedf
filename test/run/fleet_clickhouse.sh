#!/usr/bin/env bash
# The same fleet in a store of SQLite and on Debian's ClickHouse: what clickhouse_alike.lib asks of every engine.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/clickhouse.lib"
need_program
need_tools clickhouse-server curl
[[ -x $make/fleetfill ]] || skip_all 'fleetfill is not built: make makes'
cleanup() { ch_stop 1 KILL; }
ch_configure 1 "$work/one"
ch_start 1 "$work/one" || skip_all "clickhouse-server does not start: $(tail -n 1 "$work/one/out")"
. "$(dirname "$0")/clickhouse_alike.lib"
alike_answers
alike_forgotten
alike_singled
alike_estimates
alike_killed
alike_refused
finish
