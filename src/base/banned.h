/* Included before every file of the program (-include). A call that has no safe use here does not compile. */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A fortified C library may define some of them as macros. */
#undef strcpy
#undef strcat
#undef sprintf
#undef vsprintf
#undef strtok
#undef gets
#undef atoi
#undef atol
#undef atof
#undef strncpy
#undef strncat
#pragma GCC poison strcpy strcat sprintf vsprintf strtok gets atoi atol atof strncpy strncat
#pragma GCC poison localtime gmtime ctime asctime mktime strftime strptime
#undef alloca
#pragma GCC poison alloca

#endif
