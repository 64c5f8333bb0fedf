#!/usr/bin/env bash
# Cases of several hosts in one store, from evidence to answers.
. "$(dirname "$0")/lib.sh"
need_program
need_tools sqlite3
[[ -x $make/makepe ]] || skip_all "$make/makepe is not built"
system32=Windows/System32
store=$work/fleet.store
mkdir "$work/cases"

# host N: the same library everywhere, a phone below a user's folder of another name each, one odd library on host 3.
host() {
    local root=$work/host$1
    mkdir -p "$root/$system32" "$root/Users/user$1/AppData/Local/Programs/Phone"
    "$make/makepe" "$root/$system32/common.dll" dll export=Common product='Contoso Base'
    "$make/makepe" "$root/Users/user$1/AppData/Local/Programs/Phone/phone.dll" dll export=Call product='Contoso Phone'
    [[ $1 != 3 ]] || "$make/makepe" "$root/$system32/odd.dll" dll export=Odd
}
scan() { "$ASSAY" scan --map "$work/host$1=C:" --host "WS-$1" -o "$work/cases/$1.case" >/dev/null 2>&1; }
for i in 1 2 3 4; do
    host $i
    scan $i
done

assay fleet add "$store" "$work/cases/1.case" "$work/cases"
is 'cases by name and by folder' "$status $out" '0 4 added, 1 there already; 9 things'
assay fleet add "$store" "$work/cases"
is 'the same again changes nothing' "$status $out" '0 0 added, 4 there already; 0 things'
cp "$store" "$work/cases/zz.store"
echo text >"$work/cases/notes.txt"
ln -s "$work/cases/1.case" "$work/cases/link.case"
assay fleet add "$work/cases/own.store" "$work/cases"
is 'a store among cases is refused, itself passed over, links, its journal and others left' "$status $out" '3 4 added, 1 refused, 4 other files in folders; 9 things'
like 'what is refused is named with the reason' "$err" 'refused: .*/zz.store: not a case of assay'
rm "$work/cases/zz.store" "$work/cases/own.store"* "$work/cases/notes.txt" "$work/cases/link.case"

assay fleet hosts "$store"
like 'hosts' "$out" '^  ws-1 .*[0-9]$'
is 'hosts: a line each' "$(grep -c '^  ws-' <<<"$out")" 4
assay fleet stack "$store" name --format csv
is 'stack: distinct hosts by normal name' "$(tr -d '\r' <<<"$out")" $'value,hosts,things\nodd.dll,1,1\ncommon.dll,4,1\nphone.dll,4,1'
assay fleet stack --rare 1 "$store" path --format csv
is 'stack --rare' "$(tr -d '\r' <<<"$out")" $'value,hosts,things\n/windows/system32/odd.dll,1,1'
assay fleet stack --most --limit 1 --kind image "$store" path --format csv
is 'stack --most: more is there, and that is told' "$status $err" '0 assay: the first 1 rows; there may be more (--limit)'
is 'stack --most: user names are one' "$(tr -d '\r' <<<"$out" | tail -n 1)" '/users/<user>/appdata/local/programs/phone/phone.dll,4,1'
assay fleet stack --approximate "$store" name --format csv
is 'stack --approximate: counted, where that is as quick' "$(tr -d '\r' <<<"$out" | sed -n 1,2p)" $'value,hosts,things,approximate,error\nodd.dll,1,1,no,0.000'
assay fleet stack --approximate "$store" name
like 'and it says so' "$out" '^exact: '
assay fleet stack "$store" colour
is 'stack: a field that there is not' "$status" 2
for field in path name sha256 authentihash signer service driver autostart software exports product version; do
    assay fleet stack "$store" $field --format jsonl
    more=$status$err
    assay fleet stack --rare 16 "$store" $field --format jsonl
    is "stack $field: both ways" "$more $status$err" '0 0'
