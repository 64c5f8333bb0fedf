#include "format/ntfs_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(const struct ntfs_attribute *attribute) {
    struct span value;
    struct ntfs_nonresident data;
    struct ntfs_standard_information si;
    struct ntfs_file_name fn;
    struct ntfs_list_entry entry;
    bool bad = false;
    (void)span_is_zero(ntfs_attribute_name(attribute));
    if (ntfs_attribute_nonresident(attribute, &data))
        (void)span_is_zero(data.runs);
    if (!ntfs_attribute_value(attribute, &value))
        return;
    (void)ntfs_reparse_tag(value);
    (void)ntfs_standard_information_read(value, &si);
    if (ntfs_file_name_read(value, &fn))
        (void)span_is_zero(fn.name);
    struct cursor list = cursor_of(value);
    while (ntfs_list_next(&list, &entry, &bad))
        (void)span_is_zero(entry.name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t record[4096];
    size_t length = size >= 4096 ? 4096 : size >= 1024 ? 1024 : 512;
    struct ntfs_record header;
    struct ntfs_attribute attribute;
    memset(record, 0, sizeof record);
    span_copy(span_of(data, size, 0), record, length);
    if (ntfs_record_open(record, length, 0, &header) == NTFS_RECORD_NONE)
        return 0;
    struct ntfs_attributes it = ntfs_record_attributes(&header);
    while (ntfs_record_next(&it, &attribute))
        look(&attribute);
    return 0;
}
