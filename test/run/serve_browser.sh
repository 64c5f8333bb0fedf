#!/usr/bin/env bash
# The pages of `assay serve` in a browser: nothing is complained about, nothing foreign is asked for, links lead where they say, axe finds no
# serious violation, light and dark, wide and narrow, by mouse and by keyboard; the page of another site cannot read, frame or open them.
# SHOTS: a folder for the pictures, to be looked at; SERVE_HOSTS: how many hosts (200).
. "$(dirname "$0")/lib.sh"
need_program
need_tools node chromium
for maker in reportcase fleetmake; do [[ -x $make/$maker ]] || skip_all "build/release/make/$maker is not built"; done
[[ -d build/browser/node_modules/playwright-core ]] || skip_all 'playwright-core is not there: tools/browser_tools fetches it'
server=
cleanup() { [[ -z $server ]] || kill "$server" 2>/dev/null; }

mkdir "$work/fleet"
"$make/reportcase" "$work/small.assay" && "$make/reportcase" --nasty "$work/nasty.assay" && "$make/fleetmake" --hosts "${SERVE_HOSTS:-200}" "$work/fleet" >"$work/implants" &&
    "$ASSAY" fleet add "$work/fleet.store" "$work/fleet" >/dev/null 2>&1 || { fail 'the store is made'; finish; }
# Many countries, some of them of few hosts.
awk -F, 'BEGIN { OFS = ","; n = split("US DE FR GB IT ES NL PL SE NO FI DK CH AT BE PT GR CZ RO HU BR AR CL CO MX CA AU NZ JP KR CN IN ID TH VN MY SG ZA EG NG KE MA \
    SA IL TR UA KZ Iceland Malta", country, " ") } NR > 1 { $3 = NR < 6 ? "Luxembourg" : country[1 + int(n * (NR * 37 % 101 / 101) ^ 2)] } 1' "$work/fleet/inventory.csv" >"$work/places.csv"
"$ASSAY" fleet place "$work/fleet.store" "$work/places.csv" >/dev/null 2>&1
"$ASSAY" serve --print-address "$work/small.assay" "$work/nasty.assay" "$(find "$work/fleet" -name "$(head -n 1 "$work/implants" | cut -d' ' -f1).case")" "$work/fleet.store" >"$work/address" 2>"$work/serve.err" &
server=$!
for _ in $(seq 200); do
    [[ -s $work/address ]] && break
    sleep 0.05
done
NODE_PATH=$top/build/browser/node_modules node test/browser/serve.js "$(cat "$work/address")" "$work" "$(command -v chromium)" "${SERVE_HOSTS:-200}" 2>"$work/node.err"
status=$?
((status == 0)) || sed 's/^/# /' "$work/node.err" "$work/serve.err" | head -n 20
[[ -z ${SHOTS:-} ]] || { mkdir -p "$SHOTS" && cp "$work"/*.png "$SHOTS"; }
exit "$status"
