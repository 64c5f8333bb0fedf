#!/usr/bin/env bash
# Timelines: the times that were put into an image come out in order, as fls and mactime tell them, from evidence and from its
# case alike, or not at all.
. "$(dirname "$0")/lib.sh"
need_program
need_tools sqlite3 jq awk mkntfs
[[ -x $make/mkimage ]] || skip_all 'libntfs-3g is not installed'
export TMPDIR=$work
timeline() { "$ASSAY" timeline "$@" 2>"$work/err"; }

"$make/usnjournal" 300 0 "$work/J"
{
    printf 'dir\t/a\ntext\t/a/x.txt\thello\nlink\t/a/x.txt\t/a/y.txt\n'
    printf 'stream\t/a/x.txt\tZone.Identifier\t=[ZoneTransfer]\\r\\nZoneId=3\\r\\nHostUrl=https://example.org/x\\r\\n'
    printf '\ntext\t/a/zone.identifier\t[ZoneTransfer]\ntext\t/a/gone.txt\tx\ndelete\t/a/gone.txt\n'
    printf 'text\t/a/old.txt\tx\ntimes\t/a/old.txt\t1601-01-01T00:00:00Z\t1601-01-01T00:00:00Z\t1970-01-01T00:00:00Z\t30829-01-01T00:00:00Z\n'
    printf 'times\t/a/x.txt\t2001-01-01T00:00:00.1234567Z\t2002-01-01T00:00:00Z\t2002-01-01T00:00:00Z\t2003-01-01T00:00:00.5Z\n'
    printf 'text\t/$Extend/$UsnJrnl\t\nstream\t/$Extend/$UsnJrnl\t$J\t%s\n' "$work/J"
} | volume "$work/image" 64

timeline --format csv "$work/image" >"$work/csv"
is 'equal times of a file are one event, to 100 ns, with its mark of the web' "$(grep ',file,.*/a/x.txt' "$work/csv" | tr -d '\r' | cut -d, -f1-5,11-)" \
    '2001-01-01T00:00:00.1234567Z,...b,file,settable,$STANDARD_INFORMATION,/a/x.txt,,5,,"zone 3 (Internet), from https://example.org/x"
2002-01-01T00:00:00.0000000Z,m.c.,file,settable,$STANDARD_INFORMATION,/a/x.txt,,5,,"zone 3 (Internet), from https://example.org/x"
2003-01-01T00:00:00.5000000Z,.a..,file,settable,$STANDARD_INFORMATION,/a/x.txt,,5,,"zone 3 (Internet), from https://example.org/x"'
is 'each name has its own' "$(grep -c ',name,inherited,.*/a/[xy].txt' "$work/csv")" 2
is 'a deleted file is told as such' "$(grep -c '/a/gone.txt,,1,deleted' "$work/csv")" 2
is 'records of the journal are events' "$(grep -c ',journal,recorded,' "$work/csv")" 300
like 'times that are none come first and last, and are counted' "$(cat "$work/err")" 'lines with the time 0, 1601-01-01, which come first: 2$'
like 'times beyond are counted, too' "$(cat "$work/err")" 'after the year 30828, .*: 1$'
like 'the first' "$(sed -n 2,4p "$work/csv")" '^1601-01-01T00:00:00.0000000Z,m..b,file,.*/a/old.txt'
like 'the last' "$(tail -n 1 "$work/csv")" '^30829-01-01T00:00:00.0000000Z,.a..,file,.*/a/old.txt'
is 'every line is one event' "$(awk -F, 'NR > 1 && !/^[0-9]+-[0-9][0-9]-[0-9][0-9]T[0-9:.]+Z,[m.][a.][c.][b.],[a-z]+,[a-z]+,/' "$work/csv")" ''
"$ASSAY" scan --fail-on never --keep-events -o "$work/case" "$work/image" >/dev/null 2>&1
is 'a row of zone, of the stream and not of a file so named' "$(sqlite3 "$work/case" 'SELECT a.stream, zone_id, host_url FROM zone JOIN artifact a ON a.id = artifact')" 'Zone.Identifier|3|https://example.org/x'
for format in text csv jsonl bodyfile timesketch; do
    timeline --format $format --jobs 1 "$work/image" >"$work/one"
    timeline --format $format --jobs 4 "$work/image" >"$work/four"
    timeline --format $format "$work/case" >"$work/of-case"
    same "$format: one worker or four" "$work/one" "$work/four"
    same "$format: evidence or its case" "$work/one" "$work/of-case"
