/* Puts a finished world onto an NTFS volume. File records are laid out here, because no driver would write
 * the stamps that we want; libntfs-3g gives away records and clusters and keeps the directory trees.
 *
 * Whatever is left out by --sources is worked out all the same, so that the same seed gives the same records
 * and the same manifest. */
#ifndef TEST_TIMESET_VOLUME_H
#define TEST_TIMESET_VOLUME_H

#define HAVE_STDIO_H       1
#define HAVE_STDARG_H      1
#define HAVE_STDINT_H      1
#define HAVE_STDDEF_H      1
#define HAVE_ENDIAN_H      1
#define HAVE_BYTESWAP_H    1
#define HAVE_SYS_STAT_H    1
#define HAVE_SYS_TYPES_H   1
#define HAVE_FFS           1
#define HAVE_DAEMON        1
#define HAVE_STRSEP        1
#define HAVE_TIME_H        1
#define HAVE_CLOCK_GETTIME 1
#include "make/i30_made.h"
#include "make/timeset.h"

#include <ntfs-3g/types.h>

#include <ntfs-3g/attrib.h>
#include <ntfs-3g/dir.h>
#include <ntfs-3g/index.h>
#include <ntfs-3g/inode.h>
#include <ntfs-3g/mft.h>
#include <ntfs-3g/volume.h>

#include <sys/stat.h>

enum { NAME_VALUE = 66 + 2 * 64, BLOCK = 4096, SECURITY_ID = 0x100, IN_FOLDER = 0x10000000 };

/* A $FILE_NAME value with these stamps; returns its size. */
static size_t name_value(const struct timeset_world *world, const struct timeset_file *file,
                         const struct timeset_name *name, const uint64_t stamps[STAMPS], uint32_t size,
                         uint8_t to[NAME_VALUE]) {
    size_t ret = logfile_made_name(to, reference_of(&world->files[name->folder]), stamps, 1, name->text);
    i30_made_put(to + 40, (size + 7) / 8 * 8, 8);
    i30_made_put(to + 48, size, 8);
    i30_made_put(to + 56, file->is_folder ? IN_FOLDER : file->attributes, 4);
    return ret;
}

/* ---- file records ---- */

/* One more resident attribute; `name` is ASCII. */
static void record_add(MFT_RECORD *record, uint32_t type, const char *name, const uint8_t *value,
                       size_t size) {
    uint8_t *bytes = (uint8_t *)record;
    size_t at = le32_to_cpu(record->bytes_in_use) - 8, units = strlen(name);
    size_t head = 24 + (2 * units + 7) / 8 * 8, whole = head + (size + 7) / 8 * 8;
    if (at + whole + 8 > 1024)
        timeset_die("a file record is full");
    memset(bytes + at, 0, whole + 8);
    i30_made_put(bytes + at, type, 4);
    i30_made_put(bytes + at + 4, whole, 4);
    bytes[at + 9] = (uint8_t)units;
    i30_made_put(bytes + at + 10, 24, 2);
    i30_made_put(bytes + at + 14, le16_to_cpu(record->next_attr_instance), 2);
    i30_made_put(bytes + at + 16, size, 4);
    i30_made_put(bytes + at + 20, head, 2);
    bytes[at + 22] = type == 0x30;
    for (size_t i = 0; i < units; i++)
        bytes[at + 24 + 2 * i] = (uint8_t)name[i];
    if (size)
        memcpy(bytes + at + head, value, size);
    i30_made_put(bytes + at + whole, 0xffffffff, 4);
    record->next_attr_instance = cpu_to_le16((u16)(le16_to_cpu(record->next_attr_instance) + 1));
    record->bytes_in_use = cpu_to_le32((u32)(at + whole + 8));
}

