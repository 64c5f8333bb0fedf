#!/usr/bin/env bash
# Histories of browsers: hosts, times and downloads as sqlite3 has them, wherever a history and its write-ahead log lie together;
# a user who visited a host that the shipped list has, and one who did not.
. "$(dirname "$0")/lib.sh"
need_program
need_tools sqlite3
ask() { sqlite3 -separator '|' "$work/case" "$1"; }
scan() {
    assay scan --no-default-roots --fail-on never --replace -o "$work/case" "$@"
    ((status == 0)) || fail "scan $*" "$err"
}
chromium='CREATE TABLE urls(id INTEGER PRIMARY KEY AUTOINCREMENT, url LONGVARCHAR, title LONGVARCHAR, visit_count INTEGER DEFAULT 0 NOT NULL,
    typed_count INTEGER DEFAULT 0 NOT NULL, last_visit_time INTEGER NOT NULL, hidden INTEGER DEFAULT 0 NOT NULL);
CREATE TABLE visits(id INTEGER PRIMARY KEY AUTOINCREMENT, url INTEGER NOT NULL, visit_time INTEGER NOT NULL, from_visit INTEGER, transition INTEGER DEFAULT 0 NOT NULL);
CREATE TABLE downloads(id INTEGER PRIMARY KEY, guid VARCHAR NOT NULL, current_path LONGVARCHAR NOT NULL, target_path LONGVARCHAR NOT NULL, start_time INTEGER NOT NULL,
    total_bytes INTEGER NOT NULL, referrer VARCHAR NOT NULL, tab_url VARCHAR NOT NULL);
CREATE TABLE downloads_url_chains(id INTEGER NOT NULL, chain_index INTEGER NOT NULL, url LONGVARCHAR NOT NULL, PRIMARY KEY(id, chain_index));'
firefox='CREATE TABLE moz_places(id INTEGER PRIMARY KEY, url LONGVARCHAR, title LONGVARCHAR, visit_count INTEGER DEFAULT 0, last_visit_date INTEGER);
CREATE TABLE moz_historyvisits(id INTEGER PRIMARY KEY, from_visit INTEGER, place_id INTEGER, visit_date INTEGER, visit_type INTEGER);'

# --- a large one, as sqlite3 has it ---

mkdir "$work/large"
sqlite3 "$work/large/renamed.bin" "$chromium
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000) INSERT INTO urls(url, visit_count, last_visit_time)
    SELECT 'https://h' || (i * 7919 % 5000) || '.example.com/' || i || '?' || hex(zeroblob(i % 60)), 2, 13340000000000000 + i FROM n;
INSERT INTO visits(url, visit_time) SELECT id, last_visit_time FROM urls; INSERT INTO visits(url, visit_time) SELECT id, last_visit_time - 100000 - id FROM urls;
DELETE FROM visits WHERE id % 11 = 0;"
sqlite3 -separator '|' "$work/large/renamed.bin" "SELECT substr(url, 9, instr(url, '.com/') - 5), sum(visits), min(first), max(last) FROM
    (SELECT u.url AS url, u.visit_count AS visits, min(v.visit_time, u.last_visit_time) * 10 AS first, max(v.visit_time, u.last_visit_time) * 10 AS last FROM urls u
     JOIN (SELECT url, min(visit_time) AS visit_time FROM visits GROUP BY url) v ON v.url = u.id) GROUP BY 1 ORDER BY 1" >"$work/theirs"
scan "$work/large"
ask 'SELECT host, count, first, last FROM browser_host ORDER BY 1' >"$work/ours"
same 'hosts, visits, first and last of 60,000 URLs, whatever the name of the file' "$work/ours" "$work/theirs"
is 'these are many' "$(wc -l <"$work/ours")" 5000
is 'all was read' "$(ask 'SELECT browser, urls, visits, hosts, complete FROM browser_history')" "chromium|60000|$(sqlite3 "$work/large/renamed.bin" 'SELECT count(*) FROM visits')|5000|1"
is 'no address of a page is in the case' "$(LC_ALL=C grep -c 'example.com/' "$work/case")" 0
dd if=/dev/urandom of="$work/large/renamed.bin" bs=4096 seek=50 count=20 conv=notrunc status=none
scan "$work/large"
is 'with twenty pages overwritten: most of it' "$(ask "SELECT hosts > 4000, complete, (SELECT count(*) > 0 FROM finding WHERE detector = 'damaged') FROM browser_history")" '1|0|1'

# --- a log beside it ---

