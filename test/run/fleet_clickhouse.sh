#!/usr/bin/env bash
# The same fleet in a store of SQLite and on ClickHouse: the same answers; servers and clients that are killed lose and
# double nothing; two servers with distributed tables answer like one; a password is nowhere.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/clickhouse.lib"
need_program
need_tools clickhouse-server curl
fill=$make/fleetfill
[[ -x $fill ]] || skip_all 'fleetfill is not built: make makes'
CLICKHOUSE_NODES=2
lite=$work/lite.store
cleanup() {
    ch_stop 1 KILL
    ch_stop 2 KILL
}
ch_configure 1 "$work/one"
ch_configure 2 "$work/two"
ch_start 1 "$work/one" || skip_all "clickhouse-server does not start: $(tail -n 1 "$work/one/out")"
one=$(ch_store 1 one)

# --- the same answers ---
questions() { # STORE > answers
    local s=$1
    "$ASSAY" fleet hosts -f jsonl "$s"
    for field in path name sha256 signer driver product version; do "$ASSAY" fleet stack -n 0 -f jsonl "$s" "$field"; done
    for field in name path authentihash; do "$ASSAY" fleet stack -n 0 --rare 3 -f jsonl "$s" "$field"; done
    "$ASSAY" fleet stack --most "$s" signer
    "$ASSAY" fleet common -f jsonl "$s"
    "$ASSAY" fleet common -e name:phone.dll "$s"
    for text in phone WS-00000 "it's \\ a 'quote'" ämter; do "$ASSAY" fleet search -n 0 -f jsonl "$s" "$text"; done
    "$ASSAY" fleet diff -n 0 -f jsonl "$s" ws-000000 ws-000003
    "$ASSAY" fleet watch --since 2023-03-01 -n 0 -f jsonl "$s"
    "$ASSAY" fleet map "$s"
    "$ASSAY" fleet map --sites -f jsonl "$s"
}
alike() { # NAME STORE
    questions "$lite" >"$work/ours" 2>"$work/ours.err"
    questions "$2" >"$work/theirs" 2>"$work/theirs.err"
    same "$1: the same answers" "$work/ours" "$work/theirs"
    same "$1: the same words beside them" "$work/ours.err" "$work/theirs.err"
}
ok 'a fleet in SQLite' "$fill" "$lite" 30 2000
ok 'the same on ClickHouse' "$fill" "$one" 30 2000
cat >"$work/places.csv" <<'CSV'
host,site,country,owner,role
ws-000000,"a site, with ""quotes"", \ and	tab",DE,somebody,client
ws-000003,Bern,CH,else,server
CSV
for store in "$lite" "$one"; do ok 'places' "$ASSAY" fleet place "$store" "$work/places.csv"; done
alike 'one server' "$one"
like 'there are answers' "$(wc -l <"$work/ours")" '^[0-9]{4,}'
rows=$(ch_sql 1 'SELECT count() FROM one.presence')
ok 'all once more' "$fill" "$one" 30 2000
is 'what is there is not sent again' "$(ch_sql 1 'SELECT count() FROM one.presence')" "$rows"

# --- forgetting ---
for store in "$lite" "$one"; do ok 'a host is forgotten' "$ASSAY" fleet forget "$store" ws-000003; done
alike 'one less' "$one"
is 'its rows are gone' "$(ch_sql 1 "SELECT count() FROM one.host WHERE name = 'ws-000003'")" 0
is 'and things that were its own' "$(ch_sql 1 "SELECT count() FROM one.thing WHERE thing NOT IN (SELECT thing FROM one.presence)")" 0
for store in "$lite" "$one"; do ok 'it is added again' "$fill" "$store" 30 2000; done
for store in "$lite" "$one"; do ok 'its place' "$ASSAY" fleet place "$store" "$work/places.csv"; done
alike 'it is back' "$one"

# --- who was singled out: the same hosts for the same reasons (FLEET_HOSTS: how many; 200) ---
hosts=${FLEET_HOSTS:-200}
chosen=$(ch_store 1 chosen)
for store in "$work/chosen" "$chosen"; do ok "a fleet of $hosts, seven of them singled out" "$make/fleetmake" --store --hosts "$hosts" --things 100 --seed 7 "$store"; done
"$ASSAY" fleet singled-out -f jsonl "$work/chosen" >"$work/ours"
"$ASSAY" fleet singled-out -f jsonl "$chosen" >"$work/theirs"
same 'the same are singled out' "$work/ours" "$work/theirs"
like 'somebody is' "$(head -n 1 "$work/ours")" '"answer":"somebody"'