static void record_content(MFT_RECORD *record, const struct timeset_file *file) {
    uint8_t content[256], text[128];
    if (file->is_folder) {
        struct i30_made root = i30_made_root(content, 48, BLOCK);
        record_add(record, 0x90, "$I30", root.bytes, 48);
        return;
    }
    if (file->size > sizeof content)
        timeset_die("a file is too large");
    for (uint32_t i = 0; i < file->size; i++)
        content[i] = (uint8_t)('a' + (file->content + i * (file->content % 7 + 1)) % 23);
    record_add(record, 0x80, "", content, file->size);
    if (!file->marked)
        return;
    int size = snprintf((char *)text, sizeof text,
                        "[ZoneTransfer]\r\nZoneId=3\r\nHostUrl=https://example.org/%x\r\n", file->slot);
    record_add(record, 0x80, "Zone.Identifier", text, (size_t)size);
}

/* The library writes $STANDARD_INFORMATION anew from these when the inode is closed. */
static void inode_stamps(ntfs_inode *inode, const struct timeset_file *file) {
    inode->creation_time = (sle64)cpu_to_le64(file->si[CREATED]);
    inode->last_data_change_time = (sle64)cpu_to_le64(file->si[MODIFIED]);
    inode->last_mft_change_time = (sle64)cpu_to_le64(file->si[CHANGED]);
    inode->last_access_time = (sle64)cpu_to_le64(file->si[ACCESSED]);
    NInoSetDirty(inode);
}

static void record_write(const struct timeset_world *world, ntfs_inode *inode,
                         const struct timeset_file *file) {
    uint8_t information[72] = {0}, name[NAME_VALUE];
    logfile_made_times(information, file->si);
    record_add(inode->mrec, 0x10, "", information, sizeof information);
    size_t size = name_value(world, file, &file->name, file->name.fn, 0, name);
    record_add(inode->mrec, 0x30, "", name, size);
    if (file->link.text) {
        size = name_value(world, file, &file->link, file->link.fn, 0, name);
        record_add(inode->mrec, 0x30, "", name, size);
    }
    record_content(inode->mrec, file);
    inode->mrec->link_count = cpu_to_le16(file->link.text ? 2 : 1);
    inode->mrec->sequence_number = cpu_to_le16(file->sequence);
    if (file->is_folder)
        inode->mrec->flags |= MFT_RECORD_IS_DIRECTORY;
    inode->flags = cpu_to_le32(file->is_folder ? 0 : file->attributes);
    inode->security_id = cpu_to_le32(SECURITY_ID);
    inode->usn = cpu_to_le64(file->usn);
    set_nino_flag(inode, v3_Extensions);
    inode_stamps(inode, file);
}

/* All slots in order, so that the library gives each the record that it has in the story. */
static void write_records(struct timeset_world *world, ntfs_volume *volume) {
    for (size_t i = 0; i < world->slots_used; i++) {
        const struct timeset_file *file = file_of(world, world->slots[i].file);
        ntfs_inode *inode = ntfs_mft_record_alloc(volume, NULL);
        if (!inode || inode->mft_no != FIRST_RECORD + i)
            timeset_die("another record than expected");
        record_write(world, inode, file);
        if (ntfs_inode_close(inode))
            timeset_die("cannot write a record");
    }
}

/* The last one of each slot that is free now is gone: its record stays, not in use. */
static void free_records(struct timeset_world *world, ntfs_volume *volume) {
    for (size_t i = 0; i < world->slots_used; i++) {
        if (!file_of(world, world->slots[i].file)->dead)
            continue;
        ntfs_inode *inode = ntfs_inode_open(volume, FIRST_RECORD + i);
        if (!inode || ntfs_mft_record_free(volume, inode))
            timeset_die("cannot free a record");
    }
}

/* ---- directories ---- */

/* Does this older entry of a file show a creation time that the file has no more, long after its creation and
 * with the content that it still has? Otherwise a file that was moved over it could be the reason. */
