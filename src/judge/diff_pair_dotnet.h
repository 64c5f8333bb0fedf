/* diff_pair_dotnet: what differs between the metadata of two assemblies of .NET. For diff_pair.c only. */
#ifndef JUDGE_DIFF_PAIR_DOTNET_H
#define JUDGE_DIFF_PAIR_DOTNET_H

#include "judge/diff_pair.h"

/* Changes are added to `pair`; key_changed and same_module of `ret` are set. */
void diff_pair_dotnet(struct job *job, const struct release_assembly *before,
                      const struct release_assembly *after, struct diff_pair *pair, struct diff_traits *ret);

#endif
