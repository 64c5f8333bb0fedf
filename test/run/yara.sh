#!/usr/bin/env bash
# Rules of YARA as a user meets them: what does not compile is said and changes nothing; what matches is found in files,
# streams, archives and volumes, and is what the tool yara finds.
. "$(dirname "$0")/lib.sh"
need_program
need_tools jq sqlite3
scan() { assay scan --fail-on never --format jsonl -o "$work/case" --replace "$@"; }
# The rules that matched, each with where: RULE PATH[:STREAM]
found() { jq -r 'select(.detector == "yara_match") | .details.rule + " " + .path + (if .stream then ":" + .stream else "" end)' "$work/out" | sort | paste -sd'|'; }
detail() { jq -r --arg key "$1" 'select(.detector == "yara_match") | .details[$key] // ""' "$work/out" | head -n 1; }

cd "$work" || exit 2
mkdir e rules rules/deep
printf 'a needle in it\n' >e/a.txt
printf 'nothing\n' >e/b.txt
: >e/empty
cat >rules/a.yar <<'YARA'
import "hash"
import "math"
import "elf"
import "dotnet"
import "time"
import "console"
rule needle : text { meta: author = "me" score = 75 description = "a needle" strings: $a = "needle" condition: $a }
rule modules { condition: hash.md5(0, filesize) == "MD5" and math.entropy(0, filesize) > 1.0 and time.now() > 0
    and not defined elf.number_of_sections and not defined dotnet.version and console.log("x") }
YARA
sed -i "s/MD5/$(md5sum <e/b.txt | cut -d' ' -f1)/" rules/a.yar
printf 'rule named { condition: filename == "b.txt" and filepath endswith "\\\\b.txt" and extension == ".txt" }\n' >rules/deep/b.yara
printf 'rule bad {\n condition: nowhere\n}\n' >bad.yar
printf 'no rule at all' >rules/notes.txt

scan e
is 'without rules nothing is said of any' "$(found)" ''
is 'nor read' "$(sqlite3 case "SELECT value FROM run WHERE key = 'bytes_read'")" "$(($(stat -c %s e/a.txt) + $(stat -c %s e/b.txt)))"
for wrong in nowhere.yar e bad.yar rules/notes.txt; do
    rm -f new.assay
    assay scan --rules "$wrong" -o new.assay e
    is "wrong rules: status 2 ($wrong)" "$status" 2
    ok "and no case ($wrong)" test ! -e new.assay
done
assay scan --rules bad.yar e
like 'line and reason' "$err" '^assay: bad\.yar:2: undefined identifier "nowhere"$'
assay scan --rules bad.yar --rules rules/a.yar e
is 'nor is one left out that was named: status 2' "$status" 2

scan --rules rules e
is 'a folder of rules' "$(found)" 'modules /b.txt|named /b.txt|needle /a.txt'
is 'status 0' "$status" 0
is 'its severity is the rule'\''s' "$(jq -r 'select(.details.rule == "needle") | .severity + " " + .strength' out)" 'medium firm'
is 'where it matched' "$(jq -r 'select(.details.rule == "needle") | "\(.offset) \(.size) \(.excerpt)"' out)" '2 6 6e6565646c65'
is 'who wrote it' "$(jq -r 'select(.details.rule == "needle") | .details.author' out)" me
is 'which file it is from' "$(jq -r 'select(.details.rule == "named") | .details["rule file"]' out)" deep/b.yara
is 'the case knows its rules' "$(sqlite3 case "SELECT value FROM run WHERE key = 'rules'")" '3 rules of YARA from 2 files'
assay scan --rules rules e
is 'medium: status 1' "$status" 1
cp bad.yar rules/c.yar
scan --rules rules e
is 'a bad file in a folder is left out' "$(found)" 'modules /b.txt|named /b.txt|needle /a.txt'
like 'and said' "$err" '^assay: rules/c\.yar:2: undefined identifier "nowhere" \(left out\)$'
like 'and counted' "$err" '^assay: 1 of 3 files with rules are left out$'
is 'in the case too' "$(sqlite3 case "SELECT value FROM run WHERE key = 'rules'")" '3 rules of YARA from 2 files, 1 files left out'
rm rules/c.yar
scan --rules rules/a.yar --rules rules/deep e
is 'several at once' "$(found)" 'modules /b.txt|named /b.txt|needle /a.txt'
printf 'rule slow { strings: $a = /(x+x+)+y/ condition: $a }' >slow.yar
mkdir s
head -c 300000 /dev/zero | tr '\0' x >s/x
scan --rules slow.yar s
is 'a rule that is not finished is damage, not silence' "$(jq -r 'select(.detector == "damaged") | .details.code' out | sort -u)" "$(grep -q . <<<"$(found)" && echo '' || echo limit)"

