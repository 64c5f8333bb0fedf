#include "format/task_file.h"

#include "base/salt.h"
#include "base/text.h"

#include <expat.h>

#define NAMESPACE "http://schemas.microsoft.com/windows/2004/02/mit/task"

/* Depths: Task, its sections, what stands in a section, and what in that. */
enum { TASK = 1, SECTION, ENTRY, FIELD, NAME = 64, SNIFFED = 1024 };

struct reader {
    struct job *job;
    struct task_file *file;
    XML_Parser parser;
    size_t depth, triggers;
    char section[NAME], entry[NAME], field[NAME]; /* the elements in hand */
    struct text value, words;
    size_t principals;
    bool stopped, memory, cut; /* cut: the text in hand */
    bool own;                  /* own: the element in hand is of the namespace of tasks */
};

static uint64_t place(const struct reader *r) {
    XML_Index at = XML_GetCurrentByteIndex(r->parser);
    return at > 0 ? (uint64_t)at : 0;
}

static void note(struct reader *r, enum fault_code code, const char *why) {
    job_note(r->job, code, place(r), why);
    r->file->complete = false;
}

static void stop(struct reader *r, enum fault_code code, const char *why) {
    if (!r->stopped)
        note(r, code, why);
    r->stopped = true;
    XML_StopParser(r->parser, XML_FALSE);
}

static const char *keep(struct reader *r, const struct text *text) {
    char *copy = job_alloc(r->job, text->size + 1, 1);
    if (!copy || text->full) {
        r->memory = false;
        stop(r, FAULT_LIMIT, "a task that needs more memory than it may");
        return "";
    }
    span_copy(span_of(text_string(text), text->size, 0), copy, text->size);
    return copy;
}

static bool is(const char *word, const char *name) {
    return strcmp(word, name) == 0;
}

/* --- elements --- */

static void set_name(char to[NAME], const char *name) {
    to[span_copy(span_of(name, strlen(name), 0), to, NAME - 1)] = 0;
}

/* The name of an element of the namespace of tasks; "" if it is of another. */
static const char *local(const char *name) {
    static const char space[] = NAMESPACE "\n";
    return strncmp(name, space, sizeof space - 1) == 0 ? name + sizeof space - 1 : "";
}

static void add_trigger(struct reader *r, const char *name) {
    size_t size = strlen(name), ending = strlen("Trigger");
    if (size > ending && is(name + size - ending, "Trigger"))
        size -= ending;
    if (r->triggers++ == TASK_FILE_TRIGGERS)
        note(r, FAULT_LIMIT, "a task with more triggers than are told");
    if (r->triggers > TASK_FILE_TRIGGERS)
        return;
    if (r->words.size > 0)
        text_char(&r->words, ' ');
    text_bytes(&r->words, name, size < NAME ? size : NAME);
}

static void add_action(struct reader *r, const char *name) {
    static const char *const kinds[] = {"Exec", "ComHandler", "SendEmail", "ShowMessage"};
    for (unsigned kind = 0; kind < sizeof kinds / sizeof kinds[0]; kind++) {
        if (!is(name, kinds[kind]))
            continue;
        if (r->file->count == TASK_ACTIONS) {
            stop(r, FAULT_LIMIT, "a task with more actions than Windows allows");
            return;
        }
        r->file->actions[r->file->count++] = (struct task_file_action){.kind = (enum task_kind)kind,
                                                                       .command = "",
                                                                       .arguments = "",
                                                                       .folder = "",
                                                                       .class_id = "",
                                                                       .data = ""};
        return;
    }
    note(r, FAULT_BAD, "a task with an action that nobody knows");
}

static void start_entry(struct reader *r, const char *name) {
    set_name(r->entry, name);
    if (is(r->section, "Triggers"))
        add_trigger(r, name);
    else if (is(r->section, "Actions"))
        add_action(r, name);
    else if (is(r->section, "Principals"))
        r->principals++;
}

static void XMLCALL on_start(void *context, const char *name, const char **attributes) {
    struct reader *r = context;
    const char *word = local(name);
    (void)attributes;
    if (r->stopped)
        return;
    r->own = *word != 0;
    r->cut = false;
    if (++r->depth > TASK_FILE_DEPTH)
        stop(r, FAULT_BAD, "a task whose elements are nested too deeply");
    else if (r->depth == TASK && !is(word, "Task"))
        stop(r, FAULT_BAD, "this is no task");
    else if (r->depth == SECTION)
        set_name(r->section, word);
    else if (r->depth == ENTRY)
        start_entry(r, word);
    else if (r->depth == FIELD)
        set_name(r->field, word);
    text_clear(&r->value);
}

static void XMLCALL on_text(void *context, const char *text, int size) {
    struct reader *r = context;
    size_t room = TASK_FILE_TEXT - r->value.size, length = (size_t)size;
    if (r->stopped || !r->own || r->depth < ENTRY)
        return;
    if (length > room) {
        char part[TASK_FILE_TEXT + 1];
        length = span_copy(span_of(text, length, 0), part, room);
        part[length] = 0;
        length = room > 0 ? (size_t)text_cut(part, (int)room) : 0;
        if (!r->cut)
            note(r, FAULT_LIMIT, "a task with a longer text than is kept");
        r->cut = true;
    }
    text_bytes(&r->value, text, length);
}

/* --- what stands in them --- */

