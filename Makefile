# SPDX-License-Identifier: Apache-2.0
# The face of the meson build. `make help` lists the targets.

BUILD ?= build
CLANG ?= clang-14

.PHONY: all help demo demo-karmada test check lint asan tsan memcheck fuzz golden bench bench-scale bench-signals bench-solve cover install clean
.DEFAULT_GOAL := all

all: ## build the programs: build/smo, build/smo-cli, build/hdarctl, build/smo-solve
	@tools/install-deps build
	@tools/build $(BUILD)

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' Makefile

demo: all ## tell the whole story on a simulated federation and a local registry, in a minute
	@tools/install-deps demo
	@tools/demo $(BUILD)/smo

demo-karmada: all ## the same on a real Karmada with three members, made for it
	@tools/install-deps test
	@tools/demo-karmada $(BUILD)/smo

test: ## run every test, real peers included
	@tools/install-deps test
	@tools/build $(BUILD)
	@tools/run-tests $(BUILD)

check: ## the fast tests, without peers
	@tools/install-deps test
	@tools/build $(BUILD)
	@tools/run-tests --fast $(BUILD)

lint: ## layers, purity, sizes, format, clang-tidy, and a build by clang
	@tools/install-deps lint
	@tools/build $(BUILD)
	@tools/lint $(BUILD)

asan: ## the fast tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@tools/install-deps lint
	@CC=$(CLANG) tools/build $(BUILD)-asan -Doptimization=1 -Db_sanitize=address,undefined -Db_lundef=false
	@tools/run-tests --fast $(BUILD)-asan

tsan: ## the fast tests under ThreadSanitizer
	@tools/install-deps lint
	@CC=$(CLANG) tools/build $(BUILD)-tsan -Doptimization=1 -Db_sanitize=thread -Db_lundef=false
	@tools/run-tests --fast $(BUILD)-tsan

memcheck: ## unit tests and transcripts under valgrind
	@tools/install-deps test
	@tools/build $(BUILD)
	@tools/memcheck $(BUILD)

fuzz: ## every fuzz target for a minute
	@tools/install-deps lint
	@CC=$(CLANG) tools/build $(BUILD)-fuzz -Dfuzz=true -Doptimization=1 -Db_sanitize=address,undefined -Db_lundef=false
	@meson test -C $(BUILD)-fuzz --suite fuzz --print-errorlogs

golden: all ## rewrite the golden files; read every changed line
	@tools/install-deps test
	@tools/golden $(BUILD)

bench: all ## measure the claims of docs/performance.md
	@tools/install-deps test
	@bench/run $(BUILD)

bench-solve: all ## the optimiser on generated instances, or on those of INSTANCES=folder
	@tools/install-deps test
	@bench/solve/run $(BUILD)/smo-solve $(INSTANCES)

bench-signals: all ## an alert until its service is there, and the dashboards of 50 services
	@tools/install-deps test
	@bench/signals/run $(BUILD)

bench-scale: all ## a scaling decision about 1,000 services, beside the original's model
	@tools/install-deps test
	@SMO_ORACLE_PYTHON=$$(tools/oracle-venv) bench/scale/run $(BUILD)

cover: ## line coverage of every test, real peers included
	@tools/install-deps cover
	@tools/build $(BUILD)-cover -Db_coverage=true -Doptimization=0 -Dc_args=-fprofile-update=atomic
	@tools/cover $(BUILD)-cover

install: all ## install below DESTDIR and the prefix
	@meson install -C $(BUILD)

clean: ## remove the build folders
	rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-tsan $(BUILD)-fuzz $(BUILD)-cover
