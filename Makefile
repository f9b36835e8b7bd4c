# cutout. The two commands: `make run` and `make test`. `make help` lists all.

# See tools/node.sh.
export PATH := $(CURDIR)/build/node/bin:$(PATH)

SAN ?=
CLANG ?=
BUILD ?= build$(if $(SAN),/$(SAN))$(if $(CLANG),/clang)
ifneq ($(CLANG),)
CC := clang-19
endif
ifeq ($(origin CC),default)
CC := gcc
endif
ifeq ($(origin AR),default)
AR := ar
endif

WARN := -std=c11 -Wall -Wextra -Wshadow -Wconversion -Werror
# What touches every pixel or weight on the usual levels is worth the code size
# of -O3; what runs once per model, and the references, are better small.
OPT ?= -O2
HOT_OPT := $(if $(filter -O2,$(OPT)),-O3,$(OPT))
SMALL_OPT := $(if $(filter -O2,$(OPT)),-Oz,$(OPT))
CFLAGS += $(WARN) $(OPT) -g -ffp-contract=off -fno-math-errno \
          -fno-asynchronous-unwind-tables -ffunction-sections \
          -fdata-sections -Iinclude -Isrc -MMD -MP
LDFLAGS += -Wl,--gc-sections

san_address := -fsanitize=address,undefined -fno-sanitize-recover=all \
               -fno-omit-frame-pointer
san_thread := -fsanitize=thread
san_fuzz := -fsanitize=fuzzer-no-link,address,undefined \
            -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS += $(san_$(SAN))
LDFLAGS += $(san_$(SAN))

# V=1 shows the commands.
V ?=
Q := $(if $(V),,@)
SAY = $(if $(V),@:,@printf '  %-5s %s\n')

.PHONY: all
all: lib program

# ---- The engine ---------------------------------------------------------
# Kernels are compiled once for every instruction set of the architecture.
ARCH := $(shell $(CC) -dumpmachine 2>/dev/null | cut -d- -f1)
isas_x86_64 := scalar sse2 avx2 avx512
isas_aarch64 := scalar neon
ISAS := $(or $(isas_$(ARCH)),scalar)
opt_scalar := $(SMALL_OPT)
opt_sse2 := $(SMALL_OPT)
# long, and bound by memory rather than by instructions
opt_elementwise := $(SMALL_OPT)
$(foreach k,movement norm pool reduce resize weights,$(eval opt_$(k) := $(OPT)))
flags_avx2 := -mavx2 -mfma -mf16c
flags_avx512 := -mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma -mf16c \
                -mprefer-vector-width=512

# In base/, files named pool_, cpu_ and mem_ belong to a platform.
cpu_features_x86_64 := src/base/cpu_x86.c
cpu_features_aarch64 := src/base/cpu_arm.c
PLATFORM_SRC := src/base/pool_pthread.c src/base/cpu_cores_linux.c \
                $(or $(cpu_features_$(ARCH)),src/base/cpu_generic.c)