# --- estimates: 30,000 hosts, 200 values that from one in three to nearly all have; against what is counted ---
store=$(ch_store 1 many_hosts)
ok 'tables' "$fill" "$store" 0 10
ch_sql 1 "INSERT INTO many_hosts.presence (thing, batch) SELECT 1 + n % 200 AS thing, 1000000000000000000 + intDiv(n, 200) FROM
    (SELECT number AS n FROM system.numbers LIMIT 6000000) WHERE sipHash64(n) % 300 < 100 + n % 200"
ch_sql 1 "INSERT INTO many_hosts.host_case (host, turn, presences) SELECT number + 1, 'x', [toInt64(1000000000000000000 + number)] FROM
    (SELECT number FROM system.numbers LIMIT 30000)"
ch_sql 1 "INSERT INTO many_hosts.thing (thing, kind, name) SELECT number + 1, 'image', concat('n', toString(number)) FROM
    (SELECT number FROM system.numbers LIMIT 200)"
"$ASSAY" fleet stack -n 0 -f csv "$store" name | tr -d '\r' | sort >"$work/exact"
"$ASSAY" fleet stack -n 0 -f csv --approximate "$store" name | tr -d '\r' | sort >"$work/about"
is 'estimates: columns' "$(grep ^value "$work/about")" 'value,hosts,things,approximate,error'
off=$(join -t, <(grep -v ^value "$work/exact") <(grep -v ^value "$work/about") |
    awk -F, '{ n++; d = ($4 - $2) / $2; d = d < 0 ? -d : d; some += d > 0; out += d > $7; far += d > 2 * $7; bad += $3 != $5 || $6 != "yes" }
        END { print n, (some > 100 ? "some" : some), (out <= n / 20 ? "few" : out), far, bad }')
is 'estimates: all are there, most differ, few by more than is said, none by twice that' "$off" '200 some few 0 0'
assay fleet stack -n 1 -f jsonl -a "$store" name
like 'estimates: in JSON' "$out" '"approximate":true,"error":0\.016}'
assay fleet stack -n 1 -a "$store" name
like 'estimates: in words' "$out" '^approximate, ± 1\.6 %'
assay fleet stack -n 1 -f jsonl -a --rare 3 "$store" name
is 'what is rare is counted' "$status $out" '0 '

# --- killed ---
# Not by `ok`, which has a shell of its own: the number of the process is to be kept.
restart() { if ch_start 1 "$work/one"; then pass 'the server starts again'; else fail 'the server starts again' "$(tail -n 3 "$work/one/out")"; fi; }
cases() { ch_sql 1 "SELECT uniqExact(host) FROM $1.host_case" 2>/dev/null; }
until_cases() { # DATABASE COUNT
    local i seen
    for ((i = 0; i < 600; i++)); do
        seen=$(cases "$1")
        [[ $seen =~ ^[0-9]+$ ]] && ((seen >= $2)) && return
        sleep 0.05
    done
}
store=$(ch_store 1 killed)
"$fill" "$store" 30 2000 >"$work/fill" 2>&1 &
filler=$!
until_cases killed 5
ch_stop 1 KILL
restart
wait $filler
is 'a client goes on when a server that was killed is back' "$?" 0
ok 'places' "$ASSAY" fleet place "$store" "$work/places.csv"
alike 'a server that was killed' "$store"

store=$(ch_store 1 stopped)
ASSAY_STORE_RETRY=0 "$fill" "$store" 30 2000 >"$work/fill" 2>&1 &
filler=$!
until_cases stopped 5
ch_stop 1 KILL
wait $filler
is 'a client that does not wait fails' "$?" 1
like 'and says why' "$(cat "$work/fill")" '127.0.0.1:[0-9]+: '
restart
like 'half of it is there' "$(cases stopped)" '^([5-9]|[12][0-9])$'
ok 'all is added again' "$fill" "$store" 30 2000
ok 'places' "$ASSAY" fleet place "$store" "$work/places.csv"
alike 'a client that failed' "$store"

store=$(ch_store 1 gone)
"$fill" "$store" 30 2000 >/dev/null 2>&1 &
filler=$!
until_cases gone 7
kill -KILL $filler
wait $filler 2>/dev/null
ok 'a client was killed; all is added again' "$fill" "$store" 30 2000
ok 'places' "$ASSAY" fleet place "$store" "$work/places.csv"
alike 'a client that was killed' "$store"

store=$(ch_store 1 many)
fillers=()
for _ in 1 2 3; do
    "$fill" "$store" 30 2000 >/dev/null 2>&1 &
    fillers+=($!)
done
bad=0
for filler in "${fillers[@]}"; do wait "$filler" || bad=1; done
is 'three add the same at once' "$bad" 0
ok 'places' "$ASSAY" fleet place "$store" "$work/places.csv"
alike 'many writers' "$store"

# --- two servers ---
if ch_start 2 "$work/two"; then
    for n in 1 2; do ok "tables of node $n" "$fill" "$(ch_store $n shard)" 0 10; done
    is 'tables over both' "$(ch_spread)" ''
    ok 'a fleet on two servers' "$fill" "$(ch_store 1 fleet)" 30 2000
    ok 'places' "$ASSAY" fleet place "$(ch_store 2 fleet)" "$work/places.csv"
    total=$(ch_sql 1 'SELECT count() FROM one.presence')
    here=$(ch_sql 1 'SELECT count() FROM shard.presence')
    there=$(ch_sql 2 'SELECT count() FROM shard.presence')
    ok "both have some: $here and $there" test "$here" -gt 1000 -a "$there" -gt 1000
    is 'together all' "$((here + there))" "$total"
    alike 'two servers, asked at one' "$(ch_store 1 fleet)"
    alike 'two servers, asked at the other' "$(ch_store 2 fleet)"
    assay fleet forget "$(ch_store 1 fleet)" ws-000005
    like 'distributed tables: hidden, and told what is left to do' "$status $err" '^2 .*hidden.*fleet-clickhouse.md'
    assay fleet search "$(ch_store 1 fleet)" ws-000005
    unlike 'it is hidden' "$out" 'ws-000005 '
else
    fail 'the second server' "$(tail -n 3 "$work/two/out")"
fi

# --- refused ---
ASSAY_STORE_PASSWORD=wrong assay fleet hosts "$one"
like 'a wrong password' "$status $err" '^2 .*password is wrong'
assay fleet hosts "$(ch_store 1 nowhere)"
like 'no database' "$status $err" '^2 .*no such database|^2 .*no store'
ch_sql 1 'CREATE DATABASE strange'
ch_sql 1 'CREATE TABLE strange.host (host String) ENGINE = Log'
ch_sql 1 'CREATE TABLE strange.presence (a String) ENGINE = Log'
run "$fill" "$(ch_store 1 strange)" 1 10
like 'tables of somebody else' "$status $err" '^1 .*not those of a store'
assay fleet hosts "clickhouse://assay:secret7@127.0.0.1:${chports[1]}/one"
like 'a password in the address' "$status $err" '^2 .*ASSAY_STORE_PASSWORD'
unlike 'and it is not repeated' "$out$err" 'secret7'
umask 022
echo "$ASSAY_STORE_PASSWORD" >"$work/password"
run env -u ASSAY_STORE_PASSWORD ASSAY_STORE_PASSWORD_FILE="$work/password" "$ASSAY" fleet hosts "$one"
like 'a file that others may read' "$status $err" '^2 .*0600'
chmod 600 "$work/password"
run env -u ASSAY_STORE_PASSWORD ASSAY_STORE_PASSWORD_FILE="$work/password" "$ASSAY" fleet hosts "$one"
is 'a file that they may not' "$status" 0
ch_stop 1 KILL
ASSAY_STORE_RETRY=1 assay fleet hosts "$one"
like 'no server' "$status $err" "^2 .*127.0.0.1:${chports[1]}: "
unlike 'the password is in no log and no file of ours' \
    "$(cat "$work"/one/{log,errors,out} "$work"/fill "$work"/*.err 2>/dev/null | grep -aF "$ASSAY_STORE_PASSWORD")" .
finish
