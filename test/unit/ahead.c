/* Pages that are kept and pages that a process makes: nothing is given for another state, a process that dies
 * or talks nonsense costs nothing but its pages, what is kept is bounded. */
#include "cli/ahead.h"

#include "base/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static const struct ahead_state state = {3, 7, 11};

static int file_of(const char *words) {
    int file = memfd_create("test", MFD_CLOEXEC);
    assert_true(file >= 0 && write(file, words, strlen(words)) == (ssize_t)strlen(words));
    return file;
}

static void keep(struct ahead *ahead, const char *key, const struct ahead_state *of, const char *words) {
    int file = file_of(words);
    ahead_keep(ahead, key, of, file);
    close(file);
}

/* "" for none. */
static const char *found(struct ahead *ahead, const char *key, const struct ahead_state *of) {
    static char words[256];
    int file = ahead_find(ahead, key, of);
    ssize_t got = file >= 0 ? pread(file, words, sizeof words - 1, 0) : 0;
    assert_true(got >= 0);
    words[got] = 0;
    if (file >= 0)
        close(file);
    return words;
}

/* Waits until there is such a page; "" if there is none after ten seconds. */
static const char *comes(struct ahead *ahead, const char *key) {
    const char *words = "";
    for (int i = 0; i < 1000 && !words[0]; i++) {
        words = found(ahead, key, &state);
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    return words;
}

/* --- processes that are no good --- */

static void dies(int socket) {
    (void)socket;
    _exit(1);
}

static void babbles(int socket) {
    static uint8_t buffer[WIRE_MAX + 8];
    struct wire_message message;
    int files[2] = {file_of("one"), file_of("two")};
    if (wire_receive(socket, buffer, &message, true) != WIRE_OK)
        _exit(1);
    for (uint32_t type = 0; type < 8; type++) /* short, and with more files than it may have */
        (void)!wire_send(socket, type, span_of("abc", 3, 0), files, 2, true);
    pause();
    _exit(0);
}

static void is_of_no_use(void (*work)(int)) {
    struct ahead *ahead = ahead_start(work);
    assert_non_null(ahead);
    keep(ahead, "mine", &state, "kept");
    ahead_begin(ahead, "somewhere", false);
    for (int i = 0; i < 20; i++) {
        assert_string_equal(found(ahead, "other", &state), "");
        assert_string_equal(found(ahead, "mine", &state), "kept");
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    ahead_begin(ahead, "somewhere", false);
    ahead_stop(ahead);
}

static void no_good(void **unused) {
    (void)unused;
    is_of_no_use(dies);
    is_of_no_use(babbles);
    ahead_stop(NULL);
}

/* --- what is kept --- */

static void of_another_state(void **unused) {
    (void)unused;
    struct ahead *ahead = ahead_start(dies);
    struct ahead_state other = state;
    keep(ahead, "page", &state, "words");
    assert_string_equal(found(ahead, "page", &state), "words");
    assert_string_equal(found(ahead, "pag", &state), "");
    for (int i = 0; i < 3; i++) {
        other = state;
        *(i == 0 ? &other.hosts : i == 1 ? &other.newest : &other.sum) += 1;
        assert_string_equal(found(ahead, "page", &other), "");
    }
    keep(ahead, "page", &other, "new");
    assert_string_equal(found(ahead, "page", &other), "new");
    assert_string_equal(found(ahead, "page", &state), "");
    ahead_stop(ahead);
}

static void bounded(void **unused) {
    (void)unused;
    char key[AHEAD_KEY + 2];
    struct ahead *ahead = ahead_start(dies);
    for (int i = 0; i <= AHEAD_PAGES; i++) { /* the one that was not used for the longest time goes */
        snprintf(key, sizeof key, "page %d", i);
        keep(ahead, key, &state, key);
        assert_string_equal(found(ahead, "page 0", &state), "page 0");
    }
    assert_string_equal(found(ahead, "page 1", &state), "");
    assert_string_equal(found(ahead, key, &state), key);
    memset(key, 'k', AHEAD_KEY);
    key[AHEAD_KEY] = 0;
    keep(ahead, key, &state, "long");
    assert_string_equal(found(ahead, key, &state), "");
    int large = file_of("large");
    for (int i = 0; i < 6; i++) {
        snprintf(key, sizeof key, "large %d", i);
        assert_int_equal(ftruncate(large, AHEAD_BYTES / 4 + (i == 5)), 0);
        ahead_keep(ahead, key, &state, large);
    }
    close(large);
    assert_string_equal(found(ahead, "large 5", &state), ""); /* more than its share */
    assert_string_equal(found(ahead, "large 0", &state), ""); /* four fill all */
    assert_string_equal(found(ahead, "large 4", &state), "large");
    assert_string_equal(found(ahead, "page 0", &state), "");
    ahead_stop(ahead);
}

/* --- a process that works --- */

static void make(const char *where, bool cases, ahead_tell *tell, void *context) {
    char words[64];
    for (int i = 0; i < 40; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", i);
        snprintf(words, sizeof words, "%s %d %d", where, cases, i);
        int file = file_of(words);
        tell(context, key, &state, file);
        close(file);
    }
}

static void works(int socket) {
    ahead_work(socket, make);
}

static void made_ahead(void **unused) {
    (void)unused;
    struct ahead *ahead = ahead_start(works);
    assert_string_equal(found(ahead, "39", &state), ""); /* nobody has told it */
    ahead_begin(ahead, "here", true);
    assert_string_equal(comes(ahead, "39"), "here 1 39");
    assert_string_equal(found(ahead, "0", &state), "here 1 0");
    struct ahead_state other = {0};
    assert_string_equal(found(ahead, "0", &other), "");
    ahead_stop(ahead);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_good), cmocka_unit_test(of_another_state),
                                       cmocka_unit_test(bounded), cmocka_unit_test(made_ahead)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
