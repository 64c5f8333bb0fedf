/* dll_names: what the name of a library tells, for judges that ask whether one stands in for another. Names
 * in stored form, whatever the case of letters, with .dll behind them. */
#ifndef JUDGE_DLL_NAMES_H
#define JUDGE_DLL_NAMES_H

#include <stdbool.h>

/* A library that Windows brings and that programs do not bring along: one of that name beside a program is
 * taken in its stead, unless it is a KnownDLL. From the names of libraries that Wine 8.0 implements; not all
 * there are. */
bool dll_names_is_system(const char *name);

/* A library that programs do bring along although Windows may have one, too: the C and C++ run times, MFC,
 * API sets, debugging help, and what games and their mods put there (DirectX, OpenGL, Vulkan). */
bool dll_names_is_app_local(const char *name);

#endif