static bool is_set(struct reader *r, bool otherwise) {
    struct text *value = &r->value;
    while (value->size > 0 && strchr(" \t\r\n", value->data[value->size - 1]))
        value->data[--value->size] = 0;
    const char *text = text_string(value);
    text += strspn(text, " \t\r\n");
    if (is(text, "true") || is(text, "1"))
        return true;
    return is(text, "false") || is(text, "0") ? false : otherwise;
}

struct target {
    const char *name, **to;
};

static void take(struct reader *r, const char *name, const struct target *targets, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (is(name, targets[i].name) && !(*targets[i].to)[0])
            *targets[i].to = keep(r, &r->value);
}

#define TAKE(name, targets) take(r, name, targets, sizeof targets / sizeof targets[0])

static void end_entry(struct reader *r) {
    struct task_file *file = r->file;
    const struct target targets[] = {
        {"URI", &file->uri}, {"Author", &file->author}, {"Source", &file->source}, {"Date", &file->date}};
    if (is(r->section, "RegistrationInfo"))
        TAKE(r->entry, targets);
    else if (is(r->section, "Settings") && is(r->entry, "Hidden"))
        file->hidden = is_set(r, false);
    else if (is(r->section, "Settings") && is(r->entry, "Enabled"))
        file->enabled = is_set(r, true);
}

static void end_field(struct reader *r) {
    struct task_file *file = r->file;
    const struct target principal[] = {{"UserId", &file->user},
                                       {"GroupId", &file->group},
                                       {"RunLevel", &file->run_level},
                                       {"LogonType", &file->logon_type}};
    if (is(r->section, "Principals") && r->principals == 1)
        TAKE(r->field, principal);
    if (!is(r->section, "Actions") || file->count == 0)
        return;
    struct task_file_action *action = &file->actions[file->count - 1];
    const struct target run[] = {{"Command", &action->command},
                                 {"Arguments", &action->arguments},
                                 {"WorkingDirectory", &action->folder}};
    const struct target com[] = {{"ClassId", &action->class_id}, {"Data", &action->data}};
    if (is(r->entry, "Exec") && action->kind == TASK_RUN)
        TAKE(r->field, run);
    else if (is(r->entry, "ComHandler") && action->kind == TASK_COM)
        TAKE(r->field, com);
}

static void XMLCALL on_end(void *context, const char *name) {
    struct reader *r = context;
    if (r->stopped)
        return;
    size_t depth = r->depth--;
    if (local(name)[0] && depth == ENTRY)
        end_entry(r);
    else if (local(name)[0] && depth == FIELD)
        end_field(r);
    text_clear(&r->value);
}

static void XMLCALL on_doctype(void *context, const char *name, const char *system, const char *public,
                               int internal) {
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    stop(context, FAULT_BAD, "a task with a document type declaration");
}

/* --- all --- */

/* Asked of every file: only what begins like XML is searched. */
bool task_file_sniff(struct span head) {
    static const char wanted[] = NAMESPACE;
    bool wide = span_starts(head, "\xff\xfe<", 4); /* and the NUL of this text */
    struct span text = span_starts(head, "\xef\xbb\xbf", 3) ? span_from(head, 3) : head;
    size_t step = wide ? 2 : 1, size = sizeof wanted - 1;
    if (!wide && !span_starts(text, "<", 1))
        return false;
    text = span_clip(text, wide ? 2 : 0, SNIFFED * step);
    for (size_t at = 0; span_holds(text, at, size * step); at += step) {
        size_t i = 0;
        while (i < size && text.data[at + i * step] == (uint8_t)wanted[i] &&
               (!wide || text.data[at + i * step + 1] == 0))
            i++;
        if (i == size)
            return true;
    }
    return false;
}

static bool parse(struct reader *r, struct span bytes) {
    r->parser = XML_ParserCreateNS(NULL, '\n');
    if (!r->parser)
        return job_fail(r->job, FAULT_LIMIT, bytes.offset, "no memory for a task");
    (void)XML_SetHashSalt(r->parser, salt_of_process());
    XML_SetUserData(r->parser, r);
    XML_SetElementHandler(r->parser, on_start, on_end);
    XML_SetCharacterDataHandler(r->parser, on_text);
    XML_SetStartDoctypeDeclHandler(r->parser, on_doctype);
    if (XML_Parse(r->parser, (const char *)bytes.data, (int)bytes.size, XML_TRUE) != XML_STATUS_OK &&
        !r->stopped)
        stop(r, FAULT_BAD, "a task that is not well-formed");
    if (r->words.size > 0)
        r->file->triggers = keep(r, &r->words);
    XML_ParserFree(r->parser);
    return r->memory;
}

bool task_file_decode(struct job *job, struct span bytes, struct task_file *ret) {
    struct reader r = {.job = job, .file = ret, .memory = true};
    *ret = (struct task_file){.uri = "",
                              .author = "",
                              .source = "",
                              .date = "",
                              .user = "",
                              .group = "",
                              .run_level = "",
                              .logon_type = "",
                              .triggers = "",
                              .enabled = true,
                              .complete = true};
    if (bytes.size > TASK_FILE_SIZE) {
        ret->complete = false;
        job_note(job, FAULT_LIMIT, bytes.offset, "a task that is larger than is read");
        return true;
    }
    bool good = parse(&r, bytes);
    text_free(&r.value);
    text_free(&r.words);
    return good;
}
