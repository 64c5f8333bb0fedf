#include "source/shadows.h"

#include "base/span.h"

#include <libbfio.h>
#include <libvshadow.h>

enum { WINDOW = 65536, IDENTIFIER_AT = 0x1e00 };

/* The volume as libbfio sees it. Small reads, of which walking the library's tables consists, are served from
 * a window; what went wrong is remembered, for the library does not pass it on. */
struct view {
    struct evidence_reader reader;
    uint64_t at; /* the library's position */
    bool open;
    enum fault_code failed;
    uint64_t window_at;
    size_t window_size;
    uint8_t window[WINDOW];
};

struct shadows {
    struct view view;
    libbfio_handle_t *handle;
    libvshadow_volume_t *volume;
    size_t count;
    libvshadow_store_t *stores[SHADOWS_MAX];
    struct shadows_copy copies[SHADOWS_MAX];
};

static struct view *view_of(intptr_t *handle) {
    return (struct view *)(void *)handle;
}

/* The view is a part of struct shadows and ends with it. */
static int view_free(intptr_t **handle, libbfio_error_t **error) {
    (void)error;
    *handle = NULL;
    return 1;
}

static int view_clone(intptr_t **to, intptr_t *from, libbfio_error_t **error) {
    (void)error;
    *to = from;
    return 1;
}

static int view_open(intptr_t *handle, int access, libbfio_error_t **error) {
    (void)access;
    (void)error;
    view_of(handle)->open = true;
    return 1;
}

static int view_close(intptr_t *handle, libbfio_error_t **error) {
    (void)error;
    view_of(handle)->open = false;
    return 0;
}

static size_t view_fetch(struct view *view, uint64_t at, void *to, size_t size) {
    struct job job;
    job_init(&job, 0);
    uint64_t left = at < view->reader.size ? view->reader.size - at : 0;
    size_t want = size < left ? size : (size_t)left;
    size_t got = reader_read(&view->reader, &job, at, to, want);
    if (job.noted > 0)
        view->failed = job.notes[0].code;
    else if (want < size && view->failed == FAULT_NONE)
        view->failed = FAULT_TORN;
    return got;
}

static ssize_t view_read(intptr_t *handle, uint8_t *to, size_t size, libbfio_error_t **error) {
    struct view *view = view_of(handle);
    size_t done = 0;
    (void)error;
    while (done < size) {
        struct span window = span_of(view->window, view->window_size, view->window_at);
        uint64_t at = view->at + done;
        struct span rest =
            at >= window.offset ? span_from(window, at - window.offset) : span_from(window, window.size);
        size_t n = span_copy(rest, to + done, size - done);
        if (n == 0 && size - done >= WINDOW)
            n = view_fetch(view, at, to + done, size - done);
        else if (n == 0) {
            uint64_t left = at < view->reader.size ? view->reader.size - at : 0;
            view->window_at = at;
            view->window_size =
                left ? view_fetch(view, at, view->window, left < WINDOW ? (size_t)left : WINDOW) : 0;
            if (view->window_size == 0)
                break;
            continue;
        }
        if (n == 0)
            break;
        done += n;
    }
    if (done < size && view->failed == FAULT_NONE)
        view->failed = FAULT_TORN;
    view->at += done;
    return done > 0 || size == 0 ? (ssize_t)done : -1;
}

static off64_t view_seek(intptr_t *handle, off64_t offset, int whence, libbfio_error_t **error) {
    struct view *view = view_of(handle);
    off64_t from = whence == SEEK_CUR   ? (off64_t)view->at
                   : whence == SEEK_END ? (off64_t)view->reader.size
                                        : 0,
            to;
    (void)error;
    if (__builtin_add_overflow(from, offset, &to) || to < 0)
        return -1;
    view->at = (uint64_t)to;
    return to;
}

static int view_exists(intptr_t *handle, libbfio_error_t **error) {
    (void)handle;
    (void)error;
    return 1;
}

static int view_is_open(intptr_t *handle, libbfio_error_t **error) {
    (void)error;
    return view_of(handle)->open;
}

static int view_size(intptr_t *handle, size64_t *size, libbfio_error_t **error) {
    (void)error;
    *size = view_of(handle)->reader.size;
    return 1;
}

bool shadows_suspect(struct evidence_reader *volume) {
    static const uint8_t identifier[16] = {0x6b, 0x87, 0x08, 0x38, 0x76, 0xc1, 0x48, 0x4e,
                                           0xb7, 0xae, 0x04, 0x04, 0x6e, 0x6c, 0xc7, 0x52};
    uint8_t bytes[512];
    struct job quiet;
    job_init(&quiet, 0);
    if (volume->size < IDENTIFIER_AT + sizeof bytes)
        return false;
    size_t got = reader_read(volume, &quiet, IDENTIFIER_AT, bytes, sizeof bytes);
    return span_starts(span_of(bytes, got, IDENTIFIER_AT), identifier, sizeof identifier);
}

/* Errors carry texts of the library, which are not shown. */
static void forget(libvshadow_error_t **error) {
    if (*error)
        libvshadow_error_free(error);
}

static bool fail(struct shadows *shadows, struct job *job, const char *why) {
    enum fault_code code = shadows->view.failed;
    return job_fail(job, code == FAULT_NONE ? FAULT_BAD : code, shadows->view.reader.base + IDENTIFIER_AT,
                    why);
}

static void describe(struct shadows *shadows, size_t number, struct job *job) {
    struct shadows_copy *copy = &shadows->copies[number];
    libvshadow_store_t *store = NULL;
    libvshadow_error_t *error = NULL;
    size64_t size = 0;
    if (libvshadow_volume_get_store(shadows->volume, (int)number, &store, &error) == 1) {
        shadows->stores[number] = store;
        bool good = libvshadow_store_get_creation_time(store, &copy->created, &error) == 1;
        good &=
            libvshadow_store_get_identifier(store, copy->identifier, sizeof copy->identifier, &error) == 1;
        good &= libvshadow_store_get_volume_size(store, &size, &error) == 1;
        copy->size = size < shadows->view.reader.size ? size : shadows->view.reader.size;
        copy->readable = good && size > 0 && libvshadow_store_has_in_volume_data(store, &error) == 1;
    }
    forget(&error);
    if (!copy->readable)
        job_note(job, FAULT_BAD, shadows->view.reader.base + IDENTIFIER_AT, "a shadow copy cannot be read");
}

static bool open_all(struct shadows *shadows, struct job *job) {
    libbfio_error_t *io_error = NULL;
    libvshadow_error_t *error = NULL;
    int count = 0;
    bool good =
        libbfio_handle_initialize(
            &shadows->handle, (intptr_t *)(void *)&shadows->view, view_free, view_clone, view_open,
            view_close, view_read, NULL, view_seek, view_exists, view_is_open, view_size,
            LIBBFIO_FLAG_IO_HANDLE_NON_MANAGED | LIBBFIO_FLAG_IO_HANDLE_CLONE_BY_FUNCTION, &io_error) == 1 &&
        libvshadow_volume_initialize(&shadows->volume, &error) == 1;
    if (io_error)
        libbfio_error_free(&io_error);
    if (!good) {
        forget(&error);
        return job_fail(job, FAULT_LIMIT, 0, "no memory for shadow copies");
    }
    good = libvshadow_volume_open_file_io_handle(shadows->volume, shadows->handle, LIBVSHADOW_OPEN_READ,
                                                 &error) == 1 &&
           libvshadow_volume_get_number_of_stores(shadows->volume, &count, &error) == 1;
    forget(&error);
    if (!good || count < 0)
        return fail(shadows, job, "the list of shadow copies is damaged");
    if (count > SHADOWS_MAX) {
        job_note(job, FAULT_LIMIT, shadows->view.reader.base + IDENTIFIER_AT,
                 "more shadow copies than are read");
        count = SHADOWS_MAX;
    }
    shadows->count = (size_t)count;
    for (size_t i = 0; i < shadows->count; i++)
        describe(shadows, i, job);
    return true;
}

struct shadows *shadows_open(struct job *job, const struct evidence_reader *volume) {
    struct shadows *shadows = calloc(1, sizeof *shadows);
    if (!shadows) {
        job_fail(job, FAULT_LIMIT, 0, "no memory for shadow copies");
        return NULL;
    }
    shadows->view.reader = *volume;
    shadows->view.reader.bytes_read = shadows->view.reader.calls = 0;
    if (!open_all(shadows, job)) {
        shadows_close(shadows);
        return NULL;
    }
    return shadows;
}

void shadows_close(struct shadows *shadows) {
    if (!shadows)
        return;
    for (size_t i = 0; i < shadows->count; i++)
        if (shadows->stores[i])
            libvshadow_store_free(&shadows->stores[i], NULL);
    if (shadows->volume) {
        libvshadow_volume_close(shadows->volume, NULL);
        libvshadow_volume_free(&shadows->volume, NULL);
    }
    if (shadows->handle)
        libbfio_handle_free(&shadows->handle, NULL);
    free(shadows);
}

size_t shadows_count(const struct shadows *shadows) {
    return shadows->count;
}

struct shadows_copy shadows_copy(const struct shadows *shadows, size_t number) {
    return number < shadows->count ? shadows->copies[number] : (struct shadows_copy){0};
}

size_t shadows_read(struct shadows *shadows, size_t number, struct job *job, uint64_t offset, uint64_t noted,
                    void *to, size_t size) {
    libvshadow_error_t *error = NULL;
    const struct shadows_copy *copy = number < shadows->count ? &shadows->copies[number] : NULL;
    uint64_t left = copy && copy->readable && offset < copy->size ? copy->size - offset : 0;
    size_t want = size < left ? size : (size_t)left, done = 0;
    while (done < want) {
        shadows->view.failed = FAULT_NONE;
        ssize_t got = libvshadow_store_read_buffer_at_offset(shadows->stores[number], (uint8_t *)to + done,
                                                             want - done, (off64_t)(offset + done), &error);
        forget(&error);
        if (got <= 0 || (size_t)got > want - done) {
            enum fault_code code = shadows->view.failed;
            job_note(job, code == FAULT_NONE ? FAULT_BAD : code, noted + done,
                     "a shadow copy cannot be read here");
            return done;
        }
        done += (size_t)got;
    }
    if (done < size)
        job_note(job, FAULT_TORN, noted + done, "the shadow copy ends here");
    return done;
}

uint64_t shadows_bytes(const struct shadows *shadows) {
    return shadows->view.reader.bytes_read;
}
