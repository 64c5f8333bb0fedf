#!/usr/bin/env bash
# The judge chain: scenes made of the demo's first machine, each lacking or shifting something, give the verdict and the chain that
# test/cases-chain.tsv has for them, which was written before the judge was.
. "$(dirname "$0")/lib.sh"
need_program
need_tools jq mkntfs python3 sqlite3
[[ -n $signed ]] || skip_all 'the package shim-signed could not be fetched'

# tools/demo_scene takes its folders from here.
here=$work/scene
mkdir -p "$here"
. tools/demo_scene
scene_files

# --- scenes: the tree without lines about some paths, hives and events without some services ---

# without PATH...: lines of a manifest that are about none of them.
without() {
    local arguments=()
    for path in "$@"; do arguments+=(-e "|$path|" -e "|$path\$"); done
    (($#)) || arguments=(-e '^$')
    grep -v "${arguments[@]}" || true
}
unservice() { grep -v "${@/#/-e}" || true; }
# Events of the change journal in the order of their times, as a journal has them.
in_order() {
    cat >"$work/tree"
    grep -v -e '^event|' -e '^delete|' "$work/tree"
    grep '^event|' "$work/tree" | sort -s -t '|' -k 3,3
    grep '^delete|' "$work/tree" || true
}
quiet_log() { machine=target event 2023-03-01T06:00:01Z Microsoft-Windows-Security-Auditing 4616 Security | "$make/mkevtx" "$here/target/Security.evtx"; }
idle() { # IKEEXT as Windows delivers it
    service IKEEXT 32 3 2021-05-14T09:20:00Z ImagePath '%systemroot%\system32\svchost.exe -k netsvcs -p' | sed 's/^/SYSTEM\t/'
}
implant=("$phantom" "$blob" "$driver" "$brief")
nothing() { cat; }

# What scene_image asks for, by the functions that a scene sets.
scene_hives_of() { target_lines | hives_filter | scene_hives target "$profile"; }
made_hives() { scene_hives_of; }
made_logs() {
    target_logs
    local machine=target
    target_events | events_filter | "$make/mkevtx" "$here/target/System.evtx"
    [[ -z $silent ]] || quiet_log
}
made_tree() { target_tree | tree_filter | in_order; }
plain() {
    silent=
    hives_filter() { nothing; }
    events_filter() { nothing; }
    tree_filter() { nothing; }
}
only_product() {
    silent=1
    hives_filter() { unservice IKEEXT ctdrv64; idle; }
    events_filter() { unservice IKEEXT ctdrv64; }
    tree_filter() { without "${implant[@]}"; }
}
image() { # NAME: leaves $evidence
    mkdir -p "$here/made"
    evidence=$here/$1.img
    scene_image made "$evidence"
}

scene_whole() { plain; image whole; }
scene_twin() { evidence=$here/twin.img; scene_image twin "$evidence"; }
scene_product() { only_product; image product; }
scene_not_run() {
    only_product
    hives_filter() { unservice IKEEXT ctdrv64 ContosoPhone.exe; idle; }
    image not_run
}
scene_no_release() {
    only_product
    hives_filter() { unservice IKEEXT ctdrv64 Uninstall; idle; }
    tree_filter() { without "${implant[@]}" "$setup"; }
    image no_release
}
scene_no_payload() {
    plain
    tree_filter() { without "$bad"; echo "file|$bad|$signed"; }
    image no_payload
}
scene_no_driver() {
    plain
    hives_filter() { unservice ctdrv64; }
    events_filter() { unservice ctdrv64; }
    tree_filter() { without "$driver" "$brief"; }
    image no_driver
}
scene_no_persistence() {
    plain
    hives_filter() { unservice 'Services/IKEEXT	'; idle; }
    events_filter() { unservice IKEEXT; }
    image no_persistence
}
scene_two() {
    plain
    silent=1
    hives_filter() { sed 's/2023-03-31/2021-03-31/'; }
    events_filter() { sed 's/2023-03-31/2021-03-31/' | sort; }
    tree_filter() { without "$blob" "$brief" | sed 's/2023-03-31/2021-03-31/g'; }
    image two
}
scene_shuffled() {
    only_product
    tree_filter() { without "${implant[@]}" "$bad"; echo "file|$bad|$here/files/payload.dll"; made "$bad" 2022-03-13T06:33:26.5031985Z; }
    image shuffled
}
release() { # FOLDER: the changed release, unpacked
    mkdir -p "$1/app"
    cp "$here/files/phone.exe" "$1/app/ContosoPhone.exe"
    cp "$here/files/codec.dll" "$1/app/ffmpeg.dll"
    cp "$here/files/payload.dll" "$1/app/d3dcompiler_47.dll"
}
release_zip() {
    [[ -s $here/ContosoPhone.zip ]] && return
    release "$here/release"
    (cd "$here/release" && python3 -m zipfile -c ../ContosoPhone.zip app)
}
clean_product() {
    hives_filter() { unservice IKEEXT ctdrv64; idle; }
    without "${implant[@]}" "$bad" "$codec" "$setup" "$app/manifest"
    echo "file|$bad|$signed"
    echo "file|$codec|$here/files/codec-clean.dll"
}
scene_unpacked() {
    release_zip
    only_product
    tree_filter() {
        local at=/Users/alex/Downloads/ContosoPhone
        clean_product
        printf 'dir|%s\ndir|%s/app\n' "$at" "$at"
        for file in ContosoPhone.exe ffmpeg.dll d3dcompiler_47.dll; do
            echo "file|$at/app/$file|$here/release/app/$file"
            made "$at/app/$file" 2023-03-29T07:38:05.6610021Z
        done
    }
    image unpacked
}
# Archives are opened in folders and collections, not in disk images.
scene_download() {
    local tree=$here/download
    release_zip
    only_product
    scene_hives_of
    mkdir -p "$tree/Windows/System32/config" "$tree$app" "$tree/Users/alex/Downloads"
    cp "$here/target/SYSTEM" "$here/target/SOFTWARE" "$tree/Windows/System32/config/"
    cp "$here/files/phone.exe" "$tree$app/ContosoPhone.exe"
    cp "$here/files/codec-clean.dll" "$tree$codec"
    cp "$signed" "$tree$bad"
    cp "$here/ContosoPhone.zip" "$tree/Users/alex/Downloads/"
    mapped=$tree=C:
}
scene_release() { release_zip; evidence=$here/ContosoPhone.zip; }
scene_folder() { release_zip; evidence=$here/release; }
scene_partial() {
    evidence=$here/partial
    plain
    scene_hives_of
    mkdir -p "$evidence/Windows/System32/config"
    cp "$here/target/SYSTEM" "$evidence/Windows/System32/config/"
    cp "$here/files/phantom.dll" "$evidence/Windows/System32/wlbsctrl.dll"
}
scene_notes() {
    noted_hives() { twin_hives; }
    noted_logs() { twin_logs; }
    noted_tree() {
        twin_tree
        echo "file|$brief|$here/files/brief.sys"
        made "$brief" 2023-03-31T10:04:10.8812400Z
        echo "event|$brief|2023-03-31T10:04:10.8812400Z|100"
        echo "event|$brief|2023-03-31T10:07:31.0130550Z|80000200"
        echo "delete|$brief"
        echo "text|$app/manifest|1681430400"
        made "$app/manifest" 2023-03-29T07:42:10.0150233Z
        echo "text|$txr/{53b39e88-18c4-11ea-a811-000d3aa4692c}.TxR.0.regtrans-ms|this was a log once"
    }
    mkdir -p "$here/noted"
    evidence=$here/noted.img
    scene_image noted "$evidence"
}
scene_cut() {
    plain
    image uncut
    evidence=$here/cut.img
    head -c 40000000 "$here/uncut.img" >"$evidence"
}

# --- what is asked of a case ---

said() { jq -rs "$1" "$work/lines"; } # FILTER over all lines
chain='map(select(.schema == "assay.chain/1"))'
more() { # SCENE WORD
    case $2 in
    gap:*) is "$1: a gap at ${2#*:}" "$(said "${chain}[0].gaps | map(select(.stage == \"${2#*:}\")) | length")" 1 ;;
    nogap:*) is "$1: no gap at ${2#*:}" "$(said "${chain}[0].gaps | map(select(.stage == \"${2#*:}\")) | length")" 0 ;;
    against) is "$1: something contradicts" "$(said "${chain}[0].against != null")" true ;;
    quiet) is "$1: nothing contradicts" "$(said "${chain}[0].against")" null ;;
    since) is "$1: since when is told" "$(said 'map(select(.of == "case"))[0].since != null')" true ;;
    nosince) is "$1: no time of a compromise" "$(said 'map(select(.of == "case"))[0].since')" null ;;
    notes:*) is "$1: so many notes" "$(said 'map(select(.strength == "weak" and .severity != "info")) | length')" "${2#*:}" ;;
    incomplete) is "$1: incomplete" "$(said 'map(select(.of == "case"))[0] | [.complete, (.incomplete | length > 0)] | @csv')" false,true ;;
    *) fail "$1: a word of the table that is known" "$2" ;;
    esac
}