# Rules that are kept: added, tried without being named, removed.
export XDG_DATA_HOME=$work/data
unset ASSAY_INTEL
kept=$XDG_DATA_HOME/assay/intel/rules
assay intel check rules bad.yar
is 'a bad file is no good: status 2' "$status" 2
like 'with line and reason' "$err" '^assay: bad\.yar:2: undefined identifier'
like 'the good ones are said to be' "$out" '^good: rules: 3 rules of YARA of [0-9-]{10} from 2 files$'
unlike 'and no others' "$out" 'bad\.yar'
assay intel add rules bad.yar
is 'nor is anything added' "$status $(ls "$kept" 2>/dev/null)" '2 '
cp bad.yar rules/c.yar
assay intel add --name mine rules
is 'a folder is added' "$status" 0
like 'without what is bad in it' "$out" '^added: mine: 3 rules of YARA of [0-9-]{10} from 2 files, 1 files left out$'
rm rules/c.yar
assay intel add rules/a.yar "$top/intel/iocs.tsv"
like 'a file, beside a list' "$out" '^added: a\.yar: 2 rules of YARA of .* from 1 files$'
is 'for the user alone' "$(stat -c '%a %n' "$kept"/* | sed "s|$kept/||" | paste -sd'|')" '600 a.yar.rules|600 mine.rules'
assay intel list
like 'they are listed' "$out" '^mine: 3 rules of YARA of .* from 2 files \(.*/rules/mine\.rules\)$'
assay detectors
like 'detectors says so' "$out" '^  mine: 3 rules of YARA of [0-9-]{10} from 2 files$'
scan e
is 'and tried' "$(found)" 'modules /b.txt|modules /b.txt|named /b.txt|needle /a.txt|needle /a.txt'
is 'under the name of the set' "$(jq -r 'select(.details.rule == "needle") | .details["rule file"]' out | sort | paste -sd'|')" 'a.yar|mine/a.yar'
is 'without a word about what was left out before' "$err" ''
assay intel remove a.yar nothing
is 'removing what is not there changes nothing' "$status $(ls "$kept" | paste -sd' ')" '2 a.yar.rules mine.rules'
assay intel remove a.yar iocs.tsv
is 'removed' "$status $(ls "$kept" | paste -sd' ')" '0 mine.rules'
assay intel add --name ../x rules/a.yar
is 'a name is no path: status 2' "$status" 2
truncate -s -5 "$kept/mine.rules"
rm -f new.assay
assay scan -o new.assay e
is 'damaged ones: status 2, no case' "$status $(ls new.assay 2>/dev/null)" '2 '
like 'and what to do' "$err" "'mine' are damaged; 'assay intel remove' takes them away"
assay intel remove mine
is 'which works' "$status" 0
assay intel add --name mine rules/a.yar
chmod g+w "$kept/mine.rules"
assay scan -o new.assay e
is 'what others may write to is not believed' "$status $(grep -c 'others may write to it' <<<"$err")" '2 1'
rm -r "$kept"
scan e
is 'nothing is kept any more' "$(found)" ''

# Many files and workers: always the same.
mkdir many
for i in $(seq 300); do printf 'file %d %s\n' $((i % 50)) "$([[ $((i % 7)) == 0 ]] && echo needle)" >many/$i.txt; done
for jobs in 1 4; do
    scan --jobs $jobs --rules rules many
    grep -v coverage out >many.$jobs