static bool is_telling(const struct timeset_file *file, const uint64_t entry[STAMPS], uint32_t size) {
    uint64_t created = file->si[CREATED], old = entry[CREATED], changed = entry[CHANGED];
    uint64_t apart = old > created ? old - created : created - old;
    return apart > 2 * SECOND && size == file->size && changed > old + DAY &&
           changed > file->name.fn[CREATED] + DAY;
}

/* Writes an entry into the slack of a block; returns where the next one goes, or `at` if there is no room. */
static size_t slack_put(struct timeset_world *world, uint8_t *block, size_t at, uint32_t id,
                        const struct timeset_name *name, const uint64_t entry[STAMPS], uint32_t size) {
    uint8_t key[NAME_VALUE];
    const struct timeset_file *file = file_of(world, id);
    size_t key_size = name_value(world, file, name, entry, size, key);
    size_t whole = (16 + key_size + 7) / 8 * 8;
    if (at + whole > BLOCK)
        return at;
    memset(block + at, 0, whole);
    i30_made_put(block + at, reference_of(file), 8);
    i30_made_put(block + at + 8, whole, 2);
    i30_made_put(block + at + 10, key_size, 2);
    memcpy(block + at + 16, key, key_size);
    return at + whole;
}

/* What an entry in use was before, if it was anything else: mostly the last state before this one. */
static size_t slack_of_entry(struct timeset_world *world, uint8_t *block, size_t at, uint32_t id) {
    struct timeset_file *file = file_of(world, id);
    uint32_t number = file->older;
    while (number && world->states[number].older && chance(world, 30))
        number = world->states[number].older;
    if (!number)
        return at;
    const struct timeset_state *state = &world->states[number];
    size_t next = slack_put(world, block, at, id, &file->name, state->entry, state->size);
    if (next > at && is_telling(file, state->entry, state->size))
        file->shown = true;
    return next;
}

static uint32_t id_of(const struct timeset_world *world, uint64_t reference) {
    uint64_t record = reference & 0xffffffffffff;
    return record < FIRST_RECORD || record - FIRST_RECORD >= world->slots_used
               ? 0
               : world->slots[record - FIRST_RECORD].file;
}

/* Slack of one block: nothing, or older states of some of its own entries and of names that are gone. What
 * second names were before is not remembered. */
static void slack_of_block(struct timeset_world *world, uint32_t folder, uint8_t *block, uint32_t *ghost) {
    size_t used = 24 + (size_t)i30_made_get(block + 28, 4), at = (used + 7) / 8 * 8;
    bool is_kept = chance(world, 60);
    memset(block + used, 0, BLOCK - used);
    for (size_t entry = 24 + (size_t)i30_made_get(block + 24, 4); entry + 16 <= used;) {
        size_t length = (size_t)i30_made_get(block + entry + 8, 2);
        uint32_t id = id_of(world, i30_made_get(block + entry, 8));
        if (i30_made_get(block + entry + 12, 2) & 2 || length < 16)
            break;
        if (is_kept && id && !file_of(world, id)->is_folder && file_of(world, id)->name.folder == folder &&
            chance(world, file_of(world, id)->label ? 95 : 6))
            at = slack_of_entry(world, block, at, id);
        entry += length;
    }
    for (; *ghost && is_kept && chance(world, 60); *ghost = world->ghosts[*ghost].next) {
        const struct timeset_ghost *gone = &world->ghosts[*ghost];
        at = slack_put(world, block, at, gone->file, &gone->name, gone->name.entry, gone->name.entry_size);
    }
}

