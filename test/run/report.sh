#!/usr/bin/env bash
# The page of `assay report -o x.html`: one file that loads nothing, whose policy names exactly what stands in it, the same
# bytes each time, of bounded size, and in which hostile texts are nothing but text. test/run/report_browser.sh opens it.
. "$(dirname "$0")/lib.sh"
need_program
need_tools openssl jq
[[ -x $make/reportcase ]] || skip_all 'build/release/make/reportcase is not built'

report() { # NAME [MAKER ARGUMENTS...]
    local name=$1
    shift
    "$make/reportcase" "$@" >"$work/made" 2>&1 || { fail "the case $name is made" "$(cat "$work/made")"; finish; }
}
report small "$work/small.assay"
report nasty --nasty "$work/nasty.assay"
report big "$work/big.assay" 20000 12000
for name in small nasty big; do
    assay report "$work/$name.assay" -o "$work/$name.html"
    is "a page of the $name case" "$status $out$err" '0 '
done

# --- one file that loads nothing ---
for name in small nasty; do
    page=$work/$name.html
    is "$name: no element of a kind that loads" "$(grep -ciE '<(link|img|iframe|object|embed|video|audio|base|source|picture|form[^>]* action)[ >]' "$page")" 0
    is "$name: no address in an attribute but parts of the page" "$(grep -oE ' (href|src|srcset|action|data|poster)="[^"#][^"]*"' "$page")" ''
    is "$name: no handler and no style in an attribute" "$(sed 's/>/>\n/g' "$page" | grep -E '^[^<]*<[a-z][^>]* (on[a-z]+|style)="' | head -n 3)" ''
done

# --- the policy names the digests of what stands there ---
# The content of the element numbered $2 of kind $1, as a browser takes it.
element() {
    awk -v kind="$1" -v wanted="$2" -v RS='\0' '{
        text = $0
        while ((at = index(text, "<" kind ">")) > 0) {
            text = substr(text, at + length(kind) + 2)
            end = index(text, "</" kind ">")
            if (++n == wanted) { printf "%s", substr(text, 1, end - 1); exit }
            text = substr(text, end)
        }
    }' "$page"
}
hash_of() { openssl dgst -sha256 -binary | openssl base64 -A; }
page=$work/small.html
policy=$(grep -oE 'Content-Security-Policy" content="[^"]*' "$page" | sed 's/.*content="//')
like 'the policy forbids by default' "$policy" "^default-src 'none'; base-uri 'none'; form-action 'none'; "
unlike 'the policy has no exceptions' "$policy" "unsafe|http|data:|\\*|self"
is 'the policy names the two scripts' "$(grep -oE 'script-src[^;]*' <<<"$policy")" \
    "script-src 'sha256-$(element script 1 | hash_of)' 'sha256-$(element script 2 | hash_of)'"
is 'the policy names the style' "$(grep -oE 'style-src[^;]*' <<<"$policy")" "style-src 'sha256-$(element style 1 | hash_of)'"
is 'there is no further script or style' "$(grep -oE '<(script|style)>' "$page" | sort | uniq -c | tr -s ' \n' ' ')" ' 2 <script> 1 <style> '

# --- data for the script ---
data() { sed -n "s,.*<script type=\"application/json\" id=\"$1\">,,; T; :more; /<\/script>/! { p; n; b more }; s,</script>.*,,p" "$page"; }
for name in small nasty big; do
    page=$work/$name.html
    data chain-data >"$work/chain.json"
    data bin-data >"$work/bins.json"
    is "$name: data of the graph is JSON" "$(jq -c '[length, (.[0].steps | length), (.[0].links | length), .[0].steps[4].findings]' "$work/chain.json" 2>&1)" '[2,9,9,[1]]'
    times=$(sqlite3 "$work/$name.assay" 'SELECT count(*) FROM artifact' 2>/dev/null || echo 0)
    ((times == 0)) || is "$name: bins count every time" "$(jq '[.bins.file[range(1; .bins.file | length; 2)] // 0] | add' "$work/bins.json" 2>&1)" \
        "$(sqlite3 "$work/$name.assay" 'SELECT sum(1 + (si_modified NOT IN (si_created)) + (si_changed NOT IN (si_created, si_modified)) + (si_accessed NOT IN (si_created, si_modified, si_changed))) FROM artifact')"
done

# --- hostile texts ---
page=$work/nasty.html
is 'nothing hostile becomes an element' "$(grep -cE '<(img|!--)|<style>\*|<script>window' "$page")" 0
is 'direction, line ends and escapes are shown' "$(tr -d '\n' <"$page" | grep -cP '[\x00-\x08\x0b-\x1f]|\x{202e}|\x{2028}')" 0
like 'they are there as text' "$(cat "$page")" '&lt;img src=x onerror=&quot;window.hacked=1&quot;&gt;'

# --- order, size, the same bytes ---
order=$(grep -oE '<section id="[a-z]+"' "$work/small.html" | sed 's/.*"\(.*\)"/\1/' | tr '\n' ' ')
is 'verdict and story come first' "$order" 'verdict story timeline findings rules coverage stakes overlap evidence '
size=$(stat -c %s "$work/small.html")
if ((size < 1000000)); then pass "a small case has $((size >> 10)) KiB"; else fail 'a small case is a small page' "$size bytes"; fi
size=$(stat -c %s "$work/big.html")
if ((size < 40000000)); then pass "12,000 findings and 20,000 files have $((size >> 20)) MiB"; else fail 'many findings are a page of bounded size' "$size bytes"; fi
is 'what is told in one line is' "$(grep -c '<p class="line' "$work/big.html")" "$((12005 - 10000))"
cp "$work/small.assay" "$work/moved.assay"
assay report --format html "$work/moved.assay"
same 'the same case gives the same bytes' "$work/out" "$work/small.html"

# --- what goes wrong ---
assay report "$work/small.assay" -o "$work/small.html"
is 'nothing is written over' "$status" 2
assay report "$work/nothing.assay" -o "$work/x.html"
is 'no case, no page' "$status $([[ -e $work/x.html ]] && echo there)" '2 '
run bash -c "'$ASSAY' report --format html '$work/small.assay' >/dev/full"
is 'a full disk is an error' "$status" 2
assay report --severity high "$work/small.assay" -o "$work/high.html"
is 'findings below a severity are left out' "$status $(grep -c '<details class="finding' "$work/high.html")" '0 3'

# --- a real scan ---
printf 'MZ no program' >"$work/x.exe"
assay scan "$work/x.exe" -o "$work/real.assay"
assay report "$work/real.assay" -o "$work/real.html"
is 'a case of a scan is reported' "$status $(grep -c '</html>' "$work/real.html")" '0 1'
: >"$work/left.html.partial"
assay report "$work/real.assay" -o "$work/left.html"
is "what a killed run left is not overwritten" "$status $(stat -c %s "$work/left.html.partial")" "2 0"
like "and it is told what to do" "$err" "left\.html\.partial is there: .* remove it"
finish