done
timeline --format jsonl "$work/case" | jq -r '[.time, .macb // "....", .source, .confidence, .path // ""] | join("|")' >"$work/json"
is 'JSON lines tell the same' "$(tail -n +2 "$work/csv" | wc -l) $(cut -d, -f1-4 "$work/csv" | tail -n +2 | tr , '|' | md5sum)" "$(wc -l <"$work/json") $(cut -d'|' -f1-4 "$work/json" | md5sum)"
is 'what Timesketch asks for is in every line' "$(timeline --format timesketch "$work/case" | jq -c 'select((.message and (.datetime | test("^[0-9]{4}-[0-9-]{5}T[0-9:]{8}\\.[0-9]{6}\\+00:00$")) and .timestamp_desc and .time) | not)')" ''

# --- another tool ---
if command -v fls >/dev/null && command -v mactime >/dev/null; then
    # Path, entry and times. Left out: what fls makes up, the root, which it does not tell, what it tells of files without $DATA
    # by the indexes in them, streams under a second name, and times that its seconds cannot hold ($MFT has 0 here, old.txt was made for that).
    known() {
        awk -F'|' -v OFS='|' '$2 ~ /OrphanFile|^\/( |$)|^\/\$(MFT|Secure|Extend\/\$(ObjId|Quota|Reparse))( |:|$)|old\.txt|y\.txt:/ { next }
            { split($3, i, "-"); deleted = $2 ~ / \(deleted\)/; sub(/ \(deleted\)/, "", $2); print $2 (deleted ? " x" : ""), i[1], $8, $9, $10, $11 }' | sort
    }
    fls -r -m / "$work/image" 2>/dev/null | known >"$work/theirs"
    timeline --format bodyfile --source file,name "$work/image" | known >"$work/ours"
    same 'the body file is that of fls' "$work/theirs" "$work/ours"
    like 'of more than a few lines' "$(wc -l <"$work/ours")" '^3[0-9]$'
    timeline --format bodyfile --source file,name "$work/image" | grep -v old.txt >"$work/body"
    mactime -b "$work/body" -d -y 2>/dev/null | awk -F, '/\/a\// { print $1, $3, $8 }' | tr -d '"' | sed 's/ (deleted)//' | grep -v ':Zone' | sort -u >"$work/theirs"
    timeline --format jsonl --source file,name "$work/image" | jq -r 'select((.path // "") | test("^/a/") and (test("old.txt") | not)) | [(.time[0:19] + "Z"), .macb, .path + (if .source == "name" then " ($FILE_NAME)" else "" end)] | join(" ")' | sort -u >"$work/ours"
    # Times of a file that differ within a second are one event for mactime; here none do. The body file has the times of a hard link twice.
    same 'events are those of mactime' <(grep -v '/a/y.txt$' "$work/theirs") "$work/ours"
    like 'of more than a few lines, too' "$(wc -l <"$work/ours")" '^9$'
else
    skip 'the body file is that of fls' 'sleuthkit is not installed'
fi

