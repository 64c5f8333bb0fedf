#!/usr/bin/env bash
# assay serve: its address, who is answered, which pages there are, hostile cases and stores, how it ends. test/unit/web.c has what others
# try in full; test/run/serve_browser.sh opens the pages.
. "$(dirname "$0")/lib.sh"
need_program
need_tools curl sqlite3
for maker in reportcase fleetmake presences; do [[ -x $make/$maker ]] || skip_all "build/release/make/$maker is not built"; done
server=
cleanup() { [[ -z $server ]] || kill "$server" 2>/dev/null; }

# start OPERAND...: sets $server, $address, $origin
start() {
    : >"$work/address"
    "$ASSAY" serve --print-address "$@" >"$work/address" 2>"$work/complaints" &
    server=$!
    for _ in $(seq 200); do
        [[ -s $work/address ]] && break
        kill -0 "$server" 2>/dev/null || break
        sleep 0.05
    done
    address=$(cat "$work/address")
    origin=$(cut -d/ -f1-3 <<<"$address")
}
# stop SIGNAL: sets $ended
stop() {
    kill "-$1" "$server"
    ended=0
    wait "$server" || ended=$?
    server=
}
# get PAGE [CURL OPTION...]: sets $code; the page is in $work/page
get() {
    local page=$1
    shift
    code=$(curl -s -m 20 -o "$work/page" -w '%{http_code}' "$@" "$address$page")
}
has() { like "$1" "$(tr -d '\0' <"$work/page")" "$2"; }

# --- cases ---
"$make/reportcase" "$work/small.assay" && "$make/reportcase" --nasty "$work/nasty.assay" || { fail 'the cases are made'; finish; }
echo 'no case' >"$work/none.assay"
start "$work/small.assay" "$work/nasty.assay" "$work/none.assay"
like 'an address on this machine alone, with a token' "$address" '^http://127\.0\.0\.1:[0-9]+/[0-9a-f]{64}/$'
like 'what is no case is told' "$(cat "$work/complaints")" 'none.assay'
get ''
is 'the list of cases' "$code" 200
has 'the list names the reason' 'no case|not a case|not SQLite|not a database'
unlike 'the token is in no page' "$(cat "$work/page")" "$(cut -d/ -f4 <<<"$address")"
get 'case?number=1'
"$ASSAY" report "$work/small.assay" -o "$work/small.html"
is 'a case is its report' "$code" 200
same 'byte for byte' "$work/page" "$work/small.html"
for bad in 'case?number=3' 'case?number=0' 'case?number=4' 'case?number=-1' 'case?number=1x' 'case?number=99999999999999999999' case overview hosts 'stack?field=path' ../cases 'case/../cases' cases/; do
    get "$bad" --path-as-is
    like "no page: $bad" "$code" '^(404|500)$'
done
get 'case?number=3'
is 'what cannot be read is an error' "$code" 500
has 'with its reason' 'This cannot be shown'
for name in 'X-Content-Type-Options: nosniff' 'X-Frame-Options: DENY' 'Referrer-Policy: no-referrer' 'Cache-Control: no-store' "Content-Security-Policy: default-src 'none'"; do
    bad=
    for page in '' cases 'case?number=1' 'case?number=3' nothing; do curl -s -I "$address$page" | grep -qF "$name" || bad+=" '$page'"; done
    curl -s -I "$origin/" | grep -qF "$name" || bad+=' (no token)'
    is "every answer has $name" "$bad" ''
