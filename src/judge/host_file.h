/* host_file: what matters of a file that something starts: where it lies, and whom Windows would take it
 * from. For judges of services and autostarts. */
#ifndef JUDGE_HOST_FILE_H
#define JUDGE_HOST_FILE_H

#include "base/db.h"
#include "base/filetime.h"
#include "judge/saying.h"

/* Places by who can write there, of normal paths (judge/host_path.h). */
enum host_place {
    HOST_PLACE_UNKNOWN,  /* a bare name, or nothing */
    HOST_PLACE_SYSTEM,   /* the Windows folder */
    HOST_PLACE_DRIVERS,  /* System32\drivers and the driver store */
    HOST_PLACE_PROGRAMS, /* Program Files, and the folder of Defender below ProgramData */
    HOST_PLACE_VENDOR,   /* a folder below ProgramData, or below a user's AppData: many products live there */
    HOST_PLACE_OTHER,    /* another folder, another volume */
    HOST_PLACE_OPEN      /* where anybody writes and nothing is installed: Temp, Downloads, Public ... */
};
enum host_place host_place_of(const char *normal);
const char *host_place_word(enum host_place place);

/* What table trust says. Expired, weak and the like are neither good nor bad. */
enum host_trust { HOST_TRUST_UNKNOWN, HOST_TRUST_GOOD, HOST_TRUST_BAD };
enum host_trust host_trust_of(const char *state); /* NULL or "": unknown */

/* Is it the publisher's name that Windows' own files are signed with? */
bool host_is_microsoft(const char *signer);

/* Has a file, by its normal path, the name of a program that Windows itself runs and intruders like to borrow
 * (svchost.exe, lsass.exe ...), and lies where Windows has none? */
bool host_is_masked(const char *normal);

/* The part of a path behind the last slash. */
const char *host_file_name(const char *path);

/* A FILETIME as a detail's value, "" for 0. */
struct host_moment {
    char text[FILETIME_TEXT];
};
void host_moment(int64_t time, struct host_moment *ret);

/* The distance of two FILETIMEs in seconds; very far if one is 0. */
uint64_t host_apart(int64_t a, int64_t b);

enum { HOST_TOGETHER = 3600 /* seconds within which a key and its file count as made together */ };

#endif
