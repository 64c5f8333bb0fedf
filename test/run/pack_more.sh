#!/usr/bin/env bash
# Files that were compressed by the programs themselves, archives of cpio, packages of RPM, images of optical discs: what packlist
# says of them is what the programs that made them packed.
. "$(dirname "$0")/lib.sh"

cd "$work" || exit 2
mkdir -p tree/sub/deeper
head -c 50001 "$ASSAY" >tree/code
seq 1 9999 >tree/sub/numbers
printf 'a third\n' >'tree/sub/deeper/a long name with spaces.text'
: >tree/empty
sum() { sha256sum "$1" | cut -b1-64; }
members() { awk -F'\t' '$1 == "member" && $4 % 4 == 0 { print $2, $3, $5 }' list | LC_ALL=C sort; }
wanted=$(cd tree && find . -type f | while read -r name; do
    printf '%s %s %s\n' "${name#./}" "$(stat -c %s "$name")" "$(sum "$name")"
done | LC_ALL=C sort)

alone() { # PROGRAM FILE NAME
    command -v "${1%% *}" >/dev/null || {
        skip "a file of ${1%% *}" "${1%% *} is not installed"
        return
    }
    $1 <tree/code >"$2"
    "$make/packlist" "$2" >list
    is "a file of ${1%% *}" "$(members)" "$3 50001 $(sum tree/code)"
    is "nothing of it is damaged: ${1%% *}" "$(grep -c ^note list)" 0
    head -c 9000 "$2" >cut.bin
    "$make/packlist" cut.bin >list
    like "a file of ${1%% *} that is cut is told" "$(cat list)" $'\nnote\ttorn'
}

archives() {
    local kind
    command -v cpio >/dev/null || {
        skip 'archives of cpio' 'cpio is not installed'
        return
    }
    for kind in newc crc odc bin hpodc hpbin; do
        (cd tree && find . | cpio -o -H $kind 2>/dev/null) >archive
        "$make/packlist" archive >list
        is "an archive of cpio: $kind" "$(members)" "$wanted"
        is "nothing of it is damaged: $kind" "$(grep -c ^note list)" 0
    done
}

packages() {
    local packer
    command -v rpmbuild >/dev/null || {
        skip 'packages of RPM' 'rpmbuild is not installed'
        return
    }
    cat >demo.spec <<'SPEC'
Name: demo
Version: 1.2
Release: 3
Summary: a demo
License: MIT
%description
demo
%install
cp -r %{tree} %{buildroot}/demo
%post
echo installed
%files
/demo
SPEC
    for packer in w9.gzdio w9.bzdio w6.xzdio w6.lzdio w3.zstdio w.ufdio; do
        rm -rf top
        if ! rpmbuild -bb --define "_topdir $work/top" --define "tree $work/tree" --define "_binary_payload $packer" \
            --define '__os_install_post %{nil}' demo.spec >log 2>&1; then
            fail "rpmbuild makes a package: $packer" "$(tail -n 3 log)"
            continue
        fi
        "$make/packlist" "$(find top -name '*.rpm')" | sed 's:\tdemo/:\t:' >list
        is "a package of RPM: $packer" "$(members)" "$wanted"
        is "nothing of it is damaged: $packer" "$(grep -c ^note list)" 0
        like "what it runs: $packer" "$(cat list)" $'fact\tcustom-action\tafter installation\techo installed'
    done
}

discs() {
    local program options
    for program in genisoimage 'xorriso -as mkisofs'; do
        command -v "${program%% *}" >/dev/null || {
            skip "images of ${program%% *}" "${program%% *} is not installed"
            continue
        }
        for options in -r -J '-r -J'; do
            # shellcheck disable=SC2086 # words
            $program -quiet $options -V DEMO -o disc tree >log 2>&1
            "$make/packlist" disc >list
            is "an image of ${program%% *}: $options" "$(members)" "$wanted"
            is "nothing of it is damaged: ${program%% *}, $options" "$(grep -c ^note list)" 0
        done
        assay scan --release -o disc.assay --replace disc
        is "a scan opens it: ${program%% *}" \
            "$(sqlite3 disc.assay "SELECT container, (SELECT count(*) FROM artifact WHERE size > 0) FROM evidence WHERE kind = 'package'")" 'iso|4'
    done
    command -v genisoimage >/dev/null || return
    genisoimage -quiet -J -hide-joliet numbers -o disc tree >log 2>&1
    "$make/packlist" disc >list
    like 'what the tree of Windows hides is told' "$(cat list)" '\[ISO 9660\]/SUB/NUMBERS'
}

alone 'gzip -c' code.gz content
alone 'xz -c' code.xz content
alone 'bzip2 -c' code.bz2 content
alone 'zstd -cq' code.zst content
archives
packages
discs
finish
