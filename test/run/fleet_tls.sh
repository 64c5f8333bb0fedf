#!/usr/bin/env bash
# clickhouses://: the password goes to nobody whose certificate is not good, which what stands before the server writes down; why it
# is not is said. A good one is accepted, by a front and by Debian's ClickHouse itself.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/clickhouse.lib"
need_program
need_tools openssl base64
[[ -x $make/tls_front ]] || skip_all 'tls_front is not built: make makes'
fronts=()
cleanup() {
    ((${#fronts[@]})) && kill "${fronts[@]}" 2>/dev/null
    ch_stop 1 KILL
}
secret=$(printf '%s' "assay:$ASSAY_STORE_PASSWORD" | base64)
export ASSAY_STORE_RETRY=1

authority() { # NAME
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" -addext basicConstraints=critical,CA:TRUE \
        -keyout "$work/$1.key" -out "$work/$1.pem" 2>/dev/null
}
certificate() { # NAME ALTERNATIVE-NAME DAYS
    openssl req -newkey rsa:2048 -nodes -subj "/CN=$1" -keyout "$work/$1.key" -out "$work/$1.csr" 2>/dev/null
    openssl x509 -req -in "$work/$1.csr" -CA "$work/ours.pem" -CAkey "$work/ours.key" -CAcreateserial -days "$3" \
        -extfile <(echo "subjectAltName=$2") -out "$work/$1.pem" 2>/dev/null
}
authority ours
authority others
certificate good IP:127.0.0.1,DNS:localhost 2
certificate elsewhere DNS:elsewhere.example 2
certificate expired IP:127.0.0.1 -1

# front NAME MODE CERTIFICATE PORT: sets $port; what is said to it goes to $work/NAME.said
front() {
    "$make/tls_front" "$2" "$4" "$work/$1.said" "$work/$3.pem" "$work/$3.key" >"$work/$1.port" &
    fronts+=($!)
    local i
    for ((i = 0; i < 100; i++)); do [[ -s $work/$1.port ]] && break || sleep 0.05; done
    port=$(<"$work/$1.port")
}
# refused NAME MODE CERTIFICATE AUTHORITIES WORDS
refused() {
    front "$1" "$2" "$3" 1
    ASSAY_STORE_CA=${4:+$work/$4.pem} assay fleet hosts "clickhouses://assay@127.0.0.1:$port/one"
    like "$1: refused, and why" "$status $err" "^2 assay: 127.0.0.1:$port: $5"
    ok "$1: somebody asked" test -s "$work/$1.said"
    unlike "$1: the password was not sent" "$(tr -d '\0' <"$work/$1.said")" "Authorization|$secret|the <store>"
}
refused 'an authority that nobody knows' tls good '' 'its certificate is of nobody who is trusted \(\$ASSAY_STORE_CA names who is\)'
refused 'another authority' tls good others 'its certificate is of nobody who is trusted'
refused 'another host' tls elsewhere ours 'its certificate is for another host .*127\.0\.0\.1'
refused 'an expired certificate' tls expired ours 'its certificate has expired'
refused 'no TLS' plain good ours 'no TLS that both know is spoken there'
refused 'cut off' cut good ours 'the connection broke off before'
is 'what was refused is not tried again' "$(grep -c 'handshake failed' "$work/an expired certificate.said")" 1
like 'what was cut off is' "$(grep -ac 'handshake failed' "$work/cut off.said")" '^([2-9]|[1-9][0-9]+)$'
front unread tls good 1
ASSAY_STORE_CA=$work/nowhere.pem assay fleet hosts "clickhouses://assay@127.0.0.1:$port/one"
like 'authorities that cannot be read' "$status $err" '^2 .*the authorities cannot be read \(\$ASSAY_STORE_CA'

# --- accepted ---
export ASSAY_STORE_CA=$work/ours.pem
if [[ -x $make/fleetfill ]] && command -v clickhouse-server curl >/dev/null; then
    CLICKHOUSE_TLS=$work/good
    ch_configure 1 "$work/one"
    if ch_start 1 "$work/one"; then
        front accepted tls good "${chports[1]}"
        ok 'a store through TLS' "$make/fleetfill" "clickhouses://assay@127.0.0.1:$port/one" 3 1000
        assay fleet hosts -f jsonl "$(ch_store 1 one)"
        cp "$work/out" "$work/plain"
        assay fleet hosts -f jsonl "clickhouses://assay@localhost:$port/one"
        same 'the same answers' "$work/plain" "$work/out"
        is 'three of them' "$(grep -c ws- "$work/out")" 3
        like 'the password came after a handshake' "$(tr -d '\0' <"$work/accepted.said" | grep -aE '^-- |^Authorization' | head -n 2 | tr '\n\r' '  ')" \
            "^-- handshake good Authorization: Basic $secret"
        tls=$((chports[1] + 2))
        assay fleet hosts -f jsonl "clickhouses://assay@127.0.0.1:$tls/one"
        same 'the same answers by the TLS of the server itself' "$work/plain" "$work/out"
        ASSAY_STORE_CA=$work/others.pem assay fleet hosts "clickhouses://assay@127.0.0.1:$tls/one"
        like 'and refused there, too' "$status $err" '^2 .*its certificate is of nobody who is trusted'
        assay fleet hosts "clickhouses://assay@127.0.0.1:${chports[1]}/one"
        like 'its port without TLS' "$status $err" '^2 .*no TLS that both know is spoken there'
    else
        skip 'a store through TLS' "clickhouse-server does not start: $(tail -n 1 "$work/one/out")"
    fi
else
    skip 'a store through TLS' 'clickhouse-server, curl or fleetfill is not there'
fi
finish
