/* normal: names as they are the same on many hosts. Without that, every host is rare: its users' names, its
 * identifiers, its versions and its temporary names stand in its paths.
 *
 * Small letters (ASCII), `/` between, and these words in place of what differs from host to host:
 *   <user>     the folder below \Users and \Documents and Settings, but Public, Default, All Users
 *   <sid>      S-1-5-21-... and S-1-12-1-...; the well-known ones stay
 *   <guid>     8-4-4-4-12 hexadecimal digits, with their braces if there are any
 *   <version>  numbers with dots between, such as 18.12.416, where no letter or digit is before them but `v`
 *   <hex>      eight and more hexadecimal digits, with at least one digit among them, not within a word
 *   <temp>     the stem of a name in a folder Temp or Tmp that has a digit, `~` or a known prefix in it
 *   <luid>     the end of per-user services, _3a4f1
 * Everything else stays, so that what differs in meaning stays apart: System32 and SysWOW64, ffmpeg.dll and
 * ffmpeg2.dll, msvcp140.dll and msvcp120.dll. docs/fleet.md lists both kinds. What is written once stays as
 * it is when it is written again. */
#ifndef STORE_NORMAL_H
#define STORE_NORMAL_H

#include "base/text.h"

enum { NORMAL_MAX = 32767 }; /* bytes of a name that are read; the rest is cut */

/* A path in stored form, `/` or `\` between; a drive letter is dropped, as in C:/x. Appends. */
void normal_path(struct text *out, const char *path);

/* A file name without its folder: as in a path, without the rule for temporary names. */
void normal_name(struct text *out, const char *name);

/* The key of a service. */
void normal_service(struct text *out, const char *name);

/* A command line: its texts as paths, with their quotes, drive letters dropped wherever they stand. */
void normal_command(struct text *out, const char *command);

#endif
