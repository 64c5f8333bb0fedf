#!/usr/bin/env bash
# Recipes of docs/collect: what can be checked here without the programs that they are for. Not checked: VQL, queries of osquery,
# modules of Ansible, meaning of PowerShell.
. "$(dirname "$0")/lib.sh"
collect=docs/collect

# --- YAML ---
if python3 -c 'import yaml' 2>/dev/null; then
    # keys FILE EXPRESSION: Python about `docs`, the documents of the file; true is wanted
    keys() {
        python3 - "$1" "$2" 2>&1 <<'PYTHON'
import sys, yaml
docs = list(yaml.safe_load_all(open(sys.argv[1], encoding="utf-8")))
print(all(docs) and bool(eval(sys.argv[2])))
PYTHON
    }
    for file in $(find $collect -name '*.yaml' -o -name '*.yml' | sort); do is "$file: is YAML" "$(keys "$file" 'True')" True; done
    v=$collect/velociraptor
    sources="all(s['query'].count('(') == s['query'].count(')') and s['query'].count('\"') % 2 == 0 for s in docs[0]['sources'])"
    is 'the artifact for clients has what one has' "$(keys $v/Custom.Assay.Collect.yaml "docs[0]['name'] == 'Custom.Assay.Collect' and docs[0]['type'] == 'CLIENT' and len({s['name'] for s in docs[0]['sources']}) == 2 and $sources")" True
    is 'and the one for the server' "$(keys $v/Custom.Assay.Scan.yaml "docs[0]['name'] == 'Custom.Assay.Scan' and docs[0]['type'] == 'SERVER_EVENT' and $sources")" True
    is 'parameters are named once and used' "$(for file in $v/*.yaml; do keys "$file" "all(docs[0]['sources'].__str__().count(p['name']) for p in docs[0]['parameters'])"; done | sort -u)" True
    is 'Fleet: queries' "$(keys $collect/osquery/fleet.yml "all(d['kind'] == 'query' and d['apiVersion'] == 'v1' and {'name', 'query', 'platform'} <= set(d['spec']) and d['spec']['query'].endswith(';') for d in docs)")" True
    is 'Ansible: plays of tasks with one module each' "$(keys $collect/ansible/collect.yml "all({'name', 'hosts', 'tasks'} <= set(p) for p in docs[0]) and all(t['name'] and sum('.' in k for k in t) == 1 for p in docs[0] for t in p['tasks'])")" True
    is 'Kubernetes: an indexed job without rights' "$(keys $collect/kubernetes/scan.yaml "docs[0]['kind'] == 'Job' and docs[0]['spec']['completionMode'] == 'Indexed' and '/%d\"' % docs[0]['spec']['completions'] in docs[0]['spec']['template']['spec']['containers'][0]['args'][0] and {m['name'] for m in docs[0]['spec']['template']['spec']['containers'][0]['volumeMounts']} == {n['name'] for n in docs[0]['spec']['template']['spec']['volumes']}")" True
else
    skip 'YAML' 'python3-yaml is not installed'
fi
if command -v ansible-playbook >/dev/null; then
    ok 'Ansible parses its playbook' ansible-playbook --syntax-check -i localhost, $collect/ansible/collect.yml
else
    skip 'Ansible parses its playbook' 'ansible is not installed'
fi

# --- shell ---
shells=("$collect/share/scan-share" "$collect/slurm/scan.sbatch")
for file in "${shells[@]}"; do ok "$file: parses" bash -n "$file"; done
if command -v shellcheck >/dev/null; then
    for file in "${shells[@]}"; do ok "$file: shellcheck" shellcheck -s bash "$file"; done
else
    skip 'shellcheck' 'it is not installed'
fi
is 'Slurm: options stand before the first command' "$(awk '/^[^#]/ { command = 1 } /^#SBATCH/ && command' $collect/slurm/scan.sbatch)" ''
like 'Slurm: an array' "$(grep '^#SBATCH' $collect/slurm/scan.sbatch)" '--array=1-[0-9]+'