CHOSEN_SRC := $(wildcard src/base/pool_*.c src/base/cpu_*.c src/base/mem_*.c)
PORTABLE_SRC := $(filter-out $(CHOSEN_SRC),$(wildcard src/base/*.c)) \
                $(wildcard src/graph/*.c src/cpu/*.c src/gpu/*.c \
                  src/image/*.c src/session/*.c)
KERNEL_SRC := $(wildcard src/cpu/kernels/*.c)
ENGINE_OBJ := \
  $(patsubst %.c,$(BUILD)/obj/%.o,$(PORTABLE_SRC) $(PLATFORM_SRC)) \
  $(foreach isa,$(ISAS),$(KERNEL_SRC:%.c=$(BUILD)/obj/%.$(isa).o))

LIB := $(BUILD)/libcutout.a

.PHONY: lib
lib: $(LIB)

$(LIB): $(ENGINE_OBJ)
	@rm -f $@
	$(SAY) AR $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(CC) $(CFLAGS) -c $< -o $@

define kernel_rule
$(BUILD)/obj/%.$(1).o: %.c Makefile
	@mkdir -p $$(@D)
	$(SAY) CC $$@
	$(Q)$$(CC) $$(CFLAGS) $$(or $$(opt_$(1)),$$(opt_$$(*F)),$$(HOT_OPT)) \
	  -DCUT_ISA=$(1) $$(flags_$(1)) -c $$< -o $$@
endef
$(foreach isa,$(ISAS),$(eval $(call kernel_rule,$(isa))))
$(BUILD)/obj/src/image/%.o: CFLAGS += $(HOT_OPT)
$(BUILD)/obj/src/base/%.o: CFLAGS += $(SMALL_OPT)
$(BUILD)/obj/src/graph/%.o: CFLAGS += $(SMALL_OPT)
$(BUILD)/obj/src/session/%.o: CFLAGS += $(SMALL_OPT)
$(BUILD)/obj/src/gpu/%.o: CFLAGS += $(SMALL_OPT)
$(BUILD)/obj/src/cpu/%.o: CFLAGS += $(SMALL_OPT)

# ---- Telemetry: on jansson and SQLite -----------------------------------
TELEMETRY_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard telemetry/*.c))
TELEMETRY_LIBS = $(shell pkg-config --libs jansson sqlite3)
$(BUILD)/obj/telemetry/%.o $(BUILD)/obj/cli/report.o: CFLAGS += -I.

# ---- The server: its core is free of libmicrohttpd ----------------------
HTTP_SRC := $(wildcard server/http_*.c)
SERVER_CORE_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o, \
                     $(filter-out $(HTTP_SRC),$(wildcard server/*.c)))
$(BUILD)/obj/server/%.o $(BUILD)/obj/cli/serve.o: CFLAGS += -I.

# ---- The program: cli/ on libvips, jansson, libmicrohttpd, SQLite -------
CLI_SRC := $(wildcard cli/*.c)
CLI_OBJ := $(CLI_SRC:%.c=$(BUILD)/obj/%.o) $(BUILD)/obj/models.o \
           $(SERVER_CORE_OBJ) $(HTTP_SRC:%.c=$(BUILD)/obj/%.o) \
           $(TELEMETRY_OBJ)
CLI_PACKAGES := vips jansson libmicrohttpd sqlite3
PROGRAM := $(if $(CLI_SRC),$(BUILD)/cutout)

.PHONY: program
program: $(PROGRAM)

# Their headers are not held to our warnings.
CLI_CFLAGS = $(eval CLI_CFLAGS := $$(patsubst -I%,-isystem %, \
               $$(shell pkg-config --cflags $(CLI_PACKAGES))))$(CLI_CFLAGS)
CLI_LIBS = $(shell pkg-config --libs $(CLI_PACKAGES))
$(filter-out $(SERVER_CORE_OBJ),$(CLI_OBJ)): CFLAGS += $(CLI_CFLAGS)

# models.json is part of the program.
$(BUILD)/models.c: models/models.json
	@mkdir -p $(@D)
	@{ echo '#include <stddef.h>'; \
	   echo 'const size_t models_json_bytes ='; wc -c < $<; \
	   echo ';const unsigned char models_json[] = {'; \
	   od -An -v -tu1 $< | sed 's/\([0-9]\) /\1, /g; s/$$/,/'; \
	   echo '};'; } > $@

$(BUILD)/obj/models.o: $(BUILD)/models.c
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(CC) $(CFLAGS) -c $< -o $@

$(BUILD)/cutout: $(CLI_OBJ) $(LIB)
	$(SAY) CC $@
	$(Q)$(CC) $(LDFLAGS) $(CLI_OBJ) $(LIB) \
	  $(CLI_LIBS) -lm -lpthread -o $@

# ---- Test programs ------------------------------------------------------
# tests/test_*.c are tests, tests/tool_*.c tools of the test scripts, one
# program each; the other files are shared by them.
TEST_SRC := $(wildcard tests/test_*.c tests/tool_*.c)
# Needs packages of the program, which a cross compiler has not.
ifneq ($(ARCH),$(shell uname -m))
TEST_SRC := $(filter-out tests/test_telemetry.c,$(TEST_SRC))
endif
TESTS := $(TEST_SRC:%.c=$(BUILD)/%)
TEST_LIB := $(patsubst %.c,$(BUILD)/obj/%.o, \
              $(filter-out tests/test_%.c tests/tool_%.c, \
                $(wildcard tests/*.c)))
# Tables of cases leave what they do not name zero.
$(BUILD)/obj/tests/%.o: CFLAGS += -Itests -I. -Wno-missing-field-initializers

$(BUILD)/tests/test_server: NEEDS := $(SERVER_CORE_OBJ)
$(BUILD)/tests/test_server: $(SERVER_CORE_OBJ)
$(BUILD)/tests/test_telemetry: NEEDS = $(TELEMETRY_OBJ) $(SERVER_CORE_OBJ) \
                                       $(TELEMETRY_LIBS)
$(BUILD)/tests/test_telemetry: $(TELEMETRY_OBJ) $(SERVER_CORE_OBJ)
$(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(TEST_LIB) $(LIB)
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(CC) $(LDFLAGS) $< $(NEEDS) $(TEST_LIB) $(LIB) -lm -lpthread -o $@

.PHONY: tests unit test
tests: $(TESTS)

unit: $(TESTS)
	@for t in $(filter $(BUILD)/tests/test_%,$(TESTS)); do \
	  $$t || exit 1; done

test:
	@tools/setup.sh
	@tests/run.sh

# ---- Fuzzers: fuzz/fuzz_*.c, libFuzzer, clang ---------------------------
FUZZERS := $(patsubst %.c,$(BUILD)/%,$(wildcard fuzz/fuzz_*.c))
FUZZ_SECONDS ?= 60

$(BUILD)/fuzz/%: $(BUILD)/obj/fuzz/%.o $(LIB)
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(CC) $(LDFLAGS) -fsanitize=fuzzer $(filter %.o,$^) $(LIB) \
	  $(FUZZ_LIBS) -lm -lpthread -o $@

$(BUILD)/fuzz/fuzz_http: $(SERVER_CORE_OBJ)
$(BUILD)/fuzz/fuzz_telemetry: $(TELEMETRY_OBJ)
$(BUILD)/fuzz/fuzz_telemetry: FUZZ_LIBS = $(TELEMETRY_LIBS)
$(BUILD)/obj/fuzz/%.o: CFLAGS += -I.
# Readers of the program are fuzzed with the program around them.
$(BUILD)/fuzz/fuzz_npy: $(filter-out %/main.o,$(CLI_OBJ))
$(BUILD)/fuzz/fuzz_npy: FUZZ_LIBS = $(CLI_LIBS)

.PHONY: fuzzers fuzz
fuzzers: $(FUZZERS)

# make fuzz FUZZ_SECONDS=1800: every fuzzer for so long, findings and new
# inputs in build/fuzz/.
fuzz:
	@tools/setup.sh
	$(MAKE) CC=clang-19 SAN=fuzz OPT=-O1 fuzzers
	@tools/fuzz.sh build/fuzz $(FUZZ_SECONDS)

# ---- WebAssembly --------------------------------------------------------
# Four modules from the same sources, by clang and wasm-ld alone: plain or
# relaxed SIMD, one thread or many. A module has one instruction set; the page
# chooses the module (web/lib/capabilities.ts).
WASM_VARIANTS := simd relaxed simd-threads relaxed-threads
WASM_SRC := $(PORTABLE_SRC) src/base/cpu_wasm.c src/base/mem_wasm.c \
            web/wasm/heap.c web/wasm/module.c web/wasm/photo.c web/wasm/watch.c
WASM_CFLAGS := --target=wasm32 -ffreestanding -nostdlibinc $(WARN) \
               -mbulk-memory -mmutable-globals -ffp-contract=off \
               -fno-math-errno -ffunction-sections -fdata-sections \
               -Iinclude -Isrc -Iweb -MMD -MP
WASM_LDFLAGS := --no-entry --gc-sections --strip-all --stack-first \
                -z stack-size=262144 --export=__stack_pointer
wasm_isa_simd := simd128
wasm_isa_relaxed := relaxed
flags_simd128 := -msimd128 -DCUT_CPU_WASM=CUT_CPU_SIMD128
flags_relaxed := -msimd128 -mrelaxed-simd -DCUT_RELAXED \
                 -DCUT_CPU_WASM=CUT_CPU_RELAXED
# 128-bit products, of clang's own runtime library.
WASM_BUILTINS = $(eval WASM_BUILTINS := $$(shell \
  clang-19 --print-resource-dir)/lib/wasi/libclang_rt.builtins-wasm32.a)$(WASM_BUILTINS)
# Threads: memory is made by the page and shared; 2 GiB is address space, not
# memory taken.
wasm_threads_cflags := -matomics
wasm_threads_ldflags := --shared-memory --import-memory \
                        --max-memory=2147483648
wasm_threads_src := web/wasm/pool.c
wasm_single_src := src/base/pool_single.c
src/base/mem_wasm.c_flags := -fno-builtin

# $(1) variant, $(2) simd or relaxed, $(3) threads or single
define wasm_rules
wasm_obj_$(1) := $(patsubst %.c,build/wasm/$(1)/%.o, \
                   $(WASM_SRC) $(wasm_$(3)_src)) \
  $(KERNEL_SRC:%.c=build/wasm/$(1)/%.scalar.o) \
  $(KERNEL_SRC:%.c=build/wasm/$(1)/%.vector.o)
wasm_cc_$(1) := clang-19 $(WASM_CFLAGS) $(flags_$(wasm_isa_$(2))) \
                $(wasm_$(3)_cflags)
build/wasm/$(1)/%.o: %.c
	@mkdir -p $$(@D)
	$(SAY) WASM $$@
	$(Q)$$(wasm_cc_$(1)) $$(if $$(filter src/image/%,$$<),-O3,-O2) \
	  $$($$<_flags) -c $$< -o $$@
build/wasm/$(1)/%.scalar.o: %.c
	@mkdir -p $$(@D)
	$(SAY) WASM $$@
	$(Q)$$(wasm_cc_$(1)) -Os -DCUT_ISA=scalar -c $$< -o $$@
build/wasm/$(1)/%.vector.o: %.c
	@mkdir -p $$(@D)
	$(SAY) WASM $$@
	$(Q)$$(wasm_cc_$(1)) -O3 -DCUT_ISA=$(wasm_isa_$(2)) -c $$< -o $$@
build/wasm/cutout-$(1).wasm: $$(wasm_obj_$(1))
	$(SAY) LINK $$@
	$(Q)wasm-ld-19 $(WASM_LDFLAGS) $(wasm_$(3)_ldflags) $$^ \
	  $$(WASM_BUILTINS) -o $$@
endef
$(foreach v,simd relaxed,$(eval $(call wasm_rules,$(v),$(v),single)) \
  $(eval $(call wasm_rules,$(v)-threads,$(v),threads)))

# The policy alone, which has to run before a module is chosen, and on browsers
# that can run none: the first WebAssembly instructions and nothing else.
POLICY_SRC := $(wildcard src/session/policy*.c) src/base/status.c \
              src/base/mathf.c src/base/mem_wasm.c web/wasm/policy.c
policy_obj := $(POLICY_SRC:%.c=build/wasm/policy/%.o)
build/wasm/policy/%.o: %.c
	@mkdir -p $(@D)
	$(SAY) WASM $@
	$(Q)clang-19 -mcpu=mvp $(filter-out -mbulk-memory,$(WASM_CFLAGS)) \
	  -Os $($<_flags) -c $< -o $@
build/wasm/cutout-policy.wasm: $(policy_obj)
	$(SAY) LINK $@
	$(Q)wasm-ld-19 $(filter-out --export=%,$(WASM_LDFLAGS)) $^ -o $@

WASM_MODULES := $(WASM_VARIANTS:%=build/wasm/cutout-%.wasm) \
                build/wasm/cutout-policy.wasm

.PHONY: wasm
wasm: $(WASM_MODULES)

# ---- The page: web/app and web/lib, by Vite, into build/web -------------
WEB_SRC := $(shell find web/app web/lib -type f -not -path 'web/lib/wasm/*') \
           $(wildcard web/*.json web/*.ts web/*.mjs web/.npmrc) \
           models/models.json $(wildcard src/gpu/shaders/*.wgsl)
NPM_CI := npm ci --prefix web --ignore-scripts --no-audit --no-fund

.PHONY: web
web: build/web/index.html

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	$(SAY) NPM web
	$(Q)$(NPM_CI) --loglevel=error >/dev/null
	@touch $@

build/web/index.html: $(WASM_MODULES) $(WEB_SRC) \
                      web/node_modules/.package-lock.json
	$(SAY) WEB build/web
	@mkdir -p web/lib/wasm
	@cp $(WASM_MODULES) web/lib/wasm/
	$(Q)cd web && node_modules/.bin/tsc --noEmit -p . && node build.mjs && \
	  node package.mjs

# ---- Use ----------------------------------------------------------------
.PHONY: run bench bench-web bench-gpu install clean help
run:
	@tools/setup.sh
	@$(MAKE) --no-print-directory -s -j$$(nproc) all
	@PHOTO='$(PHOTO)' MODEL='$(MODEL)' tools/run.sh
	@[ -n '$(PHOTO)' ] || \
	  { $(MAKE) --no-print-directory -s web && exec build/cutout serve; }

bench:
	@tools/setup.sh
	@$(MAKE) --no-print-directory -s -j$$(nproc) all
	@bench/run.sh

bench-web: web
	@bench/web.sh

bench-gpu: all web
	@bench/gpu.sh $(BENCH_GPU)

prefix ?= /usr/local
install: all
	install -D $(BUILD)/cutout $(DESTDIR)$(prefix)/bin/cutout
	install -D -m 644 $(LIB) $(DESTDIR)$(prefix)/lib/libcutout.a
	install -D -m 644 include/cutout.h $(DESTDIR)$(prefix)/include/cutout.h
	install -D -m 644 docs/cutout.1 \
	  $(DESTDIR)$(prefix)/share/man/man1/cutout.1
	install -D -m 644 cli/completion/cutout.bash \
	  $(DESTDIR)$(prefix)/share/bash-completion/completions/cutout
	install -D -m 644 cli/completion/_cutout \
	  $(DESTDIR)$(prefix)/share/zsh/site-functions/_cutout
	@if [ -e build/web/index.html ]; then \
	  mkdir -p $(DESTDIR)$(prefix)/share/cutout && \
	  cp -r build/web $(DESTDIR)$(prefix)/share/cutout/; fi

clean:
	rm -rf build

help:
	@echo 'make run      cut out a sample photo, then serve the page;'
	@echo '              with PHOTO=path (and MODEL=name) only that photo'
	@echo 'make test     every test; prints what passed and failed'
	@echo 'make          native program and library, in build/'
	@echo 'make bench    speed against onnxruntime, in build/bench.json'
	@echo 'make bench-web  the page against onnxruntime-web, in a browser'
	@echo 'make bench-gpu  the same on WebGPU; with BENCH_GPU="--serve 8790"'
	@echo '              only the page, to be opened where there is a GPU'
	@echo 'make fuzz     every fuzzer for FUZZ_SECONDS=$(FUZZ_SECONDS)'
	@echo 'make wasm     the WebAssembly modules, in build/wasm/'
	@echo 'make web      the page, in build/web/'
	@echo 'make install  into prefix=$(prefix)'
	@echo 'make clean    remove build/'
	@echo
	@echo 'make SAN=address|thread lib tests program    with sanitizers'
	@echo 'make CLANG=1 lib tests program               with clang'

-include $(shell find $(BUILD)/obj build/wasm -name '*.d' 2>/dev/null)
# Objects of programs made by a pattern are kept.
.SECONDARY: $(TEST_LIB) \
  $(patsubst $(BUILD)/%,$(BUILD)/obj/%.o,$(TESTS) $(FUZZERS))