static void write_slack(struct timeset_world *world, ntfs_inode *folder, uint32_t id, bool with_slack) {
    static ntfschar i30[] = {const_cpu_to_le16('$'), const_cpu_to_le16('I'), const_cpu_to_le16('3'),
                             const_cpu_to_le16('0')};
    uint32_t ghost = file_of(world, id)->ghosts;
    ntfs_attr *blocks = ntfs_attr_open(folder, AT_INDEX_ALLOCATION, i30, 4);
    for (s64 at = 0; blocks && at < blocks->initialized_size; at += BLOCK) {
        uint8_t block[BLOCK], plain_block[BLOCK];
        if (ntfs_attr_mst_pread(blocks, at, 1, BLOCK, block) != 1 || memcmp(block, "INDX", 4) != 0)
            continue;
        memcpy(plain_block, block, BLOCK);
        size_t used = 24 + (size_t)i30_made_get(block + 28, 4);
        memset(plain_block + used, 0, BLOCK - used);
        slack_of_block(world, id, block, &ghost);
        if (ntfs_attr_mst_pwrite(blocks, at, 1, BLOCK, with_slack ? block : plain_block) != 1)
            timeset_die("cannot write an index");
    }
    if (blocks)
        ntfs_attr_close(blocks);
}

static void add_entry(struct timeset_world *world, ntfs_inode *folder, const struct timeset_file *file,
                      const struct timeset_name *name, bool is_stale) {
    uint8_t value[NAME_VALUE + 8] = {0};
    const uint64_t *stamps = is_stale && !file->is_folder ? name->entry : file->si;
    name_value(world, file, name, stamps, is_stale ? name->entry_size : file->size, value);
    if (ntfs_index_add_filename(folder, (FILE_NAME_ATTR *)value, reference_of(file)))
        timeset_die(name->text);
}

/* Names in the order of their folders: lists, each with the file and whether it is its second name. */
struct name_list {
    uint32_t *first, *next; /* by folder; by twice the file, plus one for a second name */
};

static struct name_list names_by_folder(const struct timeset_world *world) {
    struct name_list ret = {timeset_new(world->count + 1, 4), timeset_new(2 * world->count + 2, 4)};
    for (size_t i = world->count; i > ROOT; i--) {
        const struct timeset_file *file = &world->files[i];
        if (file->dead)
            continue;
        ret.next[2 * i] = ret.first[file->name.folder];
        ret.first[file->name.folder] = (uint32_t)(2 * i);
        if (!file->link.text)
            continue;
        ret.next[2 * i + 1] = ret.first[file->link.folder];
        ret.first[file->link.folder] = (uint32_t)(2 * i + 1);
    }
    return ret;
}

static void write_folders(struct timeset_world *world, ntfs_volume *volume, bool with_index) {
    struct name_list names = names_by_folder(world);
    for (uint32_t id = ROOT; id <= world->count; id++) {
        if (!file_of(world, id)->is_folder || file_of(world, id)->dead)
            continue;
        ntfs_inode *folder = ntfs_inode_open(volume, reference_of(file_of(world, id)) & MFT_REF_MASK_CPU);
        if (!folder)
            timeset_die("cannot open a folder");
        for (uint32_t i = names.first[id]; i; i = names.next[i]) {
            const struct timeset_file *file = file_of(world, i / 2);
            add_entry(world, folder, file, i % 2 ? &file->link : &file->name, with_index);
        }
        write_slack(world, folder, id, with_index);
        inode_stamps(folder, file_of(world, id));
        folder->state &= ~(1ul << NI_FileNameDirty); /* its own entry is written already */
        if (ntfs_inode_close(folder))
            timeset_die("cannot write a folder");
    }
    free(names.first);
    free(names.next);
}

/* ---- the journal, the log, the $MFT ---- */

static void write_all(ntfs_attr *attribute, s64 at, const uint8_t *bytes, size_t size) {
    for (size_t done = 0; done < size;) {
        s64 wrote = ntfs_attr_pwrite(attribute, at + (s64)done, (s64)(size - done), bytes + done);
        if (wrote <= 0)
            timeset_die("cannot write an attribute");
        done += (size_t)wrote;
    }
}