done
same_rows() { # FIELD: what is rare says the same as all
    "$ASSAY" fleet stack --limit 0 "$store" "$1" --format csv >"$work/all" && "$ASSAY" fleet stack --rare 16 --limit 0 "$store" "$1" --format csv >"$work/rare" && cmp "$work/all" "$work/rare"
}
ok 'stack: rare and all agree where all is rare' same_rows path

assay fleet common "$store" --element 'product:Contoso Phone'
like 'common: versions' "$out" '^  Contoso Phone .* 4  20'
like 'common: the spread by day' "$out" '^  20[0-9-]{8} .* 4 .*####'
assay fleet common "$store"
is 'common: nothing stands out' "$status" 2
like 'common: and says so' "$err" 'name an --element'
assay fleet search "$store" 'ODD'
like 'search: things' "$out" ' 1  image  odd.dll  /windows/system32/odd.dll'
like 'search: hosts' "$out" '^  ws-3 '
digest=$(sha256sum <"$work/host3/$system32/odd.dll" | cut -c1-64)
assay fleet search "$store" "${digest^^}" --format jsonl
like 'search by SHA-256' "$out" '"row":"things","hosts":1,"kind":"image","name":"odd.dll"'
like 'search by SHA-256: the host' "$out" '"row":"hosts","name":"ws-3"'
assay fleet search "$store" "sha256:$digest" --format jsonl
like 'search by SHA-256, written as an element' "$out" '"row":"hosts","name":"ws-3"'
assay fleet search "$store" "x' OR 1=1 --"
is 'search: a quote is a quote' "$status $(grep -c none <<<"$out")" '0 2'
assay fleet diff "$store" ws-1 WS-3 --format csv
is 'diff: what one has alone' "$(tr -d '\r' <<<"$out" | cut -d, -f1-5)" $'side,hosts,kind,name,path\nsecond,1,image,odd.dll,/windows/system32/odd.dll'
is 'diff: it was looked for' "$(tr -d '\r' <<<"$out" | tail -n 1 | grep -o '[^,]*$')" yes
assay fleet diff "$store" ws-1 ws-9
is 'diff: no such host' "$status $err" "2 assay: there is no host 'ws-9'"
assay fleet watch "$store" --since 2020-01-01 --rare 1 --format csv
like 'watch: what is rare and new' "$out" ',1,image,odd.dll'
is 'watch: nothing else' "$(wc -l <<<"$out")" 2
assay fleet watch "$store" --since 2999-01-01
like 'watch: nothing later' "$out" '^  none$'
assay fleet watch "$store" --added --since 2020-01-01 --rare 1 --format csv
like 'watch --added: what came into the store' "$out" ',1,image,odd.dll'
assay fleet watch "$store" --added --since 2999-01-01
like 'watch --added: nothing later' "$out" '^  none$'
assay fleet watch "$store" --since yesterday
is 'watch: no date' "$status" 2

# A Linux says which it is; in an archive on another host it says nothing.
mkdir -p "$work/linux/usr/lib" "$work/other/opt"
printf 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n' >"$work/linux/usr/lib/os-release"
tar -C "$work/linux" -cf "$work/other/opt/image.tar" usr
for i in linux other; do "$ASSAY" scan --host "$i" -o "$work/$i.case" "$work/$i" >/dev/null 2>&1; done
"$ASSAY" fleet add "$work/linux.store" "$work/linux.case" "$work/other.case" >/dev/null
assay fleet hosts "$work/linux.store" --format jsonl
is 'a Linux' "$(grep '"linux"' <<<"$out" | grep -o '"os_build":"[^"]*","role":"[^"]*"')" '"os_build":"debian 12","role":"linux"'
unlike 'and what only has one' "$(grep '"name":"other"' <<<"$out")" 'role'