done
same 'the same with one worker and four' many.1 many.4
is 'every one is found' "$(grep -c yara_match many.1)" 42

if [[ -x $make/ziptar ]]; then
    printf 'file\tin/a.txt\te/a.txt\nfile\tin/b.txt\te/b.txt\n' | "$make/ziptar" a.zip - || fail 'an archive is made'
    scan --rules rules a.zip
    is 'members of an archive' "$(found)" 'modules /in/b.txt|named /in/b.txt|needle /in/a.txt'

    # Packages of rules, as they are published.
    package() { "$make/ziptar" "$1" - || fail "$1 is made"; }
    printf 'file\ta.yar\trules/a.yar\tmethod=0\nfile\tdeep/b.yara\trules/deep/b.yara\ntext\tREADME.md\tno rule\ndir\tx.yar\n' | package p.zip
    scan --rules rules e
    jq -c 'select(.detector == "yara_match")' out >folder
    before=$(find . | sort)
    scan --rules p.zip e
    jq -c 'select(.detector == "yara_match")' out >packed
    same 'a package is what its folder would be' folder packed
    is 'which is not nothing' "$(wc -l <packed)" 3
    is 'and nothing is unpacked' "$(find . | sort | grep -vx ./packed)" "$before"
    is 'the case knows' "$(sqlite3 case "SELECT value FROM run WHERE key = 'rules'")" '3 rules of YARA from 2 files'
    printf '%s\n' 'file	ok/a.yar	rules/a.yar' 'file	bad.yar	bad.yar' 'text	secret.yar	x	flags=1' 'text	../../out.yar	rule out { condition: true }' \
        'text	/rooted.yar	rule rooted { condition: true }' 'text	crc.yar	rule crc { condition: true }	crc=7' 'text	bomb.yar	0000000000	times=9000000' \
        'text	twice.yar	rule twice { condition: false }' 'text	twice.yar	rule again { condition: true }' 'text	.git/c.yar	rule hidden { condition: true }' | package h.zip
    scan --rules h.zip e
    is 'the good ones of a hostile package' "$(found)" 'modules /b.txt|needle /a.txt'
    like 'what does not compile is said as of a folder' "$err" '^assay: h\.zip/bad\.yar:2: undefined identifier "nowhere" \(left out\)$'
    like 'encrypted' "$err" '^assay: h\.zip/secret\.yar: it is encrypted \(left out\)$'
    like 'leading out' "$err" '^assay: h\.zip/\.\./\.\./out\.yar: its name leads out of the package \(left out\)$'
    like 'from the root' "$err" 'rooted\.yar: its name leads out of the package'
    like 'damaged' "$err" '^assay: h\.zip/crc\.yar: it is not what the directory of the ZIP tells \(left out\)$'
    like 'a bomb' "$err" '^assay: h\.zip/bomb\.yar: it grows more than a text can \(left out\)$'
    like 'twice' "$err" '^assay: h\.zip/twice\.yar: another member has the same name \(left out\)$'
    like 'all are counted' "$err" '^assay: 7 of 9 files with rules are left out$'
    is 'in the case too' "$(sqlite3 case "SELECT value FROM run WHERE key = 'rules'")" '3 rules of YARA from 2 files, 7 files left out'
    head -c $(($(stat -c %s p.zip) - 10)) p.zip >torn.zip
    printf 'text\ta.yar\tx\tflags=1\n' | package closed.zip
    printf 'text\ta.txt\tx\n' | package none.zip
    for i in 1 2 3 4; do printf 'text\t%d.yar\t0\tsize=%d\tmethod=0\tpacked=2000000\n' $i 100000000; done | package large.zip
    while IFS=: read -r name words; do
        rm -f new.assay
        assay scan --rules "$name.zip" -o new.assay e
        is "$name: status 2 and no case" "$status $(ls new.assay 2>/dev/null)" '2 '
        like "$name: why" "$err" "$name\.zip.*$words"
    done <<'END'