# --- parts ---
timeline --format csv --from 2002-01-01 --to 2003-01-01T00:00:00.5Z "$work/case" >"$work/part"
is 'from is told, to is not' "$(tail -n +2 "$work/part" | cut -d, -f1,2)" '2002-01-01T00:00:00.0000000Z,m.c.'
is 'one source alone' "$(timeline --format csv --source journal "$work/case" | tail -n +2 | cut -d, -f3 | sort -u)" journal
is 'two sources' "$(timeline --format jsonl --source file,name "$work/case" | jq -r .source | sort -u | xargs)" 'file name'
for bad in '--from yesterday' '--to 2003-13-01' '--source files' '--format xml' '--to 1601-01-01'; do
    # shellcheck disable=SC2086
    assay timeline $bad "$work/case"
    is "$bad is refused" "$status" 2
done

# --- where it goes ---
cd "$work" || exit 2
assay timeline --format csv --output out.csv case
is 'a file' "$status $(cmp csv out.csv) $(ls out.csv*)" '0  out.csv'
assay timeline --format csv --output out.csv case
is 'which is not overwritten' "$status $(cmp csv out.csv)" '2 '
like 'and says so' "$err" 'exists already'
assay timeline --format timesketch --output out.txt case
is 'Timesketch wants its endings' "$status $(ls out.txt* 2>/dev/null)" '2 '
assay timeline --format timesketch --output sketch.csv case
is 'and gets CSV where the name says so' "$status $(head -c 32 sketch.csv)" '0 message,datetime,timestamp_desc,'
mkdir folder && cp image folder/
assay timeline --output folder/out folder
is 'never into the evidence' "$status $(ls folder)" '2 image'
run bash -c "'$ASSAY' timeline case 2>err2 | head -n 1; exit \${PIPESTATUS[0]}"
is 'a reader who leaves is no crash' "$((status == 0 || status == 2)) $(grep -vc 'lines with' err2)" '1 0'
run bash -c "'$ASSAY' timeline case >/dev/full"
is 'a full disk is an error' "$status" 2
like 'in words' "$err" 'could not be written: No space'

# --- many, and a disk that is too small ---
"$make/genmft" 120000 mft >/dev/null
timeline --format csv mft >many
is 'all in order' "$(tail -n +2 many | cut -d, -f1 | awk '{ if (length($0) > 28) print "9" $0; else print }' | LC_ALL=C sort -c 2>&1)" ''
like 'many' "$(wc -l <many)" '^[5-9][0-9]{5}$'
"$ASSAY" scan --fail-on never --keep-events -o big mft >/dev/null 2>&1
timeline --format csv big >of-case
same 'evidence or its case, of many' many of-case
run bash -c "ulimit -f 10000; exec '$ASSAY' timeline --format csv big"
is 'no room to sort: nothing, not even columns' "$status $(wc -c <out)" '2 0'
like 'and why' "$err" 'temporary file for sorting cannot be written: File too large'
run bash -c "ulimit -f 100000; exec '$ASSAY' timeline --format csv --output cut.csv --source file big"
is 'no half of a file' "$((status == 0 || status == 2)) $(ls cut.csv.partial 2>/dev/null)" '1 '
run timeout --foreground -s INT 0.2 "$ASSAY" timeline --output cut.csv big
is 'nothing is left of one that was interrupted' "$(ls cut.csv.partial 2>/dev/null)" ''
is 'nothing is left in TMPDIR' "$(find . -name 'etilqs*' -o -name 'assay-*' | wc -l)" 0

# --- cases that are none ---
sqlite3 foreign 'CREATE TABLE t(x)'
assay timeline foreign
is 'a foreign database is refused' "$status" 2
like 'by name' "$err" 'foreign: not a case of assay'
head -c 30000 case >torn
assay timeline torn
is 'a torn case is refused' "$status $out" '2 '
cp case bent && printf '\377%.0s' {1..16} | dd of=bent bs=1 seek=40960 conv=notrunc status=none
assay timeline bent
is 'a damaged case is refused' "$status $out" '2 '
assay timeline nothing-there
is 'what is not there is refused' "$status" 2
"$ASSAY" scan --fail-on never -o plain image >/dev/null 2>&1
assay timeline --format csv plain
is 'a case of an ordinary scan is told' "$status" 0
finish
