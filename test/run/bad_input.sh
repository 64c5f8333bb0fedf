#!/usr/bin/env bash
# Evidence that is damaged, hostile or changes under our hands: a clear line, the right status, and the rest is still read.
. "$(dirname "$0")/lib.sh"
need_program
need_tools jq mkntfs
export SECONDS_EACH=60
chmod 755 "$work"

# scanned NAME STATUSES ARGUMENTS...: scans as JSON lines; every line is an object, nothing crashed. STATUSES as in 0|3.
scanned() {
    local name=$1 wanted=$2
    shift 2
    assay scan --format jsonl "$@"
    like "$name: status" "$status" "^($wanted)\$"
    ok "$name: every line is JSON" jq -e 'type == "object"' "$work/out"
    unlike "$name: no worker died" "$out" 'worker (died|ended)'
}

mkdir "$work/rest"
echo rest >"$work/rest/rest.txt"

# Paths
assay scan --format jsonl "$work/none" "$work/rest"
is 'a missing path beside a good one: status' "$status" 2
like 'the missing one is named' "$err$out" 'none'
like 'the good one is scanned' "$out" 'assay.coverage'

mkdir "$work/locked"
echo secret >"$work/locked/no.txt"
echo fine >"$work/locked/yes.txt"
chmod 000 "$work/locked/no.txt"
cp "$ASSAY" "$work/assay"
cp -r intel "$work/intel"
chmod -R a+rX "$work/intel"
export ASSAY_INTEL=$work/intel
chmod 755 "$work/assay" "$work/locked"
mkdir -p "$work/state"
chmod 777 "$work/state"
if "${unprivileged[@]}" test -x "$work/assay"; then
    run "${unprivileged[@]}" env XDG_STATE_HOME="$work/theirs" "$work/assay" scan --format jsonl "$work/locked"
    is 'an unreadable file in a folder: status 3' "$status" 3
    like 'it is counted' "$out" '[Pp]ermission|denied|io'
    run "${unprivileged[@]}" env XDG_STATE_HOME="$work/theirs" "$work/assay" scan --format jsonl "$work/locked/no.txt"
    is 'an unreadable PATH: status 2' "$status" 2
    like 'it is named' "$err$out" 'no\.txt'
else
    skip 'unreadable files' 'cannot drop to an unprivileged user'
fi

mkdir "$work/odd"
: >"$work/odd/empty"
ln -s .. "$work/odd/loop"
ln -s loop "$work/odd/loop2"
ln -s loop3 "$work/odd/loop3"
ln -s /etc/passwd "$work/odd/away"
mkfifo "$work/odd/fifo"
[[ $(id -u) == 0 ]] && mknod "$work/odd/zero" c 1 5 2>/dev/null
python='import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])'
command -v python3 >/dev/null && python3 -c "$python" "$work/odd/socket"
scanned 'links, FIFO, device, empty file' 0 "$work/odd"
assay list --format jsonl "$work/odd"
unlike 'links are not followed' "$out" 'root:|rest\.txt'
assay scan "$work/odd/fifo"
is 'a FIFO as PATH: status 2, at once' "$status" 2
assay scan /dev/zero
is 'a device as PATH: status 2, at once' "$status" 2
scanned 'an empty file as PATH' 0 "$work/odd/empty"

deep=$work/deep
mkdir "$deep"
(cd "$deep" && for _ in $(seq 300); do mkdir d && cd d || exit; done; echo x >bottom)
assay scan --format jsonl "$deep"
((status == 0 || status == 3)) && pass '300 folders inside each other' || fail '300 folders inside each other' "$status"
like 'what lies too deep is said' "$out" 'deep'

