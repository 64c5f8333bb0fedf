#!/usr/bin/env bash
# Forms of `assay report` by the published schemas of the formats. tools/schemas fetches them; without it this is skipped.
. "$(dirname "$0")/lib.sh"
need_program
need_tools jq python3
schemas=$top/build/schemas
[[ -e $schemas/complete ]] || skip_all 'build/schemas is not there: tools/schemas build/schemas fetches it'
python3 -c 'import jsonschema' 2>/dev/null || skip_all 'python3-jsonschema is not installed'
[[ -e build/demo/disk.img ]] || skip_all 'build/demo is not there: ./run demo makes it'

assay scan --roots build/demo/certificates/roots.pem -o "$work/case" build/demo/disk.img
is 'the case of the demo' "$status" 1

# --- STIX ---
cat >"$work/stix.py" <<'PYTHON'
import glob, json, sys, warnings
warnings.simplefilter("ignore")
import jsonschema
store, by = {}, {}
for name in glob.glob(sys.argv[1] + "/**/*.json", recursive=True):
    schema = json.load(open(name))
    store[schema.get("$id") or schema.get("id")] = schema
    by[name.split("/")[-1][:-5]] = schema
bundle = json.load(open(sys.argv[2]))
errors = 0
for thing in bundle["objects"]:
    schema = by[thing["type"]]
    resolver = jsonschema.RefResolver(schema["$id"], schema, store=store)
    for error in jsonschema.Draft7Validator(schema, resolver=resolver).iter_errors(thing):
        errors += 1
        print(thing["id"], list(error.path), error.message[:150], file=sys.stderr)
print(len(bundle["objects"]), "objects,", errors, "errors")
PYTHON
assay report "$work/case" --format stix
cp "$work/out" "$work/stix"
run python3 "$work/stix.py" "$schemas/node_modules/stixview/src/stix2-schemas" "$work/stix"
like 'STIX: every object is valid' "$out $err" '^[1-9][0-9]+ objects, 0 errors *$'
jq '.objects[3].created = "yesterday" | del(.objects[-1].created)' "$work/stix" >"$work/broken"
run python3 "$work/stix.py" "$schemas/node_modules/stixview/src/stix2-schemas" "$work/broken"
unlike 'STIX: what is not is noticed' "$out" ' 0 errors'

# --- SARIF ---
sarif=$(realpath -m "${ASSAY_SARIF_SCHEMA:-build/sarif/sarif-2.1.0.json}")
if [[ -f $sarif ]]; then
    cat >"$work/sarif.py" <<'PYTHON'
import json, sys
import jsonschema
log = json.load(open(sys.argv[2]))
for error in jsonschema.Draft4Validator(json.load(open(sys.argv[1]))).iter_errors(log):
    print("/".join(map(str, error.absolute_path)), error.message[:150])
PYTHON
    assay report "$work/case" --format sarif
    cp "$work/out" "$work/sarif"
    is 'SARIF: valid' "$(python3 -W ignore "$work/sarif.py" "$sarif" "$work/sarif" 2>&1)" ''
    jq 'del(.runs[0].tool.driver.name)' "$work/sarif" >"$work/broken"
    like 'SARIF: what is not is noticed' "$(python3 -W ignore "$work/sarif.py" "$sarif" "$work/broken" 2>&1)" "'name' is a required property"
else
    skip 'SARIF: valid' "the schema is not there: tools/sarif_schema $sarif fetches it"
fi

# --- ECS ---
# Field by field by the types that Elastic publishes; objects as literals, so that what is no field is an error.
types() {
    echo "import type * as E from '@elastic/ecs';"
    local n=0 line
    while IFS= read -r line; do
        n=$((n + 1))
        printf "export const d%d: Omit<E.Ecs, 'ecs'> & {ecs: {version: string}, assay: unknown} = %s;\n" "$n" "$line"
    done
}
check_types() {
    cp "$1" "$schemas/checked.ts"
    (cd "$schemas" && node_modules/.bin/tsc --noEmit --strict --skipLibCheck --module nodenext --moduleResolution nodenext checked.ts) 2>&1
}
assay report "$work/case" --format ecs
types <"$work/out" >"$work/ecs.ts"
is 'ECS: every field is one, of its type' "$(check_types "$work/ecs.ts" | head -n 5)" ''
jq -c '.file.colour = "red"' "$work/out" | types >"$work/broken.ts"
like 'ECS: what is none is noticed' "$(check_types "$work/broken.ts" | head -n 5)" 'colour'
rm -f "$schemas/checked.ts"
finish