done
is 'a name that is pointed here' "$(curl -s -o /dev/null -w '%{http_code}' -H 'Host: evil.example' "$address")" 403
is 'a page of others' "$(curl -s -o /dev/null -w '%{http_code}' -H 'Sec-Fetch-Site: cross-site' "$address")" 403
is 'without the token' "$(curl -s -o /dev/null -w '%{http_code}' "$origin/$(printf '0%.0s' {1..64})/")" 404
is 'nothing can be posted' "$(curl -s -o /dev/null -w '%{http_code}' -d x=1 "$address")" 405
port=$(cut -d: -f3 <<<"$address" | cut -d/ -f1)
assay serve --port "$port" "$work/small.assay"
like 'a port that is taken' "$status $err" '^2 .*cannot listen.*in use'
cp "$work/none.assay" "$work/small.assay"
get 'case?number=1'
is 'a case that became none' "$code" 500
rm "$work/small.assay"
get 'case?number=1'
is 'a case that is gone' "$code" 500
get 'case?number=2'
is 'others are served' "$code" 200
stop INT
is 'SIGINT ends it' "$ended" 0
"$make/reportcase" "$work/small.assay"
start "$work/small.assay"
stop TERM
is 'SIGTERM ends it' "$ended" 0
assay serve
is 'nothing to serve' "$status" 2
assay serve "$work/none.assay"
is 'nothing that can be served' "$status" 2
assay serve --port 65536 "$work/small.assay"
is 'no port' "$status" 2
assay serve 'clickhouse://nobody@127.0.0.1:1/x'
is 'a server that is not there' "$status" 2

# --- a store ---
mkdir "$work/fleet"
"$make/fleetmake" --hosts 60 --things 40 --implant 2 "$work/fleet" >/dev/null
"$ASSAY" fleet add "$work/fleet.store" "$work/fleet" >/dev/null 2>&1
"$ASSAY" fleet place "$work/fleet.store" "$work/fleet/inventory.csv" >/dev/null 2>&1
sum() { sha256sum <"$work/fleet.store"; }
first=$(find "$work/fleet" -name '*.case' | sort | head -n 1)
start "$work/fleet.store" "$first"
for page in '' overview singled-out stack 'stack?order=common' hosts search cases 'search?text=windows' 'overview?element=name:x' 'singled-out?element=name:x'; do
    get "$page"
    is "page '$page'" "$code $(grep -c '</html>' "$work/page") $(grep -c '<script' "$work/page")" '200 1 0'
done
for field in path name sha256 authentihash signer service driver autostart software exports product version; do
    get "stack?field=$field"
    codes=$code
    link=$(grep -oE 'href="value\?[^"]*"' "$work/page" | head -n 1 | sed 's/href="//; s/"$//; s/&amp;/\&/g')
    get "stack?field=$field&order=common"
    codes+=" $code"
    [[ -z $link ]] || get "$link"
    is "stack of $field and what it leads to" "$codes $code" '200 200 200'
    [[ -z $link ]] || has "a value of $field is somewhere" '<h2>Things</h2>'
done
get hosts
is 'all hosts' "$(grep -c 'href="host?id=' "$work/page")" 60
get "hosts?country=$(sqlite3 "$work/fleet.store" 'SELECT country FROM place GROUP BY country ORDER BY count(*) DESC LIMIT 1')"
is 'hosts of a country' "$(grep -c 'href="host?id=' "$work/page")" "$(sqlite3 "$work/fleet.store" 'SELECT count(*) FROM place GROUP BY country ORDER BY count(*) DESC LIMIT 1')"
host() { sqlite3 "$work/fleet.store" "SELECT host FROM host WHERE name $1 '$(basename "$first" .case)' ORDER BY host LIMIT 1"; }
get "host?id=$(host '=')"
has 'the page of a host leads to its case' 'href="case\?number=1"'
get "host?id=$(host '<>')"
has 'a host without its case has what the store keeps' 'was not named to'
has 'its rare things' 'Rare things'
# What pages count is what a recount of presences says.
plain_store "$work/fleet.store" "$work/fleet.plain"
recount() { sqlite3 "$work/fleet.plain" "SELECT count(DISTINCT c.host) FROM host_case c JOIN presence p USING (number) JOIN thing t USING (thing) WHERE $1"; }
digest=$(sqlite3 "$work/fleet.store" "SELECT sha256 FROM thing JOIN thing_count USING (thing) WHERE sha256 <> '' AND hosts BETWEEN 5 AND 30 ORDER BY hosts, sha256 LIMIT 1")
get "value?field=sha256&value=$digest"
is 'hosts of a digest' "$(grep -c 'href="host?id=' "$work/page")" "$(recount "t.sha256 = '$digest'")"
get 'value?field=name&value=ffmpeg.dll'
is 'hosts of a name' "$(grep -c 'href="host?id=' "$work/page")" "$(recount "t.name = 'ffmpeg.dll'")"
get 'stack?field=name&order=common'
like 'the commonest is on all hosts' "$(grep -m 1 '<tr><td' "$work/page")" '<td class="n">60</td>'
one=$(host '<>')
get "host?id=$one"
is 'rare things of a host' "$(sed -n '/Rare things/,$p' "$work/page" | grep -c '^<tr><td')" \
    "$(sqlite3 "$work/fleet.plain" "SELECT count(*) FROM host_case c JOIN presence p USING (number) JOIN thing_count n USING (thing) WHERE c.host = $one AND n.hosts <= 16")"