# Target lists meet the addresses of the inventory.
printf 'host;mac\nws-1;"0011.22AA.BBCC, 00-1c-23-4b-c3-96"\n' >"$work/inventory.csv"
assay fleet place "$store" "$work/inventory.csv"
is 'place: addresses of network cards' "$(sqlite3 "$store" "SELECT mac FROM place WHERE mac <> ''")" '00:11:22:aa:bb:cc 00:1c:23:4b:c3:96'
printf '001c234bc396\n%s\n001c234bc397\n' "$(printf '\x00\x11\x22\xaa\xbb\xcc' | md5sum | cut -c1-32)" >"$work/targets"
assay fleet singled-out --element name:phone.dll --targets "$work/targets" -f jsonl "$store"
like 'targets: two of three lines' "$out" '"targets_absent":\["001c234bc397"\]'

printf '\xef\xbb\xbfOwner;Host;Country;"site"\r\nAnn;WS-1.corp.example;NL;"North; 1"\r\nBob;ws-2;DE;South\r\n;ws-3;NL;"say ""hi"""\r\nEve;elsewhere;FR;x\r\n' >"$work/inventory.csv"
assay fleet place "$store" "$work/inventory.csv"
is 'place: an inventory with semicolons, quotes and a mark' "$status $out" '0 3 hosts placed; 1 lines of the inventory are of hosts that are not in the store'
assay fleet map "$store" --element name:odd.dll --format csv
is 'map: by country' "$(tr -d '\r' <<<"$out")" $'place,hosts,carriers,carriers_rate,compromised,compromised_rate\nNL,2,1,50.0,0,0.0\n,1,0,0.0,0,0.0\nDE,1,0,0.0,0,0.0'
assay fleet map "$store" --element name:odd.dll --format jsonl
is 'map: each key once' "$(head -n 1 <<<"$out" | grep -o '"few"' | wc -l)" 1
assay fleet map "$store" --sites --element name:odd.dll
like 'map: by site, and few are marked' "$out" '^  say "hi" +1 +1 +100.0 % \(few\)'
printf 'a,b\n1,2\n' >"$work/bad.csv"
assay fleet place "$store" "$work/bad.csv"
is 'place: an inventory without hosts' "$status $(grep -c 'no column is called host' <<<"$err")" '2 1'
printf 'host,site\nws-1,"open\n' >"$work/bad.csv"
assay fleet place "$store" "$work/bad.csv"
is 'place: a quote that does not end' "$status" 2

# A database in MaxMind's format (MaxMind DB file format specification, version 2.0), made here: two networks.
if command -v python3 >/dev/null; then
    python3 - "$work/geo.mmdb" <<'PYTHON'
