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
alike_estimates
# As a replicated table does it by default: rows that are those of a lately sent block are left out.
again=$(ch_store 1 again)
"$fill" "$again" 0 10 >/dev/null
for table in thing host presence; do ch_sql 1 "ALTER TABLE again.$table MODIFY SETTING non_replicated_deduplication_window = 100"; done
ch_sql 1 "INSERT INTO again.thing (thing) VALUES (1)"
ch_sql 1 "INSERT INTO again.thing (thing) VALUES (1)"
is 'the tables leave out what they had' "$(ch_sql 1 'SELECT count() FROM again.thing')" 1
ok 'a host' "$fill" "$again" 1 2000
ok 'is forgotten' "$ASSAY" fleet forget "$again" ws-000000
ok 'and added again' "$fill" "$again" 1 2000
is 'with all that it had' "$(ch_sql 1 'SELECT count() FROM again.presence WHERE thing NOT IN (SELECT thing FROM again.thing)')" 0
# A deletion that cannot be done does not make others wait for ever.
ch_sql 1 'INSERT INTO again.mark (batch) VALUES (1)'
ch_sql 1 "ALTER TABLE again.mark DELETE WHERE throwIf(batch = 1, 'no room') SETTINGS mutations_sync = 0"
assay fleet forget "$again" ws-000000
like 'a deletion that fails is told' "$status $err" '^2 .*hidden.*does not get on with deleting: .*no room'
alike_killed
alike_refused
finish
