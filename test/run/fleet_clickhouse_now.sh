#!/usr/bin/env bash
# The same on a current ClickHouse: chDB, which tools/chdb fetches, behind test/make/chdb_server.c. Tables over several servers it
# has not got.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/clickhouse.lib"
need_program
need_tools curl
[[ -x $make/fleetfill && -x $make/chdb_server ]] || skip_all 'fleetfill or chdb_server is not built: make makes'
ch_library=$(realpath -m "${ASSAY_CHDB:-build/chdb/libchdb.so}")
[[ -e $ch_library ]] || skip_all 'there is no libchdb: tools/chdb fetches it'
cleanup() { ch_stop 1 KILL; }
ch_configure 1 "$work/one"
ch_start 1 "$work/one" || fail 'chdb_server starts' "$(tail -n 1 "$work/one/out")"
. "$(dirname "$0")/clickhouse_alike.lib"
echo "# ClickHouse $(ch_sql 1 'SELECT version()')"
like 'it is a current one' "$(ch_sql 1 'SELECT version()')" '^2[6-9]\.|^[3-9][0-9]\.'
alike_answers
alike_forgotten
alike_singled
alike_killed
alike_refused
finish
