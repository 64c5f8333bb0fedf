#!/bin/sh
# layers: who may include whom (layers.txt), which file may see which library (foreign.txt), no plug-in sees another.
set -u
. "$(dirname "$0")/common"
tables=tools/lint

rule 'includes point along the layers' "$(awk '
    FILENAME ~ /layers\.txt$/ {
        if ($0 ~ /^#/ || NF == 0) next
        from = $1; sub(/:/, "", from); known[from] = 1
        for (i = 2; i <= NF; i++) may[from, $i] = 1
        next
    }
    FNR == 1 {
        split(FILENAME, part, "/"); own = part[2]
        if (!(own in known)) print FILENAME ":1: folder " own " has no row in layers.txt"
    }
    /^[ \t]*#[ \t]*include[ \t]*"/ {
        split($0, quoted, "\"")
        if (quoted[2] !~ /^[a-z]+\/[a-z0-9_]+\.(h|def)$/) {
            print FILENAME ":" FNR ": write \"folder/file.h\", not \"" quoted[2] "\""
            next
        }
        split(quoted[2], part, "/")
        if (part[1] != own && !((own, part[1]) in may))
            print FILENAME ":" FNR ": " own " may not see " quoted[2]
    }' "$tables/layers.txt" $(files src/*/*.c src/*/*.h src/*/*.def))"

rule 'model holds no code' "$(files src/model/*.c)"

rule 'foreign libraries only in their files' "$(awk '
    function matches(name, list,    i, n, item) {
        n = split(list, item, " ")
        for (i = 1; i <= n; i++) {
            gsub(/\./, "[.]", item[i]); gsub(/\*/, "[a-z0-9_]*", item[i])
            if (name ~ "^" item[i] "$") return 1
        }
        return 0
    }
    FILENAME ~ /foreign\.txt$/ {
        if ($0 ~ /^#/ || NF == 0) next
        key = $1; sub(/:$/, "", key); rest = $0; sub(/^[^ ]* */, "", rest)
        if (key == "libc") { n = split(rest, item, " "); for (i = 1; i <= n; i++) libc[item[i]] = 1 }
        else { allowed[key] = rest }
        next
    }
    /^[ \t]*#[ \t]*include[ \t]*</ {
        header = $0; sub(/^[^<]*</, "", header); sub(/>.*/, "", header)
        if (header in libc) next
        folder = header; sub(/\/.*/, "/", folder)
        name = FILENAME; sub(/^src\//, "", name)
        list = (header in allowed) ? allowed[header] : (folder in allowed) ? allowed[folder] : ""
        if (!matches(name, list)) print FILENAME ":" FNR ": <" header "> is not for this file (foreign.txt)"
    }' "$tables/foreign.txt" $(files src/*/*.c src/*/*.h src/*/*.def))"

rule 'no plug-in includes another' "$(awk '
    FILENAME ~ /\.def$/ {
        if ($0 ~ /^[A-Z]+\([a-z0-9_]+\)/) {
            split(FILENAME, part, "/"); id = $0; sub(/^[A-Z]+\(/, "", id); sub(/\).*/, "", id)
            plugin[part[2] "/" id] = 1
        }
        next
    }
    /^[ \t]*#[ \t]*include[ \t]*"/ {
        own = FILENAME; sub(/^src\//, "", own); sub(/\.[ch]$/, "", own)
        split($0, quoted, "\""); other = quoted[2]; sub(/\.(h|def)$/, "", other)
        if (own != other && (own in plugin) && (other in plugin)) print FILENAME ":" FNR ": plug-in sees plug-in " other
    }' /dev/null $(files src/source/*.def src/detect/*.def src/judge/*.def) $(files src/source/*.[ch] src/detect/*.[ch] src/judge/*.[ch]))"
finish
