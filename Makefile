# cutout. The two commands: `make run` and `make test`. See README.md.
#
#   make            native program and library, in $(BUILD)
#   make SAN=address|thread ...   the same with sanitizers, in its own folder
#   make CLANG=1 ...              the same with clang

SAN ?=
CLANG ?=
BUILD ?= build$(if $(SAN),/$(SAN))$(if $(CLANG),/clang)
ifneq ($(CLANG),)
CC := clang-19
endif
ifeq ($(origin CC),default)
CC := gcc
endif

WARN := -std=c11 -Wall -Wextra -Wshadow -Wconversion -Werror
OPT ?= -O3
CFLAGS += $(WARN) $(OPT) -g -ffp-contract=off -fno-math-errno \
          -ffunction-sections -fdata-sections -Iinclude -Isrc -Itests -MMD -MP
ifneq ($(SAN),)
san_address := -fsanitize=address,undefined -fno-sanitize-recover=all \
               -fno-omit-frame-pointer
san_thread := -fsanitize=thread
CFLAGS += $(san_$(SAN))
LDFLAGS += $(san_$(SAN))
endif

# ---- The engine ---------------------------------------------------------
ARCH := $(shell $(CC) -dumpmachine | cut -d- -f1)
isas_x86_64 := scalar sse2 avx2 avx512
isas_aarch64 := scalar neon
ISAS := $(or $(isas_$(ARCH)),scalar)
flags_avx2 := -mavx2 -mfma -mf16c
flags_avx512 := -mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma -mf16c \
                -mprefer-vector-width=512
cpu_features_x86_64 := src/base/cpu_x86.c
cpu_features_aarch64 := src/base/cpu_arm.c

BASE_PLATFORM := src/base/pool_pthread.c src/base/cpu_cores_linux.c \
                 $(or $(cpu_features_$(ARCH)),src/base/cpu_generic.c)
BASE_CHOSEN := $(wildcard src/base/pool_*.c src/base/cpu_*.c \
                 src/base/mem_*.c)
ENGINE_SRC := $(filter-out $(BASE_CHOSEN), $(wildcard src/base/*.c)) \
              $(BASE_PLATFORM) \
              $(wildcard src/graph/*.c src/cpu/*.c src/image/*.c \
                src/session/*.c)
KERNEL_SRC := $(wildcard src/cpu/kernels/*.c)
ENGINE_OBJ := $(ENGINE_SRC:%.c=$(BUILD)/obj/%.o) \
  $(foreach isa,$(ISAS),$(KERNEL_SRC:%.c=$(BUILD)/obj/%.$(isa).o))

LIB := $(BUILD)/libcutout.a

.PHONY: all lib
all: lib
lib: $(LIB)

$(LIB): $(ENGINE_OBJ)
	@rm -f $@
	@ar rcs $@ $^

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c $< -o $@

define kernel_rule
$(BUILD)/obj/%.$(1).o: %.c
	@mkdir -p $$(@D)
	$$(CC) $$(CFLAGS) -DCUT_ISA=$(1) $$(flags_$(1)) -c $$< -o $$@
endef
$(foreach isa,$(ISAS),$(eval $(call kernel_rule,$(isa))))

# ---- Test programs: tests/test_*.c, one program each --------------------
TESTS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/test_*.c))

$(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) $(filter %.o,$^) $(LIB) -lm -lpthread -o $@

.PHONY: unit
unit: $(TESTS)
	@for t in $(TESTS); do $$t || exit 1; done

-include $(ENGINE_OBJ:.o=.d)
.SECONDARY:
