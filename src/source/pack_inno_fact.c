#include "source/pack_inno_private.h"
#include "source/pack_inno_text.h"

enum { WRITER, PARTIAL, PRODUCT, RUN, UNINSTALL_RUN, ICON, REGISTRY, END };

static struct span span_of_text(const struct text *text) {
    return span_of(text_string(text), text->size, 0);
}

static void tell(struct pack_inno *inno, const char *kind, struct pack_fact *ret) {
    *ret = (struct pack_fact){kind, span_of_text(&inno->name), span_of_text(&inno->value)};
}

static void add(struct pack_inno *inno, struct span bytes, struct text *ret) {
    if (bytes.size == 0)
        return;
    if (ret->size > 0)
        text_char(ret, ' ');
    pack_inno_text(&inno->setup, bytes, ret);
}

/* --- the header --- */

static bool tell_header(struct pack_inno *inno, struct pack_fact *ret) {
    static const struct {
        enum inno_text text;
        const char *kind, *name;
    } facts[] = {{INNO_TEXT_APP_NAME, "product", "AppName"},
                 {INNO_TEXT_APP_VERSION, "version", "AppVersion"},
                 {INNO_TEXT_PUBLISHER, "publisher", "AppPublisher"},
                 {INNO_TEXT_APP_ID, "product-code", "AppId"},
                 {INNO_TEXT_DEFAULT_FOLDER, "product", "DefaultDirName"}};
    while (inno->fact_next < sizeof facts / sizeof facts[0]) {
        size_t i = inno->fact_next++;
        struct span text = inno->setup.texts[facts[i].text];
        if (text.size == 0)
            continue;
        text_add(&inno->name, facts[i].name);
        add(inno, text, &inno->value);
        tell(inno, facts[i].kind, ret);
        return true;
    }
    return false;
}

/* --- entries --- */

static const char *describe_registry(struct pack_inno *inno, const struct inno_entry *entry) {
    static const char *const roots[] = {"HKCR", "HKCU", "HKLM", "HKU", "HKPD", "HKCC", "HKDD"};
    text_add(&inno->name, entry->root < sizeof roots / sizeof roots[0] ? roots[entry->root] : "HKA");
    add(inno, entry->texts[INNO_REGISTRY_KEY], &inno->name);
    add(inno, entry->texts[INNO_REGISTRY_NAME], &inno->name);
    add(inno, entry->texts[INNO_REGISTRY_DATA], &inno->value);
    return "registry";
}

static const char *describe(struct pack_inno *inno, const struct inno_entry *entry) {
    switch (inno->fact_stage) {
    case RUN:
    case UNINSTALL_RUN:
        text_add(&inno->name, inno->fact_stage == RUN ? "Run" : "UninstallRun");
        add(inno, entry->texts[INNO_RUN_NAME], &inno->value);
        add(inno, entry->texts[INNO_RUN_PARAMETERS], &inno->value);
        return "run";
    case ICON:
        add(inno, entry->texts[INNO_ICON_NAME], &inno->name);
        add(inno, entry->texts[INNO_ICON_TARGET], &inno->value);
        add(inno, entry->texts[INNO_ICON_PARAMETERS], &inno->value);
        return "shortcut";
    default:
        return describe_registry(inno, entry);
    }
}

static bool tell_entry(struct pack_inno *inno, struct pack_fact *ret) {
    static const enum inno_kind kinds[] = {[RUN] = INNO_RUN,
                                           [UNINSTALL_RUN] = INNO_UNINSTALL_RUN,
                                           [ICON] = INNO_ICON,
                                           [REGISTRY] = INNO_REGISTRY};
    struct inno_entry entry;
    if (!inno->walk.setup)
        inno->walk = inno_setup_walk(&inno->setup, kinds[inno->fact_stage]);
    if (!inno_setup_next(&inno->walk, &entry)) {
        inno->walk.setup = NULL;
        return false;
    }
    tell(inno, describe(inno, &entry), ret);
    return true;
}

/* --- all --- */

static bool tell_stage(struct pack_inno *inno, struct pack_fact *ret) {
    switch (inno->fact_stage) {
    case WRITER:
        text_add(&inno->name, "Inno Setup");
        text_add(&inno->value, inno->version.text);
        tell(inno, "writer", ret);
        return inno->fact_next++ == 0 && inno->version.number > 0;
    case PARTIAL:
        text_add(&inno->name, "Inno Setup");
        text_add(&inno->value, inno->refused ? inno->refused : "");
        tell(inno, "partial", ret);
        return inno->fact_next++ == 0 && inno->refused;
    case PRODUCT:
        return !inno->refused && tell_header(inno, ret);
    default:
        return !inno->refused && tell_entry(inno, ret);
    }
}

bool pack_inno_fact(struct pack *pack, struct job *job, struct pack_fact *ret) {
    struct pack_inno *inno = pack->state;
    (void)job;
    while (inno->fact_stage < END) {
        text_clear(&inno->name);
        text_clear(&inno->value);
        if (tell_stage(inno, ret))
            return true;
        inno->fact_stage++;
        inno->fact_next = 0;
    }
    return false;
}
