#include "judge/judges.h"

#define JUDGE(id) extern const struct judge judge_##id;
#include "judge/judges.def"
#undef JUDGE

static const struct judge *const all[] = {
#define JUDGE(id) &judge_##id,
#include "judge/judges.def"
#undef JUDGE
};

const struct judge *const *judges_all(size_t *count) {
    *count = sizeof all / sizeof all[0];
    return all;
}

const struct judge *judges_find(const char *id) {
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strcmp(all[i]->text.id, id) == 0)
            return all[i];
    return NULL;
}
