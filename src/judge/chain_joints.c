/* Why the steps of a chain belong together, and where that is read. */
#include "judge/chain_link.h"
#include "judge/chain_story.h"

/* A chain is told forwards: what joins runs from the earlier step to the later. Only who names whom is not
 * turned. */
static struct chain_joint forwards(struct chain_joint joint) {
    size_t from = joint.from;
    if (joint.kind != CHAIN_KIND_NAMES && joint.to < from) {
        joint.from = joint.to;
        joint.to = from;
    }
    return joint;
}

static bool add(struct chain_case *c, struct chain_story *story, struct chain_joint joint) {
    if (c->failed ||
        !chain_room(c, &story->joints, &story->joint_room, story->joint_count, sizeof *story->joints))
        return false;
    story->joints[story->joint_count++] = forwards(joint);
    return true;
}

/* The first step that rests on findings about the thing; story->step_count if it has none. */
static size_t main_step(const struct chain_story *story, uint32_t thing) {
    size_t at = 0;
    while (at < story->step_count &&
           (story->steps[at].thing != thing || story->steps[at].event != CHAIN_NO_EVENT))
        at++;
    return at;
}

/* "C:\x.dll (artifact 7, MFT entry 572-1)" */
static const char *record(struct chain_case *c, uint32_t thing) {
    const struct chain_thing *t = &c->things[thing];
    int64_t artifact = t->artifact ? t->artifact : t->holder;
    if (t->volume && t->record)
        return chain_said(c, "%s (artifact %lld, MFT entry %lld-%lld)", t->name, (long long)artifact,
                          (long long)t->record, (long long)t->sequence);
    return chain_said(c, "%s (artifact %lld)", t->name, (long long)artifact);
}

/* The bytes of a finding that names another file. */
static const char *bytes(struct chain_case *c, const struct chain_edge *edge) {
    const struct chain_thing *t = &c->things[edge->from];
    for (uint32_t i = 0; i < t->founds; i++) {
        const struct chain_found *found = &c->founds[t->found + i];
        if (found->id == edge->finding)
            return found->size ? chain_said(c, ", finding %lld, bytes %llu to %llu", (long long)found->id,
                                            (unsigned long long)found->offset,
                                            (unsigned long long)(found->offset + found->size - 1))
                               : chain_said(c, ", finding %lld", (long long)found->id);
    }
    return "";
}

static const char *hex(struct chain_case *c, uint32_t thing) {
    struct text text = {0};
    text_hex(&text, c->things[thing].sha256, sizeof c->things[thing].sha256);
    const char *kept = chain_keep(c, text_string(&text), text.size);
    text_free(&text);
    return kept ? kept : "";
}

static const char *time_text(struct chain_case *c, const struct chain_edge *edge) {
    struct chain_moment from, to;
    chain_moment(chain_time(c, edge->from), &from);
    chain_moment(chain_time(c, edge->to), &to);
    if (strcmp(edge->text, "after it") == 0)
        return chain_said(
            c,
            "It came after the only way in that is known on this machine, within %d days (%s, then %s, "
            "UTC). Nothing but time and order joins them.",
            CHAIN_DAYS, from.text, to.text);
    return chain_said(c, "They came within an hour of each other (UTC: %s, %s). Nothing but time joins them.",
                      from.text, to.text);
}

/* A product's folder as its system writes it. */
static const char *folder_text(struct chain_case *c, const struct chain_edge *edge) {
    const struct chain_thing *t = &c->things[edge->from];
    char folder[512];
    snprintf(folder, sizeof folder, "%.*s",
             (int)(t->product < sizeof folder ? t->product : sizeof folder - 1), t->folder);
    for (char *at = folder; t->volume && *at; at++)
        *at = *at == '/' ? '\\' : *at;
    folder[text_cut(folder, (int)sizeof folder - 1)] = 0;
    return chain_said(c, "Both lie in the folder of one product, %s.", folder);
}

static const char *edge_text(struct chain_case *c, const struct chain_edge *edge) {
    const char *text = edge->text ? edge->text : "";
    switch (edge->kind) {
    case CHAIN_KIND_NAMES:
        return chain_said(c, "%s is for %s the %s.", c->things[edge->to].file, c->things[edge->from].file,
                          text);
    case CHAIN_KIND_FILE:
        return chain_said(c, "Both have the same bytes, SHA-256 %s.", hex(c, edge->from));
    case CHAIN_KIND_SERVICE:
        return chain_said(c, "Both have to do with the service %s.", text);
    case CHAIN_KIND_STARTED:
        return chain_said(c, "Both are about %s.", text);
    case CHAIN_KIND_PACKAGE:
        return "Both lie in the same package.";
    case CHAIN_KIND_FOLDER:
        return folder_text(c, edge);
    case CHAIN_KIND_SIGNER:
        return "Both are signed with the same certificate, which is not to be trusted.";
    default:
        return time_text(c, edge);
    }
}

static bool of_edge(struct chain_case *c, struct chain_story *story, const struct chain_edge *edge) {
    size_t from = main_step(story, edge->from), to = main_step(story, edge->to);
    if (from == story->step_count || to == story->step_count)
        return true;
    const char *a = record(c, edge->from), *b = record(c, edge->to), *text = edge_text(c, edge);
    const char *where = edge->kind == CHAIN_KIND_NAMES ? bytes(c, edge) : "";
    return add(c, story,
               (struct chain_joint){
                   .from = from,
                   .to = to,
                   .kind = edge->kind,
                   .strength = chain_link_strength(edge->kind),
                   .text = text,
                   .records = chain_said(c, "%s%s; %s", a ? a : "", where ? where : "", b ? b : "")});
}

/* An event belongs to its thing; further stages of a thing to the first one. */
static bool of_step(struct chain_case *c, const struct chain_events *events, struct chain_story *story,
                    size_t at) {
    const struct chain_step *step = &story->steps[at];
    size_t main = main_step(story, step->thing);
    if (main == at || main == story->step_count)
        return true;
    struct chain_joint joint = {.from = main,
                                .to = at,
                                .kind = CHAIN_KIND_FILE,
                                .strength = STRENGTH_STRONG,
                                .text = "Both are about the same file.",
                                .records = record(c, step->thing)};
    if (step->event != CHAIN_NO_EVENT) {
        const struct chain_event *event = &events->list[step->event];
        joint.kind = event->kind;
        joint.strength = chain_link_strength(event->kind);
        joint.text = event->link;
        joint.records = event->records;
    }
    return add(c, story, joint);
}

bool chain_joints(struct chain_case *c, const struct chain_events *events, struct chain_story *story) {
    bool good = true;
    uint32_t root = story->thing_count ? chain_link_root(c->chains, story->things[0]) : CHAIN_NONE;
    for (size_t i = 0; good && i < story->step_count; i++)
        good = of_step(c, events, story, i);
    for (size_t i = 0; good && i < c->edge_count && story->joint_count < 4 * CHAIN_STEPS; i++)
        if (chain_link_root(c->chains, c->edges[i].from) == root)
            good = of_edge(c, story, &c->edges[i]);
    return good && !c->failed;
}