is 'marks of a host' "$(sed '/Rare things/,$d' "$work/page" | grep -c '^<tr><td')" "$(sqlite3 "$work/fleet.store" "SELECT count(*) FROM host_case c JOIN mark m USING (caseid) WHERE c.host = $one")"
# Pages that are kept, and pages of tables.
for page in stack singled-out 'stack?field=name&order=common' 'search?text=windows'; do
    get "$page"
    cp "$work/page" "$work/before"
    curl -sS -m 20 -Z --no-progress-meter -o "$work/one" "$address$page" -o "$work/two" "$address$page" -o "$work/three" "$address$page"
    same "the same again, and at once: $page" <(cat "$work/before" "$work/before" "$work/before") <(cat "$work/one" "$work/two" "$work/three")
done
get 'search?text=windows'
has 'a table turns' '<a rel="next" href="search\?text=windows&amp;things=2">Next</a>'
is 'a page has a hundred rows' "$(grep -c '<tr><td' "$work/page")" 100
get 'search?text=windows&things=2'
has 'and back' '<a rel="prev" href="search\?text=windows&amp;things=1">Previous</a>'
for bad in 0 -1 x 10001 99999999999999999999; do
    get "search?text=windows&things=$bad"
    is "no page of a table: $bad" "$code $(grep -c '<tr><td' "$work/page")" '200 100'
done
get 'search?text=windows&things=9999'
has 'behind the last' 'There are not so many'
for bad in 'host?id=1' host 'host?id=x' 'value?field=no&value=x' 'value?field=path'; do
    get "$bad"
    is "no such thing: $bad" "$code" 404
done
get overview
has 'countries are drawn' '<a href="hosts\?country=[^"]*"><path d="M'
get 'search' -G --data-urlencode "text=x' OR 1=1 --"
is 'a quote is a quote' "$code $(grep -c '<td' "$work/page")" '200 0'
get 'search' -G --data-urlencode 'text="><script>alert(1)</script>{things}'
is 'a search is text' "$code $(grep -c '<script' "$work/page")" '200 0'
get 'search?text=%ff%fe'
is 'what is no text is no search' "$code" 200
get "search?text=$(printf 'a%.0s' {1..5000})"
is 'a long search' "$code" 200
"$ASSAY" fleet forget "$work/fleet.store" "$(sqlite3 "$work/fleet.store" "SELECT host FROM host WHERE name <> '$(basename "$first" .case)' LIMIT 1")" >/dev/null 2>&1
get hosts
is 'what changes is seen' "$(grep -c 'href="host?id=' "$work/page")" 59
stop TERM
is 'it ends' "$ended" 0
before=$(sum)
start "$work/fleet.store"
get singled-out
get overview
stop HUP
is 'SIGHUP ends it, and nothing was written' "$ended $(sum)" "0 $before"
cp "$work/fleet.store" "$work/other.store"
start "$work/other.store" "$first"
get hosts
is 'a store that is there' "$code" 200
: >"$work/other.store"
get hosts
codes=$code
get hosts
like 'a store that is damaged meanwhile is an error' "$codes $code" '^50[03] 50[03]$'
has 'and says why' 'other.store|malformed|not a database'
get 'case?number=1'
is 'cases are served all the same' "$code" 200
cp "$work/fleet.store" "$work/other.store"
get hosts
is 'and the store again, once it is whole' "$code" 200
# A file that takes its place, and none.
"$make/fleetmake" --store --hosts 5 --things 10 "$work/five.store" >/dev/null
mv "$work/five.store" "$work/other.store"
get hosts
is 'a store that was replaced is the new one' "$code $(grep -c 'href="host?id=' "$work/page")" '200 5'
get stack
is 'and so are its stacks' "$code" 200
rm "$work/other.store"
get stack
codes=$code
get singled-out
is 'a store that was removed is an error' "$codes $code" '503 503'
has 'that says so' 'there is no store'
has 'to be tried again' '<a href="singled-out">Try again</a>'
cp "$work/fleet.store" "$work/other.store"
get stack
is 'and is back when it is' "$code" 200
unlike 'the token is not among the words of any process' "$(cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' '\n')" "$(cut -d/ -f4 <<<"$address")"
stop TERM

