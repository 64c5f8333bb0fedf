#!/bin/sh
# banned: calls that have no place in a folder. What has no place anywhere is in src/base/banned.h and does not compile.
set -u
. "$(dirname "$0")/common"

# calls NAMES FILES...: where one of the functions NAMES (separated by |) is called.
calls() {
    names=$1
    shift
    [ $# -gt 0 ] || return 0
    awk -f tools/lint/strip.awk "$@" | grep -E "[^a-zA-Z0-9_.>]($names) *\(" | cut -c1-160
}
memory='malloc|calloc|realloc|reallocarray|free|strdup|strndup|asprintf|vasprintf'
io='fopen|fdopen|open|openat|creat|read|pread|readv|preadv|write|pwrite|fread|fwrite|printf|fprintf|puts|putchar|perror|mmap|socket'

rule 'format decodes spans: no memory of its own, no I/O, no memcpy from evidence' \
    "$(calls "$memory|$io|memcpy|memmove|mempcpy" $(files src/format/*.c src/format/*.h))"
rule 'detect and judge are pure: no I/O, no memory but the job or the case' \
    "$(calls "$memory|$io" $(files src/detect/*.c))$(calls "$io" $(files src/judge/*.c))"
rule 'evidence is read with pread: mmap only where the program shares memory with itself' \
    "$(calls 'mmap|mmap64' $(files src/base/*.c src/intel/*.c src/case/*.c src/store/*.c src/judge/*.c src/report/*.c src/cli/*.c))"
rule 'nothing is executed' "$(calls 'system|popen|execl|execle|execlp|execv|execve|execvp|execvpe|fexecve|posix_spawn|posix_spawnp|dlopen' $(files src/*/*.c src/*/*.h))"
rule 'processes are started by the zygote only' \
    "$(calls 'fork|vfork|clone' $(files src/*/*.c) | grep -v '^src/engine/zygote\.c:')"
rule 'structs have no second name' \
    "$(awk -f tools/lint/strip.awk $(files src/*/*.c src/*/*.h) | grep -E ':[[:space:]]*typedef[[:space:]]+(struct|union)')"
finish
