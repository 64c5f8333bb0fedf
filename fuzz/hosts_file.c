#include "format/hosts_file.h"

#include "base/netname.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Names of hosts have one form: that of a form is itself. */
static void check_name(struct span text) {
    char name[NETNAME_MOST], again[NETNAME_MOST];
    enum netname_kind kind = netname_normal(text, name);
    if (netname_normal(span_of(name, strlen(name), 0), again) != kind || strcmp(name, again) != 0)
        __builtin_trap();
    for (const char *parent = name; kind == NETNAME_DOMAIN && parent; parent = netname_parent(parent))
        if (parent < name || parent >= name + sizeof name)
            __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct span bytes = span_of(data, size, 0);
    struct hosts_file file = hosts_file_open(bytes);
    struct hosts_file_entry entry;
    size_t count = 0;
    uint32_t line = 1;
    while (hosts_file_next(&file, &entry)) {
        if (entry.name.size == 0 || entry.address.size == 0 || entry.name.data < data ||
            entry.name.data + entry.name.size > data + size || entry.line < line || ++count > size)
            __builtin_trap();
        line = entry.line;
        check_name(entry.address);
        check_name(entry.name);
    }
    struct span host = netname_of_url(bytes);
    if (host.size > 0 && (host.data < data || host.data + host.size > data + size))
        __builtin_trap();
    check_name(host);
    check_name(bytes);
    return 0;
}
