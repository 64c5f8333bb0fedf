#!/usr/bin/env bash
# The page of `assay report` in a browser: nothing is complained about, nothing is loaded, graph, timeline, filter and search respond,
# hostile names run nothing, axe finds no serious violation; with and without scripts, light, dark and on paper. SHOTS: a folder for
# the pictures, to be looked at. BIG_FILES, BIG_FINDINGS: how much the large case has.
. "$(dirname "$0")/lib.sh"
need_program
need_tools node chromium
[[ -x $make/reportcase ]] || skip_all 'build/release/make/reportcase is not built'
[[ -d build/browser/node_modules/playwright-core ]] || skip_all 'playwright-core is not there: tools/browser_tools fetches it'

"$make/reportcase" "$work/small.assay" && "$make/reportcase" --nasty "$work/nasty.assay" && "$make/reportcase" "$work/big.assay" "${BIG_FILES:-20000}" "${BIG_FINDINGS:-12000}" ||
    { fail 'the cases are made'; finish; }
for name in small nasty big; do
    "$ASSAY" report "$work/$name.assay" -o "$work/$name.html" || { fail "the page of $name is made"; finish; }
done
NODE_PATH=$top/build/browser/node_modules node test/browser/report.js "$work" "$(command -v chromium)" 2>"$work/node.err"
status=$?
((status == 0)) || sed 's/^/# /' "$work/node.err" | head -n 20
[[ -z ${SHOTS:-} ]] || { mkdir -p "$SHOTS" && cp "$work"/*.png "$work/print.pdf" "$SHOTS"; }
exit "$status"
