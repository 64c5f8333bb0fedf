/* defender_exclusion: how much of what malware needs an exclusion of Windows Defender takes away. */
#ifndef JUDGE_DEFENDER_EXCLUSION_H
#define JUDGE_DEFENDER_EXCLUSION_H

#include <stdbool.h>

/* `what` as event 5007 has it, also of the registry: "...\Exclusions\Paths\C:\Temp = 0x0". True of whole
 * drives and profiles, of where anybody writes, and of kinds of files. False of folders of sources, of
 * compilers and the like by name, of Docker's folder, and of kinds of files of databases and virtual
 * machines. */
bool defender_exclusion_is_broad(const char *what);

#endif
