# assay: adding a file edits nothing here.
#
#   make            the program, build/release/assay
#   make check      all tests            make lint       layers, registries, banned calls, lengths, headers
#   make asan       sanitizer build      make fuzz T=pe  one fuzz target (clang), SECONDS=60; all in turn without T
#   make bench      figures with peers   make cover      line coverage of the unit tests
#   make install DESTDIR= PREFIX=/usr/local               CC=clang and MODE=asan work with every target
MODE    ?= release
PREFIX  ?= /usr/local
DESTDIR ?=
VERSION := 0.1.0

WARN  := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef -Werror
BASE  := -std=c17 -D_GNU_SOURCE -DASSAY_VERSION='"$(VERSION)"' -Isrc -include src/base/banned.h -MMD -MP -g $(WARN)
LIBS  := -lcurl -lmicrohttpd -lmaxminddb -lyaml -lyara -lvshadow -lbfio -lsqlite3 -lcrypto -lexpat -lseccomp -lz -llzma -lzstd -lbz2 -lm -pthread

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
else ifeq ($(origin CC),default)
CC := gcc
endif
# The same warnings for the floors of bench/, as fast as this machine allows.
FLAGS_bench   := -O3 -march=native

# A second compiler builds beside the first: build/release-clang.
OUT   := build/$(MODE)$(if $(filter fuzz,$(MODE)),,$(if $(findstring clang,$(CC)),-clang))
FLAGS  = $(BASE) $(FLAGS_$(MODE)) $(CFLAGS)
LINK   = $(LINK_$(MODE)) $(LDFLAGS)

SOURCES := $(filter-out src/cli/main.c,$(wildcard src/*/*.c))
OBJECTS := $(SOURCES:%.c=$(OUT)/%.o)
UNITS   := $(patsubst test/unit/%.c,$(OUT)/unit/%,$(wildcard test/unit/*.c))
TARGETS := $(patsubst fuzz/%.c,$(OUT)/fuzz/%,$(filter-out fuzz/replay.c,$(wildcard fuzz/*.c)))
MAKES   := $(patsubst test/make/%.c,$(OUT)/make/%,$(shell grep -l '^int main' test/make/*.c 2>/dev/null))
BENCHES := $(patsubst bench/%.c,build/bench/%,$(wildcard bench/*.c))
T       ?=
SECONDS ?= 60

all: $(OUT)/assay
$(OUT)/assay: $(OUT)/src/cli/main.o $(OUT)/libassay.a
	$(CC) $(LINK) -o $@ $^ $(LIBS)
$(OUT)/libassay.a: $(OBJECTS)
	rm -f $@ && ar rcs $@ $^
# What every page of a report carries is part of this object. D3 is fetched once (tools/page_library says how and why).
$(OUT)/src/report/page.o: $(wildcard src/report/page/*) build/page/d3.min.js
build/page/d3.min.js: | tools/page_library
	@mkdir -p $(@D)
	tools/page_library $@
$(OUT)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(FLAGS) -c -o $@ $<

# One program a file in test/unit (cmocka, TAP output) and one replay program a fuzz target.
$(OUT)/unit/%: test/unit/%.c $(OUT)/libassay.a
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

# Libraries to be preloaded by tests: a disk with bad places of any file; a clock that stands still.
$(OUT)/make/%.so: test/make/%.c
	@mkdir -p $(@D)
	$(CC) $(BASE) -O2 -fPIC -shared -o $@ $<

# Makers of test evidence; those named mk* link libntfs-3g (GPL, never shipped), one speaks TLS. Floors of the benchmarks.
$(OUT)/make/tls_front: MORE = -lssl
$(OUT)/make/mk%: MORE = $(shell pkg-config --cflags --libs libntfs-3g)
$(OUT)/make/%: test/make/%.c $(OUT)/libassay.a
	@mkdir -p $(@D)
	$(CC) $(FLAGS) -Itest -o $@ $< $(LINK) $(OUT)/libassay.a $(LIBS) $(MORE)
build/bench/%: bench/%.c
	@mkdir -p $(@D)
	$(CC) $(BASE) $(FLAGS_bench) -o $@ $< -lcrypto -pthread

units: $(UNITS)
targets: $(TARGETS)
makes: $(MAKES) $(OUT)/make/eio.so $(OUT)/make/fixed_clock.so
asan:
	$(MAKE) MODE=asan all units targets
check:
	tools/tap
check-full:
	tools/tap --full
lint: all
	tools/tap --lint
fuzz:
	$(MAKE) MODE=fuzz $(if $(T),build/fuzz/fuzz/$(T),targets)
	tools/fuzz $(SECONDS) $(T)
cover:
	$(MAKE) MODE=cover units
	tools/cover
bench: $(BENCHES)
	$(MAKE) all makes
	bench/pe
	bench/trust
	bench/mft
	bench/ntfs
	bench/unpack
	bench/regf
	bench/time_scale
	bench/time
	bench/evtx
	bench/yara
	bench/diff
	bench/fleet
	bench/fleet_add
	bench/fleet_singled
	bench/report
	bench/serve
install: all
	install -D -m 755 $(OUT)/assay $(DESTDIR)$(PREFIX)/bin/assay
	install -D -m 644 docs/assay.1 $(DESTDIR)$(PREFIX)/share/man/man1/assay.1
	cd intel && find . -type f -exec install -D -m 644 {} $(DESTDIR)$(PREFIX)/share/assay/intel/{} \;
	install -D -m 644 packaging/assay.bash-completion $(DESTDIR)$(PREFIX)/share/bash-completion/completions/assay
clean:
	rm -rf build

-include $(OBJECTS:.o=.d) $(OUT)/src/cli/main.d $(UNITS:=.d) $(TARGETS:=.d) $(MAKES:=.d) $(BENCHES:=.d)
.PHONY: all units targets makes asan check check-full lint fuzz cover bench install clean
