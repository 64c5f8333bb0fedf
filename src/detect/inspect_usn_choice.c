#include "detect/inspect_usn_choice.h"

#include "format/ntfs_record.h"
#include "model/listing.h"
#include "model/stamps.h"

/* What the journal has told of a record of the volume. */
enum state {
    MADE = 1,    /* when it was made */
    SET = 2,     /* its times, or other basic information, were set on their own */
    WRITTEN = 4, /* a change of its content at the time that it claims for the last one */
    RENAMED = 8, /* which copies the times that can be set over those that cannot */
    MARKED = 16, /* something that its own record contradicts */
    HAD = 32     /* whatever it was then had a name that another file has got */
};

enum {
    DIRECTORY = 0x10, /* FILE_ATTRIBUTE_DIRECTORY, [MS-FSCC] 2.6 */
    CONTENT = USN_DATA_OVERWRITE | USN_DATA_EXTEND | USN_DATA_TRUNCATION | USN_FILE_CREATE,
    NAMES = USN_RENAME_OLD_NAME | USN_RENAME_NEW_NAME | USN_HARD_LINK_CHANGE
};

enum { PLACES = 8 }; /* of names that are free, for one hash */

bool inspect_usn_choice_open(struct job *job, const struct inspect_volume *volume,
                             struct inspect_usn_choice *ret) {
    if (volume->records > INSPECT_USN_FILES)
        return false;
    *ret = (struct inspect_usn_choice){.volume = volume};
    ret->states = job_alloc(job, (size_t)volume->records, sizeof *ret->states);
    ret->freed = ret->states ? job_alloc(job, INSPECT_USN_FREED, sizeof *ret->freed) : NULL;
    return ret->freed != NULL;
}

/* Is `a` later than `b` by more than what counts as the same time? */
static bool is_later(uint64_t a, uint64_t b) {
    return a > b && a - b > INSPECT_USN_APART;
}

static bool is_apart(uint64_t a, uint64_t b) {
    return is_later(a, b) || is_later(b, a);
}

static bool has_number(const struct inspect_usn_choice *choice, const struct usn_record *record) {
    return record->file.high == 0 && NTFS_REFERENCE(record->file.low) < choice->volume->records;
}

/* Sequence numbers count from 1 to 65535 and begin again; deleting a file counts on. */
static bool is_of(const struct inspect_stamps *stamps, uint16_t sequence) {
    return sequence == stamps->sequence ||
           (stamps->deleted && (sequence == (uint16_t)(stamps->sequence - 1) ||
                                (stamps->sequence == 1 && sequence == UINT16_MAX)));
}

/* The file that the record tells of, if the volume still knows it and its times. */
static bool find(const struct inspect_usn_choice *choice, const struct usn_record *record,
                 struct inspect_stamps *ret) {
    return has_number(choice, record) &&
           choice->volume->stamps(choice->volume->context, NTFS_REFERENCE(record->file.low), ret) &&
           is_of(ret, (uint16_t)(record->file.low >> 48)) && ret->si;
}

static bool is_irregular(const struct inspect_stamps *stamps) {
    return stamps->fn && stamps_irregular(stamps->si, stamps->fn);
}

/* --- names that become free --- */

static uint64_t mix(uint64_t hash, uint8_t byte) { /* FNV-1a */
    return (hash ^ byte) * UINT64_C(0x100000001b3);
}

/* A name in its folder; ASCII letters in any case, as NTFS compares. */
static uint64_t hash_name(const struct usn_record *record) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (int i = 0; i < 64; i += 8)
        hash = mix(hash, (uint8_t)(record->parent.low >> i));
    struct cursor c = cursor_of(record->name);
    for (size_t i = 0; i < record->name.size / 2; i++) {
        uint16_t unit = cursor_u16(&c);
        if (unit >= 'a' && unit <= 'z')
            unit = (uint16_t)(unit - 'a' + 'A');
        if (unit >= 0x80) /* these have a case, too: which one it is does not matter */
            unit = 0x80;
        hash = mix(mix(hash, (uint8_t)unit), (uint8_t)(unit >> 8));
    }
    return hash;
}

/* A few places for each hash: two names that are given up in the same second may share it. */
static struct inspect_usn_freed *places_of(const struct inspect_usn_choice *choice, uint64_t hash) {
    return &choice->freed[(hash ^ hash >> 32) % (INSPECT_USN_FREED / PLACES) * PLACES];
}

static void free_name(struct inspect_usn_choice *choice, const struct usn_record *record) {
    uint64_t hash = hash_name(record);
    struct inspect_usn_freed *places = places_of(choice, hash), *place = places;
    for (size_t i = 0; i < PLACES; i++) {
        if (!places[i].used || places[i].hash == hash) {
            place = &places[i];
            break;
        }
        if (places[i].time < place->time)
            place = &places[i];
    }
    *place = (struct inspect_usn_freed){hash, record->time, (uint32_t)NTFS_REFERENCE(record->file.low), true};
}

/* Who had the name that this file has just got? */
static void take_name(struct inspect_usn_choice *choice, const struct usn_record *record) {
    uint64_t hash = hash_name(record);
    const struct inspect_usn_freed *places = places_of(choice, hash);
    for (size_t i = 0; i < PLACES; i++)
        if (places[i].used && places[i].hash == hash && /* a clock may be set back in between */
            (record->time < places[i].time || record->time - places[i].time <= INSPECT_USN_TUNNEL))
            choice->states[places[i].record] |= HAD;
}

/* --- the first reading --- */

static void see_file(uint8_t *state, const struct usn_record *record, const struct inspect_stamps *stamps) {
    const uint64_t *si = stamps->si;
    uint32_t reason = record->reason;
    if (reason & USN_FILE_CREATE && !(*state & MADE)) {
        *state |= MADE;
        if (is_apart(record->time, si[LISTING_CREATED]))
            *state |= MARKED;
    }
    if (reason & CONTENT && !is_apart(record->time, si[LISTING_MODIFIED]))
        *state |= WRITTEN;
    if (reason & NAMES)
        *state |= RENAMED;
    /* The reasons of a session add up, so these are all that it has done so far. */
    if ((reason & ~USN_CLOSE) == USN_BASIC_INFO_CHANGE) {
        *state |= SET;
        if (is_later(record->time, si[LISTING_CHANGED]))
            *state |= MARKED;
    }
}

void inspect_usn_choice_see(struct inspect_usn_choice *choice, const struct usn_record *record) {
    struct inspect_stamps stamps;
    if (record->major == 4 || !has_number(choice, record))
        return;
    if (find(choice, record, &stamps)) {
        uint8_t *state = &choice->states[NTFS_REFERENCE(record->file.low)];
        see_file(state, record, &stamps);
        if (record->reason & (USN_FILE_CREATE | USN_RENAME_NEW_NAME) &&
            (*state & MARKED || is_irregular(&stamps)) && is_later(record->time, stamps.si[LISTING_CREATED]))
            take_name(choice, record);
    }
    if (record->reason & (USN_FILE_DELETE | USN_HARD_LINK_CHANGE) ||
        (record->reason & (USN_RENAME_OLD_NAME | USN_RENAME_NEW_NAME)) == USN_RENAME_OLD_NAME)
        free_name(choice, record);
}

void inspect_usn_choice_settle(struct inspect_usn_choice *choice, uint64_t from, uint64_t to) {
    choice->from = from;
    choice->to = to;
}

/* --- the second --- */

/* Does it claim to have been made while the journal was kept, which does not know of it? */
static bool was_made_unseen(const struct inspect_usn_choice *choice, unsigned state, uint64_t created) {
    return !(state & MADE) && is_later(created, choice->from) && is_later(choice->to, created);
}

/* What was set on its own may have been attributes; then the times are older than the journal, or as it says
 * that the content was changed. */
static bool was_set(const struct inspect_usn_choice *choice, unsigned state, const uint64_t si[4]) {
    bool old =
        !(state & RENAMED) && si[LISTING_CREATED] < choice->from && si[LISTING_MODIFIED] < choice->from;
    return state & SET && !(state & WRITTEN) && !old;
}

/* Drivers that are loaded and deleted at once leave nothing else on the volume. */
static bool is_driver(const struct usn_record *record) {
    static const char end[] = ".sys";
    if (record->name.size < 8)
        return false;
    struct cursor c = cursor_of(span_from(record->name, record->name.size / 2 * 2 - 8));
    for (size_t i = 0; i < 4; i++) {
        uint16_t unit = cursor_u16(&c);
        if (unit != (unsigned char)end[i] && (i == 0 || (unit | 0x20) != (unsigned char)end[i]))
            return false;
    }
    return true;
}

bool inspect_usn_choice_takes(const struct inspect_usn_choice *choice, const struct usn_record *record) {
    const struct inspect_volume *volume = choice->volume;
    struct inspect_stamps stamps;
    if (record->attributes & DIRECTORY || !has_number(choice, record) || is_driver(record))
        return true;
    uint64_t number = NTFS_REFERENCE(record->file.low);
    unsigned state = choice->states[number];
    if (state & HAD || (volume->wanted && volume->wanted(volume->context, number)))
        return true;
    return find(choice, record, &stamps) &&
           (state & MARKED || is_irregular(&stamps) ||
            was_made_unseen(choice, state, stamps.si[LISTING_CREATED]) || was_set(choice, state, stamps.si));
}
