#!/usr/bin/env bash
# Two shards of Debian's ClickHouse that know a ZooKeeper: a host that is forgotten in distributed tables is gone from both servers.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/clickhouse.lib"
ch_shards=yes
ch_two_with_keeper
. "$(dirname "$0")/clickhouse_alike.lib"
"$fill" "$lite" 30 2000 >/dev/null
ok 'places' "$ASSAY" fleet place "$lite" "$work/places.csv"
for n in 1 2; do
    ok "tables of node $n" "$fill" "$(ch_store $n plain)" 0 10
    is "replicated tables on $n" "$(ch_replicate $n plain shard)" ''
done
is 'tables over both' "$(ch_spread)" ''
fleet=$(ch_store 1 fleet)
ok 'a fleet on two shards' "$fill" "$fleet" 30 2000
ok 'places' "$ASSAY" fleet place "$fleet" "$work/places.csv"
total() { echo "$(ch_sql 1 "SELECT count() FROM shard.$1") $(ch_sql 2 "SELECT count() FROM shard.$1")"; }
before=$(total presence)
for store in "$lite" "$fleet"; do ok 'a host is forgotten' "$ASSAY" fleet forget "$store" ws-000003; done
alike 'one less' "$(ch_store 2 fleet)"
unlike "rows went from both: $before before" "$(total presence)" "^${before% *} | ${before#* }\$"
is 'its rows are gone' "$(ch_sql 1 "SELECT count() FROM fleet.host WHERE name = 'ws-000003'")" 0
is 'and its presences' "$(ch_sql 1 'SELECT count() FROM fleet.presence')" "$("$make/presences" "$lite" | wc -l)"
is 'and things that were its own' "$(ch_sql 1 'SELECT count() FROM fleet.thing WHERE thing GLOBAL NOT IN (SELECT thing FROM fleet.presence)')" 0
for store in "$lite" "$fleet"; do ok 'it is added again' "$fill" "$store" 30 2000; done
for store in "$lite" "$fleet"; do ok 'its place' "$ASSAY" fleet place "$store" "$work/places.csv"; done
alike 'it is back' "$fleet"
ch_stop 0 KILL
ASSAY_STORE_RETRY=1 assay fleet forget "$fleet" ws-000005
like 'without its keeper nothing is forgotten, and that is said' "$status $err" '^2 .*a replica takes no rows at present'
finish