# Names
mkdir "$work/names"
printf x >"$work/names/$(printf 'line\nbreak')"
printf x >"$work/names/$(printf 'red\e[31m\e]0;title\a')"
printf x >"$work/names/$(printf 'bad\xff\xfeutf8')"
printf x >"$work/names/$(printf 'bidi\xe2\x80\xaegnp.exe')"
printf x >"$work/names/=cmd|calc"
printf x >"$work/names/back\\slash"
printf x >"$work/names/$(printf 'n%.0s' $(seq 255))"
volume "$work/names.img" 16 <<'MANIFEST'
text	/line\nbreak.txt	x
text	/red\e[31m\e]0;title\x07.txt	x
text	/lone\ud800surrogate.txt	x
text	/bidi\u202egnp.exe	x
text	/=cmd|calc	x
text	/nul\u0001.txt	x
text	/caf\u00e9.txt	x
stream	/caf\u00e9.txt	st\nream\e[2J	=y
MANIFEST
for what in names names.img; do
    for format in text csv jsonl bodyfile; do
        assay list --format "$format" "$work/$what"
        is "$what as $format: status" "$status" 0
        if LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]' <<<"$(tr -d '\r' <"$work/out")"; then
            fail "$what as $format: no control characters" "$(tr -d '\r' <"$work/out" | LC_ALL=C grep -aP '[\x00-\x08\x0b-\x1f\x7f]' | cat -v)"
        else
            pass "$what as $format: no control characters"
        fi
        ok "$what as $format: valid UTF-8" iconv -f UTF-8 -t UTF-8 -o /dev/null "$work/out"
        like "$what as $format: every name is there" "$(grep -c -aE 'break|red|bidi|calc' "$work/out")" '^[4-9]'
        if [[ $format == csv ]]; then
            unlike "$what as csv: no formula" "$out" '(^|,)"?=cmd'
        fi
    done
    scanned "$what" 0 "$work/$what"
    assay scan "$work/$what"
    unlike "$what: nothing reaches the terminal" "$out" $'\e|\a|\u202e'
done

# Images
: >"$work/zero.img"
scanned 'an image of 0 bytes' 0 "$work/zero.img"
volume "$work/whole.img" 24 <<'MANIFEST'
dir	/a
fill	/a/first.bin	3000000	1
many	/a	300	30000	2
fill	/a/last.bin	9000000	3
MANIFEST
"$make/disk" gpt "$work/disk.img" "$work/whole.img"
"$make/disk" mbr "$work/mbr.img" "$work/whole.img"
scanned 'a whole volume' 0 "$work/whole.img"
scanned 'a GPT disk' 0 "$work/disk.img"
scanned 'an MBR disk' 0 "$work/mbr.img"
size=$(stat -c %s "$work/disk.img")
for part in 2 3 10 100; do
    cp --sparse=always "$work/disk.img" "$work/cut.img"
    truncate -s $((size / part)) "$work/cut.img"
    assay scan --format jsonl "$work/cut.img"
    ((status == 3 || status == 0)) && pass "an image cut to 1/$part: status" || fail "an image cut to 1/$part: status" "$status" "$err"
    like "an image cut to 1/$part: it is said" "$out" 'torn|ends|truncated|cut'
done
head -c 700 "$work/disk.img" >"$work/cut.img"
scanned 'an image cut behind the MBR' '0|3' "$work/cut.img"
# Damage at pseudo-random places: never a crash, always an end.
for seed in 1 2 3 4 5 6; do
    cp "$work/whole.img" "$work/hurt.img"
    awk -v seed=$seed -v size="$(stat -c %s "$work/hurt.img")" 'BEGIN { srand(seed); for (i = 0; i < 60; i++) print int(rand() * 200000) + 16384 * int(rand() * 2), int(rand() * 256) }' |
        while read -r at value; do
            printf "$(printf '\\x%02x' "$value")" | dd of="$work/hurt.img" bs=1 seek="$at" conv=notrunc status=none
        done
    assay scan --format jsonl "$work/hurt.img"
    ((status <= 3)) && pass "a damaged volume ($seed) ends" || fail "a damaged volume ($seed) ends" "$status" "$err"
done
dd if=/dev/urandom of="$work/noise.img" bs=1M count=4 status=none
scanned 'noise' 0 "$work/noise.img"

