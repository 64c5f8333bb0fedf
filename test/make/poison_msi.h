/* A small installer database that says what it installs and runs, and installs nothing: there is no content
 * in it. */
#ifndef TEST_MAKE_POISON_MSI_H
#define TEST_MAKE_POISON_MSI_H

#include "make/authenticode_fixture.h"
#include "make/msi_made.h"

/* The class of installer databases, in the root's entry. */
static inline void poison_msi_class(const struct fixture *f) {
    static const uint8_t root[] = "R\0o\0o\0t\0 \0E\0n\0t\0r\0y";
    static const uint8_t class[] = {0x84, 0x10, 0x0c, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46};
    for (size_t at = 512; at + 128 <= f->size; at += 128)
        if (memcmp(f->data + at, root, sizeof root) == 0)
            memcpy(f->data + at + 80, class, sizeof class);
}

/* `version` is the product's. `command`: the target of a further custom action, that runs a program of an
 * installed folder with the rights of the system; NULL: none. */
static inline struct fixture poison_msi(const char *version, const char *command) {
    static struct msi_made made;
    static const char *const property[] = {"sProperty", "sValue"};
    const char *const properties[] = {"ProductName", "Program",      "ProductVersion",
                                      version,       "Manufacturer", "Example Corporation"};
    static const char *const directory[] = {"sDirectory", "sDirectory_Parent", "sDefaultDir"};
    static const char *const directories[] = {"TARGETDIR", NULL, "SourceDir", "APP", "TARGETDIR", "Program"};
    static const char *const action[] = {"sAction", "iType", "sSource", "sTarget"};
    const char *const actions[] = {"SetFolder", "51",   "APPFOLDER", "[APP]",
                                   "Prepare",   "3106", "APP",       command};
    static const char *const sequence[] = {"sAction", "sCondition", "iSequence"};
    static const char *const sequences[] = {"SetFolder", NULL,      "500",           "InstallFiles", NULL,
                                            "4000",      "Prepare", "NOT Installed", "4001"};
    made = (struct msi_made){.code_page = 1252};
    msi_made_table(&made, "Property", property, 2, properties, 3);
    msi_made_table(&made, "Directory", directory, 3, directories, 2);
    msi_made_table(&made, "CustomAction", action, 4, actions, command ? 2 : 1);
    msi_made_table(&made, "InstallExecuteSequence", sequence, 3, sequences, command ? 3 : 2);
    msi_made_write(&made);
    struct fixture f = {made.file.bytes, made.file.size};
    poison_msi_class(&f);
    return f;
}

#endif