import struct, sys
def text(s): return bytes([0x40 | len(s)]) + s.encode()
def number(kind, n):  # unsigned integers: uint16 is type 5, uint32 6, uint64 9 (extended)
    raw = n.to_bytes((n.bit_length() + 7) // 8, 'big')
    return (bytes([len(raw), kind - 7]) if kind > 7 else bytes([kind << 5 | len(raw)])) + raw
def table(pairs): return bytes([0xe0 | len(pairs)]) + b''.join(text(k) + v for k, v in pairs)
def array(items): return bytes([len(items), 4]) + b''.join(items)
networks = [('203.0.113.0', 24, 'NL'), ('198.51.100.0', 24, 'DE')]
data, nodes = b'', [[None, None]]
for address, size, code in networks:
    at = len(data)
    data += table([('country', table([('iso_code', text(code))]))])
    value, node = int.from_bytes(bytes(map(int, address.split('.'))), 'big'), 0
    for bit in range(size):
        side = value >> (31 - bit) & 1
        if bit == size - 1: nodes[node][side] = ('data', at)
        else:
            if nodes[node][side] is None:
                nodes.append([None, None]); nodes[node][side] = len(nodes) - 1
            node = nodes[node][side]
count = len(nodes)
record = lambda r: count if r is None else r if isinstance(r, int) else count + 16 + r[1]
tree = b''.join(record(side).to_bytes(3, 'big') for node in nodes for side in node)
about = table([('node_count', number(6, count)), ('record_size', number(5, 24)), ('ip_version', number(5, 4)),
    ('database_type', text('Test')), ('languages', array([])), ('binary_format_major_version', number(5, 2)),
    ('binary_format_minor_version', number(5, 0)), ('build_epoch', number(9, 1)), ('description', table([]))])
open(sys.argv[1], 'wb').write(tree + bytes(16) + data + b'\xab\xcd\xefMaxMind.com' + about)
PYTHON
    printf 'host,address,country\nws-1,203.0.113.7,\nws-2,198.51.100.9,SE\nws-3,198.51.100.9,\nws-4,not an address,\n' >"$work/inventory.csv"
    assay fleet place --geoip "$work/geo.mmdb" "$store" "$work/inventory.csv"
    is 'place: countries of addresses' "$status $err" '0 '
    assay fleet hosts "$store" --format csv
    is 'place: the inventory goes before the address' "$(tr -d '\r' <<<"$out" | sed -n '/^ws/p' | cut -d, -f1,8 | sort | tr '\n' ' ')" 'ws-1,NL ws-2,SE ws-3,DE ws-4, '
    head -c 50 "$work/geo.mmdb" >"$work/short.mmdb"
    assay fleet place --geoip "$work/short.mmdb" "$store" "$work/inventory.csv"
    is 'place: a database that is none' "$status" 2
else
    skip 'place: countries of addresses' 'python3 is not installed'
fi

# A newer case of host 3, without the odd library.
rm "$work/host3/$system32/odd.dll" "$work/cases/3.case"
sleep 0.1
scan 3
assay fleet add "$store" "$work/cases/3.case"
is 'a newer case replaces the older' "$status $out" '0 0 added, 1 replaced by newer cases; 2 things'
assay fleet stack "$store" name --format csv
unlike 'and what it had is gone' "$out" 'odd'
assay fleet forget "$store" ws-4
is 'forget' "$status" 0
assay fleet hosts "$store" --format jsonl
is 'forget: and it is gone' "$(grep -c '"row":"hosts"' <<<"$out")" 3
assay fleet forget "$store" ws-4
is 'forget: only once' "$status" 2

assay fleet hosts "$work/nothing"
is 'no store' "$status $err" "2 assay: $work/nothing: there is no store"
assay fleet hosts "$work/cases/1.case"
like 'a case is no store' "$err" 'no store of assay'
assay fleet add "$store"
is 'add: nothing named' "$status" 2
assay fleet add "$store" "$work/nowhere"
is 'add: nothing there' "$status" 3
assay fleet nonsense "$store"
is 'no such subcommand' "$status" 2
if [[ $(id -u) == 0 ]] && command -v setpriv >/dev/null; then
    mkdir "$work/fixed"
    chmod 755 "$work"
    cp "$store" "$work/fixed/store"
    chmod 555 "$work/fixed"
    out=$(setpriv --reuid=65534 --regid=65534 --clear-groups "$ASSAY" fleet hosts "$work/fixed/store" 2>&1)
    like 'a store beside which nothing can be written: why it is not read' "$out" 'store: .*copy it there'
else
    skip 'a store beside which nothing can be written' 'that takes root, and setpriv'
fi
assay fleet hosts "$store" -o "$work/hosts.txt"
is 'into a file' "$status $(grep -c ws- "$work/hosts.txt")" '0 3'

# Two programs at once, each with all cases of its own.
mkdir "$work/more"
for i in 5 6 7 8; do
    host $i
    "$ASSAY" scan --map "$work/host$i=C:" --host "WS-$i" -o "$work/more/$i.case" >/dev/null 2>&1
done
"$ASSAY" fleet add "$work/both.store" "$work/cases" >"$work/one" 2>&1 &
one=$!
"$ASSAY" fleet add "$work/both.store" "$work/more" >"$work/two" 2>&1 &
two=$!
wait $one
first=$?
wait $two
is 'two writers at once' "$first $? $(cut -c1-7 "$work/one") $(cut -c1-7 "$work/two")" '0 0 4 added 4 added'
assay fleet stack --rare 16 "$work/both.store" name --format csv
like 'and nothing is lost' "$out" 'common.dll,8,1'
finish
