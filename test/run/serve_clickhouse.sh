#!/usr/bin/env bash
# The pages of `assay serve` of a store on ClickHouse: those of the same store in SQLite but for its name; a server that goes away is an
# error in words, soon, and the pages are back when it is.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/clickhouse.lib"
need_program
need_tools clickhouse-server curl sqlite3
for maker in fleetmake reportcase; do [[ -x $make/$maker ]] || skip_all "build/release/make/$maker is not built"; done
servers=()
cleanup() {
    local pid
    for pid in "${servers[@]}"; do kill "$pid" 2>/dev/null; done
    ch_stop 1 KILL
}
ch_configure 1 "$work/one"
ch_start 1 "$work/one" || skip_all "clickhouse-server does not start: $(tail -n 1 "$work/one/out")"
lite=$work/lite.store
remote=$(ch_store 1 fleet)
"$make/reportcase" "$work/one.assay"
for store in "$lite" "$remote"; do ok 'a fleet' "$make/fleetmake" --store --hosts 150 --things 60 --seed 5 "$store"; done
sqlite3 "$lite" 'SELECT name FROM host ORDER BY name' | awk 'BEGIN { split("US DE Germany FR SG", country, " "); print "host,site,country,owner,role" }
    { printf "%s,\"a <b>site</b>, %d\",%s,x,client\n", $1, NR % 3, country[(NR > 145 ? 5 : NR % 4 + 1)] }' >"$work/places.csv"
for store in "$lite" "$remote"; do ok 'places' "$ASSAY" fleet place "$store" "$work/places.csv"; done

serve() { # NAME OPERAND...: sets $address
    local name=$1
    shift
    "$ASSAY" serve --print-address "$@" >"$work/$name.address" 2>"$work/$name.err" &
    servers+=($!)
    for _ in $(seq 200); do
        [[ -s $work/$name.address ]] && break
        sleep 0.05
    done
    address=$(cat "$work/$name.address")
}
serve ours "$lite" "$work/one.assay"
ours=$address
serve theirs "$remote" "$work/one.assay"
theirs=$address

# --- the same pages ---
get() { # ADDRESS PAGE FILE: prints the status
    curl -s --noproxy '*' -m 60 -o "$3" -w '%{http_code}' "$1$2"
}
alike() { # PAGE
    local codes
    codes="$(get "$ours" "$1" "$work/ours") $(get "$theirs" "$1" "$work/theirs")"
    is "status of '$1'" "$codes" "${2:-200 200}"
    sed -i "s#<code>.*</code></p>#STORE#" "$work/ours" "$work/theirs"
    same "page '$1'" "$work/ours" "$work/theirs"
}
for page in '' overview 'overview?element=name:ffmpeg.dll' singled-out 'singled-out?page=2' 'singled-out?element=name:ffmpeg.dll' hosts 'hosts?page=2' \
    'hosts?page=3' 'hosts?country=DE' 'hosts?rank=3' search 'search?text=ffmpeg' 'search?text=windows' 'search?text=windows&things=2' 'search?text=pc-000' 'search?text=nothing%20of%20this' \
    'search?text=%27%5C%22%3Cb%3E'; do alike "$page"; done
get "$ours" overview "$work/overview" >/dev/null
like 'there is something to compare' "$(grep -c '<path' "$work/overview") $(grep -c 'class="n few"' "$work/overview")" '^[1-9][0-9]+ [1-9]'
for field in path name sha256 authentihash signer service driver autostart software exports product version; do
    for order in rare common; do
        alike "stack?field=$field&order=$order"
        link=$(grep -oE 'href="value\?[^"]*"' "$work/ours" | head -n 1 | sed 's/href="//; s/"$//; s/&amp;/\&/g')
        [[ -z $link ]] || alike "$link"
    done
    alike "stack?field=$field&page=2"
done
for host in $(sqlite3 "$lite" "SELECT host FROM host ORDER BY name LIMIT 3") $(sqlite3 "$lite" 'SELECT host FROM host_case ORDER BY rank DESC, host LIMIT 2'); do alike "host?id=$host"; done
alike 'host?id=1' '404 404'
alike 'value?field=no&value=x' '404 404'

# --- a server that goes away ---
begin=$SECONDS
ch_stop 1 KILL
for page in overview singled-out 'stack?field=name' hosts 'search?text=other'; do
    code=$(get "$theirs" "$page" "$work/theirs")
    like "without the server: $page" "$code $(grep -c 'role="alert"' "$work/theirs") $(grep -c 'Try again' "$work/theirs") $(grep -c '>Overview<' "$work/theirs")" '^50[03] 1 1 1$'
done
like 'in words' "$(grep -A 1 'role="alert"' "$work/theirs")" '127\.0\.0\.1|server|connect'
unlike 'without a password' "$(cat "$work/theirs")" 'to&|store>|to&amp;the'
is 'cases are served all the same' "$(get "$theirs" 'case?number=1' "$work/page")" 200
((SECONDS - begin < 40)) && pass 'soon' || fail 'soon' "$((SECONDS - begin)) s"
if ch_start 1 "$work/one"; then pass 'the server starts again'; else fail 'the server starts again' "$(tail -n 3 "$work/one/out")"; fi
sleep 2
for page in overview singled-out hosts; do alike "$page"; done
finish