# --- a store in which each text is hostile ---
cp "$work/fleet.store" "$work/hostile.store"
evil="'\"><script>alert(1)</script><img src=x onerror=alert(1)>{things}''' || char(8238)"
for column in host.{name,domain,machine_guid,machine_sid,mac,os_build,role,products} place.{site,country,owner,role} host_case.verdict \
    thing.{path,name,sha256,authentihash,signer,exports,version,product} mark.{stage,detector,summary}; do
    echo "UPDATE ${column%.*} SET ${column#*.} = ${column#*.} || $evil;"
done >"$work/hostile.sql"
cat >>"$work/hostile.sql" <<'SQL'
UPDATE host SET machine_guid = CAST(x'fffe' || machine_guid AS TEXT), products = replace(hex(zeroblob(500000)), '0', '<i>');
UPDATE host_case SET rank = -7, since = -1, collected = 9223372036854775807 WHERE number % 2;
UPDATE thing SET signer = replace(hex(zeroblob(5000)), '0', '<i>') WHERE thing % 10 = 1;
UPDATE mark SET severity = severity * 1000000, time = -5;
SQL
if sqlite3 "$work/hostile.store" <"$work/hostile.sql"; then pass 'a hostile store'; else fail 'a hostile store'; fi
start "$work/hostile.store" "$work/nasty.assay"
bad=
asked=0
ask_hostile() {
    get "$1"
    asked=$((asked + 1))
    [[ $code == 200 && $(grep -ac '</html>' "$work/page") == 1 ]] || bad+=" $1:$code"
    ! sed 's/<i>high<\/i>//; s/<i>carriers<\/i>//' "$work/page" | grep -aqiE '<(script|img|i>)|<[^>]*[" ]onerror=' || bad+=" $1:html"
}
link() { grep -aoE "href=\"$1[^\"]*\"" "$work/page" | head -n 1 | sed 's/href="//; s/"$//; s/&amp;/\&/g'; }
for page in overview singled-out hosts search 'search?text=script' cases 'hosts?rank=0' 'search?text=%3Cimg'; do ask_hostile "$page"; done
for field in path name sha256 authentihash signer service driver autostart software exports product version; do
    ask_hostile "stack?field=$field"
    value=$(link 'value\?')
    [[ -z $value ]] || ask_hostile "$value"
    ask_hostile "stack?field=$field&order=common"
done
get hosts
for page in $(grep -aoE 'host\?id=[0-9]+' "$work/page" | head -n 5); do ask_hostile "$page"; done
get overview
has 'what it wrote is there as text' '&lt;script&gt;alert'
ask_hostile "$(link 'hosts\?country=')"
is 'no page of it holds what it wrote as HTML' "$bad" ''
like 'all were asked for' "$asked" '^(4|5)[0-9]$'
stop TERM
assay serve "$work/fleet.store" "$work/other.store"
like 'one store at a time' "$status $err" '^2 .*two stores'
finish