# --- PowerShell ---
script=$collect/intune/Collect-Assay.ps1
if command -v pwsh >/dev/null; then
    # shellcheck disable=SC2016
    is 'PowerShell parses' "$(pwsh -NoProfile -Command '$e = $null; [void][System.Management.Automation.Language.Parser]::ParseFile((Resolve-Path $args[0]), [ref]$null, [ref]$e); $e.Count' "$script")" 0
else
    # Without strings and comments, brackets close as they open.
    is 'PowerShell: strings and brackets close' "$(perl -0777 -ne '
        s/<#.*?#>//s; s/\x27[^\x27\n]*\x27//g; s/#.*//g; s/\$\(/(/g; s/"[^"\n]*"//g; my @open; my %closes = (")" => "(", "}" => "{", "]" => "[");
        while (/([(){}\[\]"\x27])/g) { my $c = $1; if ($c =~ /[({\[]/) { push @open, $c } elsif ($closes{$c} and @open and $open[-1] eq $closes{$c}) { pop @open } else { print "at $c "; last } }
        print scalar @open' "$script")" 0
    skip 'PowerShell parses' 'pwsh is not installed'
fi

# --- what the page names is there, and the other way round ---
# shellcheck disable=SC2016
is 'every recipe is on the page' "$(find $collect -type f ! -name README.md -printf '%P\n' | sort)" "$(grep -oE '`[a-z]+/[A-Za-z0-9.-]+`' $collect/README.md | tr -d '`' | sort -u)"

# --- a share, in earnest ---
[[ -x $make/makepe && -x $ASSAY ]] || {
    skip 'a share' 'makers are not built'
    finish
}
share=$work/evidence
for host in one two 'three and a half'; do
    mkdir -p "$share/$host/uploads/auto/C%3A/Windows/System32"
    "$make/makepe" "$share/$host/uploads/auto/C%3A/Windows/System32/common.dll" dll export=Common
    "$make/makepe" "$share/$host/uploads/auto/C%3A/Windows/System32/own.dll" dll "export=Own${#host}"
done
tar -C "$share" -cf "$share/two.tar" two && rm -r "$share/two"
: >"$share/four.part"
export ASSAY
scan_share() { run $collect/share/scan-share "$@"; }
cases() { find "$work/cases" -name "${1:-*.case}" -printf '%f\n' | sort | paste -sd,; }
mkdir -p "$work/cases/one.lock"
scan_share -p 1/2 "$share" "$work/cases"
is 'a part, without what another is at' "$status $err $(cases)" '0  two.case'
rmdir "$work/cases/one.lock"
scan_share -p 2/2 "$share" "$work/cases"
is 'the other' "$status $err $(cases)" '0  three and a half.case,two.case'
scan_share "$share" "$work/cases"
is 'all that is missing' "$status $err $(cases)" '0  one.case,three and a half.case,two.case'
is 'no lock is left' "$(cases '*.lock')" ''
if command -v sqlite3 >/dev/null; then
    is 'they are censuses of hosts' "$(for case in "$work"/cases/*.case; do sqlite3 -readonly "$case" "SELECT (SELECT count(*) FROM census), (SELECT host FROM evidence LIMIT 1), (SELECT value FROM meta WHERE key = 'census_only')"; done | paste -sd,)" \
        '2|one|1,2|three and a half|1,2|two|1'
else
    skip 'they are censuses of hosts' 'sqlite3 is not installed'
fi
assay fleet add "$work/store" "$work/cases"
like 'a store takes them' "$status $out" '^0 3 added'
mkdir "$share/bad" && chmod 0 "$share/bad"
: >"$share/empty.zip" && rm -r "$share/bad" && ln -s nowhere "$share/gone"
scan_share "$share" "$work/cases"
like 'what cannot be read is named' "$status $err" '^1 .*gone'
for wrong in '-p 3/2' '-p 0/2' '-p x' '-p 1/2/3'; do
    # shellcheck disable=SC2086
    scan_share $wrong "$share" "$work/cases"
    is "refused: $wrong" "$status" 2
done
finish