examine() { # SCENE WORD CHAINS STAGES STRENGTH MORE
    evidence=
    mapped=
    "scene_$1"
    run "$ASSAY" scan --roots "$here/certificates/roots.pem" --fail-on never --format jsonl -o "$here/$1.assay" ${mapped:+--map "$mapped"} ${evidence:+"$evidence"}
    cp "$work/out" "$work/lines"
    is "$1: scanned" "$status" "$([[ $1 == cut ]] && echo "$status" || echo 0)"
    if [[ $2 != - ]]; then
        is "$1: the verdict" "$(said 'map(select(.of == "case"))[0].word')" "$2"
        is "$1: how many chains" "$(said "$chain | length")" "$3"
        stages=$(said "${chain}[0].steps // [] | map(.stage) | reduce .[] as \$s ([]; if index(\$s) then . else . + [\$s] end) | join(\",\")")
        is "$1: the stages of the gravest chain, in order" "${stages:--}" "$4"
        is "$1: its strength" "$(said "${chain}[0].strength // \"-\"")" "$5"
    fi
    for word in ${6//,/ }; do more "$1" "$word"; done
}

while IFS=$'\t' read -r scene _ word chains stages strength more; do
    [[ -z $scene || $scene == \#* ]] || examine "$scene" "$word" "$chains" "$stages" "$strength" "$more"
done <test/cases-chain.tsv

# A folder without a file, as behind a mistaken path: it is said that there was nothing to look at.
mkdir "$here/bare"
assay scan --format jsonl "$here/bare" -o "$here/bare.assay"
is 'nothing to look at: the verdict says so' "$(jq -r 'select(.schema == "assay.verdict/1" and .of == "case") | .word + ": " + .reason' "$work/out")" \
    'nothing found: The evidence holds no file that could be looked at.'

# Many verdicts of one piece of evidence (a case that somebody altered): a chain is told once.
cp "$here/bare.assay" "$here/altered.assay"
sqlite3 "$here/altered.assay" "INSERT INTO verdict SELECT * FROM verdict WHERE evidence IS NOT NULL; INSERT INTO chain(id, evidence, word, title) VALUES (1, 1, 'suspicious', 'x')"
assay report --format jsonl "$here/altered.assay"
is 'verdicts do not multiply chains' "$(grep -c '"schema":"assay.chain/1"' "$work/out")" 1
finish
