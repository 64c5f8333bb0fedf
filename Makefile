# assay: adding a file edits nothing here.
#
#   make            the program, build/release/assay
#   make check      all tests            make lint       layers, registries, banned calls, lengths, headers
#   make asan       sanitizer build      make fuzz T=pe  one fuzz target (clang), SECONDS=60
#   make bench      figures with peers   make cover      line coverage of the unit tests
#   make install DESTDIR= PREFIX=/usr/local
MODE    ?= release
CC      ?= gcc
PREFIX  ?= /usr/local
DESTDIR ?=
VERSION := 0.1.0

WARN  := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef -Werror
BASE  := -std=c17 -D_GNU_SOURCE -DASSAY_VERSION='"$(VERSION)"' -Isrc -include src/base/banned.h -MMD -MP -g $(WARN)
LIBS  := -lsqlite3 -lcrypto -lseccomp -lm -pthread

FLAGS_release := -O2 -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fPIE
LINK_release  := -pie -Wl,-z,relro,-z,now
FLAGS_asan    := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -DASSAY_UNCONFINED
LINK_asan     := -fsanitize=address,undefined
FLAGS_cover   := -O0 --coverage -DASSAY_UNCONFINED
LINK_cover    := --coverage
FLAGS_fuzz    := -O1 -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all -DASSAY_UNCONFINED
LINK_fuzz     := -fsanitize=address,undefined,fuzzer
ifeq ($(MODE),fuzz)
CC := clang
endif

OUT   := build/$(MODE)
FLAGS  = $(BASE) $(FLAGS_$(MODE)) $(CFLAGS)
LINK   = $(LINK_$(MODE)) $(LDFLAGS)

SOURCES := $(filter-out src/cli/main.c,$(wildcard src/*/*.c))
OBJECTS := $(SOURCES:%.c=$(OUT)/%.o)
UNITS   := $(patsubst test/unit/%.c,$(OUT)/unit/%,$(wildcard test/unit/*.c))
TARGETS := $(patsubst fuzz/%.c,$(OUT)/fuzz/%,$(filter-out fuzz/replay.c,$(wildcard fuzz/*.c)))

all: $(OUT)/assay
$(OUT)/assay: $(OUT)/src/cli/main.o $(OUT)/libassay.a
	$(CC) $(LINK) -o $@ $^ $(LIBS)
$(OUT)/libassay.a: $(OBJECTS)
	rm -f $@ && ar rcs $@ $^
$(OUT)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(FLAGS) -c -o $@ $<

# One program a file in test/unit (cmocka, TAP output) and one replay program a fuzz target.
$(OUT)/unit/%: test/unit/%.c $(wildcard test/unit/*.h) $(OUT)/libassay.a
	@mkdir -p $(@D)
	$(CC) $(FLAGS) -Itest -o $@ $< $(LINK) $(OUT)/libassay.a -lcmocka $(LIBS)
ifeq ($(MODE),fuzz)
$(OUT)/fuzz/%: fuzz/%.c $(OUT)/libassay.a
	@mkdir -p $(@D)
	$(CC) $(FLAGS) -Itest -o $@ $< $(LINK) $(OUT)/libassay.a $(LIBS)
else
$(OUT)/fuzz/%: fuzz/%.c fuzz/replay.c $(OUT)/libassay.a
	@mkdir -p $(@D)
	$(CC) $(FLAGS) -Itest -o $@ $< fuzz/replay.c $(LINK) $(OUT)/libassay.a $(LIBS)
endif

units: $(UNITS)
targets: $(TARGETS)
asan:
	$(MAKE) MODE=asan all units targets

-include $(OBJECTS:.o=.d) $(OUT)/src/cli/main.d $(UNITS:=.d) $(TARGETS:=.d)
.PHONY: all units targets asan check check-full lint fuzz cover bench install clean
