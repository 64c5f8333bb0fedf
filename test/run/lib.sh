# shellcheck shell=bash
# Read by every command test: `. "$(dirname "$0")/lib.sh"`. Prints TAP; works in the top folder; $work is a fresh folder.
# ASSAY names the program, ASSAY_SHARED the folder with the corpora.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2
exec 0</dev/null
top=$PWD
ASSAY=$(realpath -m "${ASSAY:-build/release/assay}")
make=$top/build/release/make
shared=$(realpath -m "${ASSAY_SHARED:-../shared}") # whole: some tests change folders
export LC_ALL=C.UTF-8 TZ=UTC
work=$(mktemp -d "${TMPDIR:-/tmp}/assay-test.XXXXXX")
chmod 755 "$work"
export XDG_STATE_HOME=$work/state HOME=$work/home
mkdir -p "$HOME"
trap 'cleanup; rm -rf "$work"' EXIT
cleanup() { :; }

count=0
failures=0

pass() {
    count=$((count + 1))
    echo "ok $count - $1"
}
# fail NAME [EXPLANATION...]
fail() {
    count=$((count + 1))
    failures=$((failures + 1))
    echo "not ok $count - $1"
    shift
    (($#)) && printf '%s\n' "$@" | head -n 25 | cut -c1-240 | sed 's/^/# /'
    return 0
}
skip() {
    count=$((count + 1))
    echo "ok $count - $1 # SKIP $2"
}
skip_all() {
    echo "1..0 # SKIP $1"
    exit 0
}
finish() {
    echo "1..$count"
    ((failures == 0))
    exit
}

# is NAME GOT WANTED
is() {
    if [[ $2 == "$3" ]]; then pass "$1"; else fail "$1" "got:    $2" "wanted: $3"; fi
}
# like NAME TEXT REGEX; unlike is the opposite
like() {
    if grep -qE -- "$3" <<<"$2"; then pass "$1"; else fail "$1" "no match for: $3" "$2"; fi
}
unlike() {
    if grep -qE -- "$3" <<<"$2"; then fail "$1" "unwanted: $3" "$(grep -E -- "$3" <<<"$2")"; else pass "$1"; fi
}
# ok NAME COMMAND...: passes if the command does
ok() {
    local name=$1 said
    shift
    if said=$("$@" 2>&1); then pass "$name"; else fail "$name" "failed: $*" "$said"; fi
}
# same NAME FILE FILE
same() {
    if cmp -s "$2" "$3"; then pass "$1"; else fail "$1" "$(diff -a "$2" "$3" 2>&1 | head -n 20)"; fi
}

# run COMMAND...: sets $status; output in $work/out and $work/err, also as $out and $err (without NULs).
run() {
    status=0
    timeout -k 5 "${SECONDS_EACH:-100}" "$@" >"$work/out" 2>"$work/err" || status=$?
    out=$(tr -d '\0' <"$work/out")
    err=$(tr -d '\0' <"$work/err")
}
# assay ARGUMENTS...
assay() { run "$ASSAY" "$@"; }

need_program() { [[ -x $ASSAY ]] || skip_all "$ASSAY is not built"; }
# plain_store STORE COPY: a copy for sqlite3, in which the packed presences are a table.
plain_store() {
    rm -f "$2"
    sqlite3 "$1" ".backup '$2'"
    sqlite3 "$2" 'CREATE TABLE presence(number INTEGER, thing INTEGER, time INTEGER, PRIMARY KEY(number, thing)) WITHOUT ROWID'
    "$make/presences" "$1" | sqlite3 "$2" '.import /dev/stdin presence'
}
need_tools() {
    local tool
    for tool; do command -v "$tool" >/dev/null || skip_all "$tool is not installed"; done
}
# As somebody without rights, to whom permissions mean something: run "${unprivileged[@]}" COMMAND...
unprivileged=()
[[ $(id -u) == 0 ]] && unprivileged=(setpriv --reuid=65534 --regid=65534 --clear-groups)

# The signed PE of Debian's shim, as ./run unpacks it; empty if there is none.
signed=$(compgen -G 'build/shim/usr/lib/shim/shimx64.efi.signed' || compgen -G 'build/shim/usr/lib/shim/shim*.efi.signed' | head -n 1 || true)
[[ -n $signed ]] && signed=$top/$signed

# volume IMAGE MEGABYTES < MANIFEST: an NTFS volume made without mounting.
volume() {
    rm -f "$1"
    truncate -s "${2}M" "$1" && mkntfs -F -Q -q -s 512 -p 2048 "$1" >/dev/null 2>&1 && "$make/mkimage" "$1" -
}

# differences IMAGE KIND: compares $work/ours and $work/theirs, both sorted lines; - is only theirs, + only ours. Each difference
# must have its reason in golden.differences, and each reason a difference.
differences() {
    {
        comm -13 "$work/ours" "$work/theirs" | sed 's/^/- /'
        comm -23 "$work/ours" "$work/theirs" | sed 's/^/+ /'
    } >"$work/found"
    awk -F'\t' -v image="$1" -v kind="$2" '!/^#/ && $1 == image && $2 == kind { print $3 }' test/run/golden.differences >"$work/known"
    local unexplained unused
    unexplained=$(while IFS= read -r line; do
        local is_known=
        while IFS= read -r pattern; do [[ $line =~ $pattern ]] && is_known=1 && break; done <"$work/known"
        [[ -n $is_known ]] || printf '%s\n' "$line"
    done <"$work/found")
    unused=$(while IFS= read -r pattern; do grep -qE -- "$pattern" "$work/found" || printf '%s\n' "$pattern"; done <"$work/known")
    is "$1: $2: $(wc -l <"$work/theirs") answers, $(wc -l <"$work/found") differences, all explained" "$unexplained" ''
    is "$1: $2: no explanation is left over" "$unused" ''
}