torn:its end is missing
closed:a\.yar: it is encrypted$
none:no member of it is named
large:more than is read
END
    assay intel add --name pack h.zip
    like 'a package is added' "$out" '^added: pack: 3 rules of YARA of [0-9-]{10} from 2 files, 7 files left out$'
    scan e
    is 'and tried' "$(jq -r 'select(.details.rule == "needle") | .details["rule file"]' out)$err" pack/ok/a.yar
    before=$(sha256sum <"$kept/pack.rules")
    assay intel add --name pack torn.zip
    is 'a damaged one changes nothing' "$status $(sha256sum <"$kept/pack.rules")" "2 $before"
    assay intel remove pack
    assay intel check p.zip closed.zip
    is 'check' "$status $(sed 's/ of 2[0-9-]*//' <<<"$out")" '2 good: p.zip: 3 rules of YARA from 2 files'
else
    skip 'members of an archive' 'ziptar is not built'
fi
if command -v mkntfs >/dev/null && [[ -x $make/mkimage ]]; then
    printf 'dir\t/d\ntext\t/d/a.txt\ta needle\nstream\t/d/a.txt\tside\t=another needle\ntext\t/d/b.txt\tx\nlink\t/d/a.txt\t/d/c.txt\ndir\t/Quarantine\ntext\t/Quarantine/x\tneedle\nfill\t/d/big\t70000000\t3\n' |
        volume image 128
    printf 'rule deep { condition: filepath == "\\\\d\\\\b.txt" }\nrule large { condition: filesize == 70000000 and filename == "big" }\nrule mft { strings: $a = "FILE0" condition: $a at 0 }\n' >deep.yar
    scan --rules rules --rules deep.yar image;
    is 'files and streams of a volume, by name and path, but not what NTFS keeps for itself' "$(found)" \
        'deep /d/b.txt|large /d/big|named /d/b.txt|needle /Quarantine/x|needle /d/a.txt|needle /d/a.txt:side'
    is 'in a quarantine it is weak' "$(jq -r 'select(.path == "/Quarantine/x") | .strength' out)" weak
else
    skip 'files and streams of a volume' 'libntfs-3g is not installed'
fi

# The same as yara, file by file.
corpora=$shared/corpora
[[ -d $corpora/signature-base/yara ]] || corpora=
if [[ -n $corpora ]]; then
    golden=$corpora/golden
    scan --max-file-size 0 --rules "$corpora/signature-base/yara" "$corpora/plaso" "$corpora/EricZimmerman-Registry"
    is 'no file of signature-base is left out' "$(sqlite3 case "SELECT value FROM run WHERE key = 'rules'")" "5883 rules of YARA from $(find "$corpora/signature-base/yara" -name '*.yar*' | wc -l) files"
    is 'golden matches' "$(jq -r 'select(.detector == "yara_match") | .details.rule + " " + (.evidence | sub(".*/"; "")) + .path' out | sort | paste -sd'|')" \
        "$(jq -r '.[] | .[1] + " " + .[2]' "$golden/yara_matches_4.2.3.json" | sort | paste -sd'|')"
else
    skip 'golden matches' 'ASSAY_SHARED has no corpora'
fi
if [[ -n $corpora ]] && command -v yara >/dev/null; then
    # Rules as evidence hold what rules look for. Those that ask for names are asked with names by us, and without by yara.
    mkdir same text
    find "$corpora/signature-base/yara" -name '*.yar*' | sort | while IFS= read -r file; do
        grep -qE '\b(filename|filepath|extension|filetype|owner)\b' "$file" || cp "$file" same/
    done
    cp "$corpora"/signature-base/yara/{gen_,apt_a,thor}*.yar "$corpora"/yara/data/* text/ 2>/dev/null
    mapfile -t spaces < <(for file in same/*; do echo "${file##*/}:$file"; done)
    scan --max-file-size 0 --rules same text
    jq -r 'select(.detector == "yara_match") | .details.rule + " text" + .path' out | sort >ours
    yara -w -r "${spaces[@]}" text 2>/dev/null | sort >theirs
    same "the matches of yara: $(wc -l <theirs)" theirs ours
    ok 'which are many' test "$(wc -l <theirs)" -gt 150
else
    skip 'the matches of yara' 'yara or the corpora are not here'
fi
finish
