/* wmi_repository: instances of event filters, of consumers that run something and of their bindings, as they
 * lie in OBJECTS.DATA of a WMI repository, found by scanning (docs/format/wmi_repository.md).
 *
 * An instance begins with the digest of its class's name in UTF-16 digits, by which it is found wherever it
 * lies: no index is asked. So deleted ones are found, too, as long as nothing was written over them. Pure;
 * nothing is allocated.
 *
 *     struct wmi_repository repository;
 *     wmi_repository_open(bytes, bytes.size, &repository);
 *     while (wmi_repository_next(&repository, &instance)) ...
 */
#ifndef FORMAT_WMI_REPOSITORY_H
#define FORMAT_WMI_REPOSITORY_H

#include "base/span.h"
#include "base/text.h"

#define WMI_REPOSITORY_NAME "OBJECTS.DATA" /* of the file, in any case of letters */

enum {
    WMI_REPOSITORY_PAGE = 8192,
    WMI_REPOSITORY_LONGEST = 8 * WMI_REPOSITORY_PAGE, /* bytes of an instance that are looked at */
    WMI_REPOSITORY_NEEDLES = 8
};

enum wmi_kind { WMI_BINDING, WMI_FILTER, WMI_COMMAND, WMI_SCRIPT };

struct wmi_string {
    struct span text; /* without its NUL */
    bool wide;        /* UTF-16LE; else the low bytes of UTF-16 */
};

struct wmi_instance {
    enum wmi_kind kind;
    uint64_t offset;  /* in the file */
    uint64_t written; /* FILETIME that stands first behind the digest */
    bool listed;  /* the table at the start of its page names it: no remains in a page, though the page may be
                     free */
    bool crosses; /* it goes on behind its page: what is from there may be of something else */
    bool read;    /* it could be read; nothing below is set otherwise */
    struct wmi_string name;                     /* of all but bindings */
    struct wmi_string filter, consumer;         /* of a binding: paths, such as __EventFilter.Name="x" */
    struct wmi_string query, space;             /* of a filter: in WQL, and of which namespace */
    struct wmi_string program, command, folder; /* of a command */
    struct wmi_string engine, script, file;     /* of a script: its language, its text or where it lies */
};

struct wmi_repository {
    struct span bytes;
    size_t limit, next[WMI_REPOSITORY_NEEDLES];
};

/* `bytes` are some of the file's, whose offset is a multiple of a page; told are instances that begin in the
 * first `limit` of them. */
void wmi_repository_open(struct span bytes, size_t limit, struct wmi_repository *ret);

/* In the order of the file. False at the end. */
bool wmi_repository_next(struct wmi_repository *repository, struct wmi_instance *ret);

/* Appends a string as UTF-8 as it is, up to `most` bytes of the string. */
void wmi_repository_text(const struct wmi_string *string, size_t most, struct text *out);

/* The name of the instance that a path in plain text names: what stands between the quotes of Name="...", and
 * *of_class: the name of its class. False if the path is of another form. Parts of `path`. */
bool wmi_repository_path(struct span path, struct span *of_class, struct span *name);

#endif