mkdir "$work/profile"
sqlite3 "$work/live.sqlite" >"$work/err" <<SQL
PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0;
$firefox
INSERT INTO moz_places VALUES(1, 'https://old.example.org/', NULL, 1, 1700000000000000);
PRAGMA wal_checkpoint(TRUNCATE);
INSERT INTO moz_places VALUES(2, 'https://new.example.org/', NULL, 1, 1700000000000000);
.shell cp $work/live.sqlite $work/profile/places.sqlite; cp $work/live.sqlite-wal $work/profile/places.sqlite-wal
SQL
ok 'there is a log' test -s "$work/profile/places.sqlite-wal"
both=$'new.example.org|1\nold.example.org|1'
hosts() { ask "SELECT host, frames > 0 FROM browser_host JOIN browser_history USING (artifact) ORDER BY 1"; }
scan "$work/profile"
is 'in a folder' "$(hosts)" "$both"
scan "$work/profile/places.sqlite"
is 'alone, its log beside it' "$(hosts)" "$both"
tar -C "$work" -czf "$work/profile.tgz" profile
scan "$work/profile.tgz"
is 'in a packed archive' "$(hosts)" "$both"
printf 'file\tprofile/places.sqlite\t%s\nfile\tprofile/places.sqlite-wal\t%s\n' "$work/profile/places.sqlite" "$work/profile/places.sqlite-wal" | "$make/ziptar" "$work/profile.zip" -
scan "$work/profile.zip"
is 'in a ZIP' "$(hosts)" "$both"
if command -v mkntfs >/dev/null; then
    printf 'dir\t/p\nfile\t/p/places.sqlite\t%s\nfile\t/p/places.sqlite-wal\t%s\n' "$work/profile/places.sqlite" "$work/profile/places.sqlite-wal" | volume "$work/disk.img" 16
    scan "$work/disk.img"
    is 'in an image' "$(hosts)" "$both"
else
    skip 'in an image' 'mkntfs is not installed'
fi
rm "$work/profile/places.sqlite-wal"
scan "$work/profile"
is 'without its log' "$(hosts)" 'old.example.org|0'

# --- two users ---

profile='AppData/Local/Google/Chrome/User Data/Default'
for user in ann bob; do mkdir -p "$work/drive/C/Users/$user/$profile"; done
mkdir -p "$work/drive/C/Windows/System32/config"
sqlite3 "$work/drive/C/Users/ann/$profile/History" "$chromium
INSERT INTO urls(url, visit_count, last_visit_time) VALUES('https://example.com/', 5, 13340000000000000), ('https://cdn.akamaicontainer.com/v1/x', 2, 13323000000000000);
INSERT INTO visits(url, visit_time) VALUES(2, 13322900000000000), (2, 13323000000000000);
INSERT INTO downloads VALUES(1, '', '', 'C:\\Users\\ann\\Downloads\\3CX.msi', 13323000000000000, 99, '', '');
INSERT INTO downloads_url_chains VALUES(1, 0, 'https://example.com/get'), (1, 1, 'https://msboxonline.com/3CX.msi');"
sqlite3 "$work/drive/C/Users/bob/$profile/History" "$chromium
INSERT INTO urls(url, visit_count, last_visit_time) VALUES('https://example.com/?q=akamaicontainer.com', 5, 13340000000000000),
    ('https://akamaicontainer.com.example.org/', 1, 13340000000000000), ('https://www.3cx.com/blog/news/mandiant-initial-results/', 3, 13340000000000000);"
scan "$work/drive"
found="SELECT d.value, f.severity, f.strength, e.value, o.path FROM finding f JOIN artifact a ON a.id = f.artifact JOIN folder o ON o.id = a.folder
    JOIN finding_detail d ON d.finding = f.id AND d.key = 'host' LEFT JOIN finding_detail e ON e.finding = f.id AND e.key = 'first' WHERE f.detector = 'ioc_network' ORDER BY 1"
is 'what was visited and downloaded by one of them' "$(ask "$found" | sed 's,|[^|]*/Users/\([a-z]*\)/.*,|\1,')" \
    $'cdn.akamaicontainer.com|3|1|2023-03-10T05:33:20.0000000Z|ann\nmsboxonline.com|3|1|2023-03-11T09:20:00.0000000Z|ann'
is 'what it was' "$(ask "SELECT value FROM finding_detail WHERE key = 'what'")" 'C:\\Users\\ann\\Downloads\\3CX.msi'
is 'nothing else is said' "$(ask "SELECT count(*) FROM finding WHERE severity > 0 AND detector <> 'ioc_network'")" 0
rm -r "$work/drive/C/Users/ann"
scan "$work/drive"
is 'of the other nothing is said' "$(ask 'SELECT detector, summary FROM finding')" ''
is 'but his hosts are known' "$(ask 'SELECT group_concat(host) FROM browser_host')" 'example.com,akamaicontainer.com.example.org,www.3cx.com'

scan --jobs 1 "$work/drive" "$work/large" && cp "$work/case" "$work/one" && scan --jobs 2 "$work/drive" "$work/large"
for table in browser_history browser_host browser_download; do
    is "the same rows by one worker: $table" "$(sqlite3 "$work/one" "SELECT * FROM $table" | sha256sum)" "$(ask "SELECT * FROM $table" | sha256sum)"
done
# Rules read a database whole before it is looked at.
printf 'rule r { strings: $a = "SQLite format 3" condition: $a at 0 }\n' >"$work/r.yar"
scan --rules "$work/r.yar" "$work/drive"
is 'with rules the same' "$(ask 'SELECT group_concat(host) FROM browser_host')" 'example.com,akamaicontainer.com.example.org,www.3cx.com'
finish