static size_t units_of(const char *text, ntfschar *to) {
    size_t units = strlen(text);
    for (size_t i = 0; i < units; i++)
        to[i] = cpu_to_le16((u16)(uint8_t)text[i]);
    return units;
}

static ntfs_attr *add_stream(ntfs_inode *inode, const char *text) {
    ntfschar name[16];
    u32 units = (u32)units_of(text, name);
    if (ntfs_attr_add(inode, AT_DATA, name, (u8)units, NULL, 0))
        timeset_die("cannot add a stream");
    ntfs_attr *ret = ntfs_attr_open(inode, AT_DATA, name, units);
    if (!ret)
        timeset_die("cannot open a stream");
    return ret;
}

/* $Extend\$UsnJrnl: $J begins with a hole, where the journal has wrapped. */
static void write_journal(const struct timeset_world *world, ntfs_volume *volume) {
    const struct usn_made *journal = &world->journal;
    ntfschar name[16];
    uint8_t most[32] = {0};
    ntfs_inode *extend = ntfs_inode_open(volume, FILE_Extend);
    ntfs_inode *inode = extend ? ntfs_create(extend, const_cpu_to_le32(SECURITY_ID), name,
                                             (u8)units_of("$UsnJrnl", name), S_IFREG)
                               : NULL;
    if (!inode)
        timeset_die("cannot create the journal");
    inode->flags |= FILE_ATTR_SPARSE_FILE | FILE_ATTR_SYSTEM | FILE_ATTR_HIDDEN;
    NInoSetDirty(inode);
    ntfs_attr *unnamed = ntfs_attr_open(inode, AT_DATA, AT_UNNAMED, 0);
    if (!unnamed || ntfs_attr_rm(unnamed)) /* Windows makes none, and usnjls reads the first */
        timeset_die("cannot take the content from the journal");
    ntfs_attr_close(unnamed);
    ntfs_attr *stream = add_stream(inode, "$J");
    size_t size = (journal->at + BLOCK - 1) / BLOCK * BLOCK;
    if (ntfs_attr_truncate(stream, (s64)(journal->base + size)))
        timeset_die("cannot make the journal as long as it is");
    write_all(stream, (s64)journal->base, journal->bytes, size);
    ntfs_attr_close(stream);
    i30_made_put(most, 32 << 20, 8);
    i30_made_put(most + 8, 8 << 20, 8);
    i30_made_put(most + 16, world->journal_is_new ? world->journal_from : world->begin, 8);
    i30_made_put(most + 24, journal->base, 8);
    stream = add_stream(inode, "$Max");
    write_all(stream, 0, most, sizeof most);
    ntfs_attr_close(stream);
    if (ntfs_inode_close_in_dir(inode, extend) || ntfs_inode_close(extend))
        timeset_die("cannot close the journal");
}

static void write_log(const struct timeset_world *world, ntfs_volume *volume) {
    ntfs_inode *inode = ntfs_inode_open(volume, FILE_LogFile);
    ntfs_attr *data = inode ? ntfs_attr_open(inode, AT_DATA, AT_UNNAMED, 0) : NULL;
    if (!data)
        timeset_die("cannot open the log");
    write_all(data, 0, world->log.bytes, world->log.size);
    ntfs_attr_close(data);
    if (ntfs_inode_close(inode))
        timeset_die("cannot write the log");
}

/* The $MFT as it lies on the disk, fixups and all. */
static void copy_mft(ntfs_volume *volume, const char *path) {
    enum { PART = 1 << 20 };
    uint8_t *part = timeset_new(PART, 1);
    FILE *file = fopen(path, "wb");
    s64 at = 0, size = 0;
    ntfs_attr *data = volume->mft_na;
    while (file && (size = ntfs_attr_pread(data, at, PART, part)) > 0 &&
           fwrite(part, 1, (size_t)size, file) == (size_t)size)
        at += size;
    if (!file || fclose(file) || at != data->data_size)
        timeset_die(path);
    free(part);
}

#endif
