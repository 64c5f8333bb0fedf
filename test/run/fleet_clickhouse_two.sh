#!/usr/bin/env bash
# Two servers of Debian's ClickHouse with distributed tables answer like one, and like SQLite; what they do not delete is told.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/clickhouse.lib"
need_program
need_tools clickhouse-server curl
[[ -x $make/fleetfill ]] || skip_all 'fleetfill is not built: make makes'
CLICKHOUSE_NODES=2
cleanup() {
    ch_stop 1 KILL
    ch_stop 2 KILL
}
for n in 1 2; do
    ch_configure $n "$work/$n"
    ch_start $n "$work/$n" || skip_all "clickhouse-server does not start: $(tail -n 1 "$work/$n/out")"
done
. "$(dirname "$0")/clickhouse_alike.lib"
total=$("$fill" "$lite" 30 2000 | sed -n 's/^30 hosts, \([0-9]*\) presences.*/\1/p')
ok 'places' "$ASSAY" fleet place "$lite" "$work/places.csv"
for n in 1 2; do ok "tables of node $n" "$fill" "$(ch_store $n shard)" 0 10; done
is 'tables over both' "$(ch_spread)" ''
ok 'a fleet on two servers' "$fill" "$(ch_store 1 fleet)" 30 2000
ok 'places' "$ASSAY" fleet place "$(ch_store 2 fleet)" "$work/places.csv"
here=$(ch_sql 1 'SELECT count() FROM shard.presence')
there=$(ch_sql 2 'SELECT count() FROM shard.presence')
ok "both have some: $here and $there" test "$here" -gt 1000 -a "$there" -gt 1000
is 'together all' "$((here + there))" "$total"
alike 'two servers, asked at one' "$(ch_store 1 fleet)"
alike 'two servers, asked at the other' "$(ch_store 2 fleet)"
assay fleet forget "$(ch_store 1 fleet)" ws-000005
like 'a cluster without ZooKeeper: hidden, and told what is left to do' "$status $err" '^2 .*hidden.*fleet-clickhouse.md.*DDL background'
assay fleet search "$(ch_store 1 fleet)" ws-000005
unlike 'it is hidden' "$out" 'ws-000005 '
finish
