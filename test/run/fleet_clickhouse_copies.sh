#!/usr/bin/env bash
# Two replicas of a store, by Debian's ClickHouse and ZooKeeper: when one is killed the other answers, when it is back they agree,
# and both answer like SQLite; a keeper that was away delays and loses nothing.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/clickhouse.lib"
ch_two_with_keeper
. "$(dirname "$0")/clickhouse_alike.lib"
start() { if ch_start "$1" "$work/$1"; then pass "replica $1 starts again"; else fail "replica $1 starts again" "$(tail -n 3 "$work/$1/out")"; fi; }
copies() { # DATABASE: replicated tables on both
    local n
    for n in 1 2; do
        [[ $(ch_sql $n 'EXISTS TABLE plain.thing') == 1 ]] || "$fill" "$(ch_store $n plain)" 0 10 >/dev/null
        is "replicated tables: $1 on $n" "$(ch_replicate $n plain "$1")" ''
    done
}
agreed() { # DATABASE: waits until both have everything
    local n table
    for n in 1 2; do
        for table in covered host host_case import mark place presence thing; do ch_sql $n "SYSTEM SYNC REPLICA $1.$table"; done
    done
}
both_alike() { # NAME DATABASE
    is "$1: the replicas catch up" "$(agreed "$2")" ''
    local n
    for n in 1 2; do alike "$1, asked at $n" "$(ch_store $n "$2")"; done
}
filling() { # DATABASE: begins to fill it at replica 1, and waits until there is something
    "$fill" "$(ch_store 1 "$1")" 30 2000 >"$work/fill" 2>&1 &
    filler=$!
    until_cases "$1" 5
}
"$fill" "$lite" 30 2000 >/dev/null
ok 'places' "$ASSAY" fleet place "$lite" "$work/places.csv"

# --- the other is killed ---
copies other
filling other
ch_stop 2 KILL
wait $filler
is 'a replica is killed: the import goes on' "$?" 0
ok 'places' "$ASSAY" fleet place "$(ch_store 1 other)" "$work/places.csv"
alike 'one replica alone' "$(ch_store 1 other)"
start 2
is 'the replicas catch up' "$(agreed other)" ''
alike 'the replica that was away' "$(ch_store 2 other)"

# --- the one that is asked is killed ---
copies asked
filling asked
ch_stop 1 KILL
assay fleet hosts -f jsonl "$(ch_store 2 asked)"
like 'the other answers meanwhile' "$status $(grep -c '"ws-' "$work/out")" '^0 ([1-9]|[12][0-9])$'
start 1
wait $filler
is 'the import goes on when it is back' "$?" 0
ok 'places' "$ASSAY" fleet place "$(ch_store 2 asked)" "$work/places.csv"
both_alike 'the one that was asked' asked

# --- the keeper is killed ---
copies kept
filling kept
ch_stop 0 KILL
sleep 1
if ch_keeper_start "$work/keeper"; then pass 'the keeper starts again'; else fail 'the keeper starts again' "$(tail -n 3 "$work/keeper/out")"; fi
wait $filler
is 'the import goes on when the keeper is back' "$?" 0
ok 'places' "$ASSAY" fleet place "$(ch_store 1 kept)" "$work/places.csv"
is 'the replicas catch up' "$(agreed kept)" ''
alike 'the keeper was away' "$(ch_store 2 kept)"

# --- forgotten and added again ---
for store in "$lite" "$(ch_store 1 kept)"; do ok 'a host is forgotten' "$ASSAY" fleet forget "$store" ws-000005; done
is 'the replicas catch up' "$(agreed kept)" ''
is 'its rows are gone from both' "$(ch_sql 1 "SELECT count() FROM kept.host WHERE name = 'ws-000005'") $(ch_sql 2 "SELECT count() FROM kept.host WHERE name = 'ws-000005'")" '0 0'
for store in "$lite" "$(ch_store 1 kept)"; do
    ok 'a host is added' "$fill" "$store" 1 2000 900
    ok 'forgotten' "$ASSAY" fleet forget "$store" ws-000900
    ok 'added again, the same rows' "$fill" "$store" 1 2000 900
done
both_alike 'what was added again' kept
is 'every presence has its thing' "$(ch_sql 2 'SELECT count() FROM kept.presence WHERE thing NOT IN (SELECT thing FROM kept.thing)')" 0

# --- each row in two copies, or none (insert_quorum) ---
twice=${chports[1]}
twice=clickhouse://twice@127.0.0.1:$twice/quorum
copies quorum
ch_stop 2 KILL
ASSAY_STORE_RETRY=1 run "$fill" "$twice" 3 1000
like 'one copy is not enough' "$status $err" '^1 .*(too few replicas|not on enough replicas)'
start 2
ok 'two are' "$fill" "$twice" 3 1000
is 'nothing is lost' "$(agreed quorum)$("$ASSAY" fleet hosts -f jsonl "$(ch_store 2 quorum)" | grep -c '"ws-')" 3
finish