# PE files
if [[ -n $signed ]]; then
    mkdir "$work/cuts"
    total=$(stat -c %s "$signed")
    for part in 1 2 63 64 65 100 200 300 500 1000 1024 1100 2000 4000 $((total / 2)) $((total - 10000)) $((total - 4000)) $((total - 9)) $((total - 8)) $((total - 1)); do
        head -c "$part" "$signed" >"$work/cuts/$part.exe"
    done
    assay scan --format jsonl "$work/cuts"
    ((status == 0 || status == 1 || status == 3)) && pass 'a PE cut at many lengths: status' || fail 'a PE cut at many lengths: status' "$status"
    like 'cuts are damage' "$out" '"damaged"'
    is 'cuts are not slack' "$(jq -r 'select(.detector == "signature_slack" and .severity != "info") | .detector' "$work/out" | wc -l)" 0
    # The security directory of PE32+: 24 + 112 + 4 * 8 behind PE\0\0.
    mkdir "$work/past"
    cp "$signed" "$work/past/table.exe"
    header=$(od -An -tu4 -j 60 -N 4 "$signed" | tr -d ' ')
    printf '\xff\xff\xff\x7f' | dd of="$work/past/table.exe" bs=1 seek=$((header + 24 + 112 + 36)) conv=notrunc status=none
    scanned 'a certificate table that points past the end' '0|1|3' "$work/past"
    like 'it is damage' "$out" '"damaged"'
else
    skip 'PE files' 'the package shim-signed could not be fetched'
fi

# Evidence that changes
truncate -s 3G "$work/shrinks.bin"
printf 'MZ' | dd of="$work/shrinks.bin" conv=notrunc status=none
(for _ in $(seq 40); do
    truncate -s 1M "$work/shrinks.bin"
    sleep 0.02
    truncate -s 3G "$work/shrinks.bin"
    sleep 0.02
done) &
run "$ASSAY" list --hash --format jsonl "$work/shrinks.bin"
((status == 0 || status == 3)) && pass 'a file that shrinks' || fail 'a file that shrinks' "$status" "$err"
wait
rm -f "$work/shrinks.bin"

# Our own output
small=$work/small
mkdir "$small"
if [[ $(id -u) == 0 ]] && mount -t tmpfs -o size=256k none "$small" 2>/dev/null; then
    cleanup() { umount "$small" 2>/dev/null; }
    mkdir "$work/many"
    (cd "$work/many" && seq -f 'a_file_with_quite_a_long_name_to_fill_the_case_%g' 12000 | xargs touch)
    assay scan -o "$small/x.assay" "$work/many"
    is 'a full disk under -o: status 2' "$status" 2
    like 'it is said' "$err" 'full|space'
    is 'nothing is left behind' "$(find "$small" -type f | wc -l)" 0
    umount "$small"
else
    skip 'a full disk under -o' 'cannot mount a tmpfs here'
fi
assay scan -o "$work/no/such/folder/x.assay" "$work/rest"
is '-o into a folder that is not there: status 2' "$status" 2
like 'it is named' "$err" 'x\.assay|folder'
is 'evidence is never written to' "$(cat "$work/rest/rest.txt")" rest
# What is lost as a whole is said in every output, not only by the status.
volume "$work/lost.img" 8 <<MANIFEST
text	/a	x
MANIFEST
cp "$work/lost.img" "$work/rest/nested.img"
printf 'd\0\0\0\0\0\0\0d\0\0\0\0\0\0\0' | dd of="$work/lost.img" bs=1 seek=48 conv=notrunc status=none
assay scan --format jsonl "$work/lost.img"
is 'a volume without $MFT: status 3' "$status" 3
like 'it is in the coverage line' "$(tail -n 1 "$work/out")" '"volumes_not_read":1.*"unread"'
assay scan "$work/lost.img"
like 'and in the verdict' "$out" 'NOT EVERYTHING WAS READ'

# An image that lies in a folder is opened, not passed over.
assay scan "$work/rest"
like 'an image inside a folder is opened' "$(tr -s ' \n' ' ' <"$work/out")" 'rest/nested\.img \((disk|volume)-image'
rm "$work/rest/nested.img"

# An address is accepted back even if the evidence's own name needs escapes.
mkdir -p "$work/"$'odd\377\\name'
"$make/signedfew" "$work/few"
cp "$work/few/changed.dll" "$work/"$'odd\377\\name/a.exe'
assay scan --format jsonl "$work/"$'odd\377\\name'
address=$(jq -r '.address // empty' "$work/out" | head -n 1)
assay list --format jsonl "$address"
like 'an escaped evidence name is accepted back' "$out" 'a\.exe'

# An address that leads nowhere is no clean file.
for command in list scan trust; do
    assay $command "$work/rest!/no/such/file"
    is "$command of an address that leads nowhere" "$status" 2
done
assay scan --format jsonl "$work/rest!/no/such/file"
like 'and that is told' "$(tail -n 1 "$work/out")" '"complete":false,"incomplete_because":"nothing lies at an address'

finish
