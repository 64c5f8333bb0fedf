#!/usr/bin/env bash
# Event logs of other people's machines: records, numbers, event ids and values as evtxexport (libevtx 20181227) told them, and the
# records of its recovery. Where it gave up (known by what it exported less than it counted), omerbenamram/evtx's expectations hold.
. "$(dirname "$0")/lib.sh"
need_tools jq awk xz
samples=$shared/corpora/omerbenamram-evtx/samples golden=$shared/corpora/golden
[[ -d $samples && -f $golden/summary.jsonl ]] || skip_all 'the corpora are absent'
[[ -x $make/evtx_jsonl ]] || skip_all "$make/evtx_jsonl is not built"

# One line a value: record, what, value; as both sides write it.
plain() { tr 'A-Z' 'a-z' | sed -E 's/0x0*([0-9a-f])/0x\1/g; s/[{}]//g; s/(t[0-9:]{8}\.[0-9]{3})z$/\10000z/; s/(t[0-9:]{8}\.[0-9]{7})(00)?z$/\1z/' | sort -u; }
theirs() {
    xz -dc "$1" | tr -d '\r' | awk '
        function text(line) { sub(/^[^>]*>/, "", line); sub(/<\/[A-Za-z]*>$/, "", line); return decode(line) }
        function decode(line) { gsub(/&lt;/, "<", line); gsub(/&gt;/, ">", line); gsub(/&quot;/, "\"", line); gsub(/&amp;/, "\\&", line); return line }
        function part(line, name) { return match(line, " " name "=\"[^\"]*\"") ? substr(line, RSTART + length(name) + 3, RLENGTH - length(name) - 4) : "" }
        /^  <System>$/ { n = 0; system_part = 1 }
        system_part && /^    <(EventID|Version|Level|Task|Opcode|Keywords|Channel|Computer)[ >]/ { key = $0; sub(/^ *</, "", key); sub(/[ >].*/, "", key); line[n++] = key "\t" text($0) }
        system_part && /^    <EventRecordID>/ { record = text($0) }
        system_part && /^    <Provider / { line[n++] = "Provider\t" part($0, "Name"); line[n++] = "Guid\t" part($0, "Guid") }
        system_part && /^    <TimeCreated / { line[n++] = "Time\t" part($0, "SystemTime") }
        system_part && /^    <Execution / { line[n++] = "Process\t" part($0, "ProcessID"); line[n++] = "Thread\t" part($0, "ThreadID") }
        system_part && /^    <Security/ { line[n++] = "User\t" part($0, "UserID") }
        /^  <\/System>$/ { system_part = 0; for (i = 0; i < n; i++) print record "\t" line[i] }
        !system_part && /^    <Data Name="[^"]*">.*<\/Data>$/ { print record "\t" part($0, "Name") "\t" text($0) }' | plain
}
ours() {
    jq -r '.Event | .System as $s | ($s.EventRecordID | tostring) as $record |
        def word: if type == "object" then .["#text"] else . end | if . == null then "" else tostring end;
        def held($name): if type == "object" then .["#attributes"][$name] // "" else "" end | tostring;
        ([["EventID", "Version", "Level", "Task", "Opcode", "Keywords", "Channel", "Computer"][] as $key | select($s | has($key)) | [$key, ($s[$key] | word)]] +
        [["Provider", ($s.Provider | held("Name"))], ["Guid", ($s.Provider | held("Guid"))], ["Time", ($s.TimeCreated | held("SystemTime"))],
        ["Process", ($s.Execution | held("ProcessID"))], ["Thread", ($s.Execution | held("ThreadID"))], ["User", ($s.Security | held("UserID"))]] +
        [(.EventData // {}) | objects | to_entries[] | select(.value | type != "object") | [.key, (.value | word)]])[] |
        [$record] + . | join("\t")' <"$1" | tr -d '\r' | plain
}

total=0
for log in "$samples"/*.evtx; do
    name=$(basename "$log")
    run "$make/evtx_jsonl" "$log"
    is "$name: read" "$status" 0
    row=$(jq -c --arg path "omerbenamram-evtx/samples/$name" 'select(.path == $path)' "$golden/summary.jsonl")
    read -r _ records _ slack _ broken _ <<<"$(head -n 1 "$work/err")"
    is "$name: records" "$records" "$(jq .records <<<"$row")"
    is "$name: none is read in part only" "$broken" 0
    is "$name: as many in slack as are recovered there, at least" "$((slack >= $(jq .recovered <<<"$row")))" 1
    exported=$(jq .export_events <<<"$row")
    if ((exported == records)); then
        is "$name: event ids" "$(jq -r '.Event.System.EventID | if type == "object" then .["#text"] else . end' "$work/out" | sort | uniq -c | awk '{ print $2, $1 }' | sort)" \
            "$(jq -r '.event_ids | to_entries[] | "\(.key) \(.value)"' <<<"$row" | sort)"
    fi
    ours "$work/out" >"$work/ours"
    theirs "$golden/evtx/omerbenamram-evtx__samples__$name.evtxexport.xml.xz" >"$work/theirs"
    is "$name: $(wc -l <"$work/theirs") values, all found" "$(comm -13 "$work/ours" "$work/theirs" | head -n 5)" ''
    total=$((total + $(wc -l <"$work/theirs")))
done
is 'values were compared' "$((total > 80000))" 1

# Where evtxexport gives up, the JSON that the Rust crate expects.
snapshot() { sed '1,/^---$/d' "$shared/corpora/omerbenamram-evtx/tests/snapshots/test_record_samples__event_json_$1.snap"; }
# An element whose dependency is absent is not there ([MS-EVEN6] 2.2.12; so has it evtxexport); the crate tells it as null.
alike() { # NAME LOG RECORD
    snapshot "$1" | jq -S '(.Event.EventData | objects) |= with_entries(select(.key != "Binary" or .value != null))' >"$work/wanted"
    "$make/evtx_jsonl" "$samples/$2" 2>/dev/null | jq -S "select(.Event.System.EventRecordID | tostring == \"$3\")" |
        sed -E 's/(T[0-9:]{8}\.[0-9]{6})[0-9]Z"/\1Z"/' >"$work/got"
    same "JSON as the Rust crate has it: $1" "$work/got" "$work/wanted"
}
alike sample security.evtx 1
alike sample_with_event_data_with_attributes_and_text system.evtx 1
alike with_multiple_data_elements-2 MSExchange_Management_wec.evtx 3229
alike with_multiple_nodes_same_name 'E_Windows_system32_winevt_logs_Microsoft-Windows-CAPI2%4Operational.evtx' 28
finish
