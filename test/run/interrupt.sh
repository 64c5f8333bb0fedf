#!/usr/bin/env bash
# Ctrl-C ends a scan cleanly: what was found is kept, the case says that it is incomplete, no process stays behind. While
# such a scan runs, its workers are looked at from outside: no rights, seccomp on.
. "$(dirname "$0")/lib.sh"
need_program
[[ -n $signed ]] || skip_all 'the package shim-signed could not be fetched'

# Much to hash, little on the disk: signed files followed by a hole.
mkdir "$work/long"
for i in $(seq 100 199); do
    cp "$signed" "$work/long/$i.efi"
    truncate -s 48M "$work/long/$i.efi"
done

descendants() { # pids below $1
    local child
    for child in $(cat /proc/"$1"/task/*/children 2>/dev/null); do
        echo "$child"
        descendants "$child"
    done
}

# left_after SECONDS: what of the last scan's processes still runs then; the dead whom nobody has reaped yet do not count.
left_after() {
    local child state
    sleep "$1"
    for child in $family; do
        state=$(sed -nE 's/^(Name|State):\s*//p' "/proc/$child/status" 2>/dev/null | paste -sd' ')
        [[ -z $state || $state == *' Z ('* || $state == *' X ('* ]] || echo "$child: $state"
    done
}

# interrupted SIGNAL CASE: starts a scan, waits until it reads, looks at it, sends SIGNAL.
interrupted() {
    local pid waited=0
    rm -f "$work/progress" # or the wait below would see the last scan's
    "$ASSAY" scan --jobs 2 -o "$2" --progress-fd 7 "$work/long" >"$work/out" 2>"$work/err" 7>"$work/progress" &
    pid=$!
    until grep -q '"bytes":[1-9]' "$work/progress" 2>/dev/null || ((waited++ > 200)) || ! kill -0 $pid 2>/dev/null; do sleep 0.05; done
    family=$(descendants $pid)
    for child in $family; do
        sed -nE "s/^(Uid|Seccomp|NoNewPrivs):/$child \1/p" "/proc/$child/status" 2>/dev/null
    done >"$work/$1.family"
    kill -"$1" $pid 2>/dev/null
    SECONDS=0
    wait $pid
    status=$?
    took=$SECONDS
    out=$(<"$work/out") err=$(<"$work/err")
}

# A background job of a script ignores SIGINT; the signal's disposition is restored by a monitor-mode shell.
set -m
interrupted INT "$work/int.assay"
set +m
((took <= 3)) && pass 'it ends soon' || fail 'it ends soon' "$took s"
((status < 126 || status == 130)) && pass 'it ends by itself' || fail 'it ends by itself' "$status"
like 'it says that the case is incomplete' "$out$err" '[Ii]ncomplete|[Ii]nterrupted'
ok 'the case is there' test -s "$work/int.assay"
ok 'nothing partial is left' test ! -e "$work/int.assay.partial"
is 'no process stays behind' "$(left_after 0.3)" ''
if command -v sqlite3 >/dev/null; then
    is 'the case is marked incomplete' "$(sqlite3 "$work/int.assay" "SELECT value FROM meta WHERE key = 'complete'")" 0
    is 'the case is sound' "$(sqlite3 "$work/int.assay" 'PRAGMA integrity_check')" ok
else
    skip 'the case is marked incomplete' 'sqlite3 is not installed'
fi

confined=$(awk '$2 == "Seccomp" && $3 == 2 { print $1 }' "$work/INT.family")
((2 <= $(wc -w <<<"$confined"))) && pass 'two workers run under seccomp' || fail 'two workers run under seccomp' "$(<"$work/INT.family")"
for child in $confined; do
    if [[ $(id -u) == 0 ]]; then
        like "worker has no root rights" "$(grep "^$child Uid" "$work/INT.family")" '65534.65534.65534.65534'
    fi
    like "worker cannot gain rights" "$(grep "^$child NoNewPrivs" "$work/INT.family")" '1$'
done

set -m
interrupted TERM "$work/term.assay"
set +m
((status < 126 || status == 143)) && pass 'SIGTERM ends it too' || fail 'SIGTERM ends it too' "$status"
ok 'and keeps the case' test -s "$work/term.assay"

# The parent killed outright: workers and zygote follow.
set -m
interrupted KILL "$work/kill.assay"
set +m
is 'workers die with their parent' "$(left_after 1)" ''
ok 'no case under the final name' test ! -e "$work/kill.assay"
assay scan -o "$work/kill.assay" "$signed"
ok 'what it left does not hinder the next scan' test -s "$work/kill.assay"

rm -f "$work"/long/1[2-9]?.efi
# A worker that is killed is replaced, and the file in its hands is named.
rm -f "$work/progress"
set -m
"$ASSAY" scan --jobs 1 --format jsonl --progress-fd 7 "$work/long" >"$work/out" 2>"$work/err" 7>"$work/progress" &
pid=$!
set +m
waited=0
until grep -q '"bytes":[1-9]' "$work/progress" 2>/dev/null || ((waited++ > 200)); do sleep 0.05; done
worker=$(for child in $(descendants $pid); do grep -q 'Seccomp:.*2' "/proc/$child/status" 2>/dev/null && echo "$child"; done | head -n 1)
[[ -n $worker ]] && kill -KILL "$worker"
wait $pid
status=$?
((status == 0 || status == 1 || status == 3)) && pass 'a killed worker does not stop the scan' || fail 'a killed worker does not stop the scan' "$status" "$(<"$work/err")"
like 'and is a finding' "$(<"$work/out")" 'worker'
like 'coverage comes last' "$(tail -n 1 "$work/out")" 'assay.coverage'
finish
