# What people and CI run. `make help` lists it. Everything that a target installs lies under target/.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

FUNCTIONS := $(notdir $(wildcard functions/*))
TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)

# What functions are built for: x86_64 or arm64, as the template's parameter Architecture.
ARCH ?= x86_64
TRIPLE := $(if $(filter arm64,$(ARCH)),aarch64,x86_64)-unknown-linux-gnu
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER ?= $(if $(filter aarch64 arm64,$(shell uname -m)),cc,aarch64-linux-gnu-gcc)

# Amazon Linux 2023, on which the functions run, has this glibc.
GLIBC := 2.34

PYTHON ?= python3

# The venv of tests/<folder> is ready where this file is, named for what is pinned there. What alone.txt names is installed
# without its dependencies.
pins = $(wildcard tests/$(1)/requirements.txt tests/$(1)/constraints.txt tests/$(1)/alone.txt)
stamp = target/venv-$(1)/pins-$(shell cat $(call pins,$(1)) | cksum | cut -d ' ' -f 1)
STAMP := $(call stamp,e2e)
VENV := target/venv-e2e
export SAM_CLI_TELEMETRY := 0
export PYTHONDONTWRITEBYTECODE := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help
help: ## Lists the targets.
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r target text; do printf '%-14s %s\n' "$$target" "$$text"; done

.PHONY: demo
demo: functions $(STAMP) ## Deploys to an emulated AWS, loads, mirrors, makes a catalog, and shows what became of it.
	$(VENV)/bin/python tests/e2e/demo.py --binaries $(TARGET_DIR)/debug

# The order is: what fails fastest first.
.PHONY: test
test: ## All checks and tests: format, template, clippy, docs, cargo tests, the catalog's forms and page, glibc, end to end.
	$(MAKE) --no-print-directory format
	$(MAKE) --no-print-directory lint-template
	$(MAKE) --no-print-directory clippy
	$(MAKE) --no-print-directory doc
	$(MAKE) --no-print-directory test-rust
	$(MAKE) --no-print-directory test-formats
	$(MAKE) --no-print-directory test-page
	$(MAKE) --no-print-directory test-e2e

.PHONY: format
format: ## Checks the format of the code, and that fuzz/ has kept up with the workspace.
	cargo fmt --all --check
	cargo fmt --manifest-path fuzz/Cargo.toml --check
	cargo update --workspace --locked --quiet --manifest-path fuzz/Cargo.toml

.PHONY: lint-template
lint-template: $(STAMP) ## Checks template.yaml.
	$(VENV)/bin/cfn-lint template.yaml
	AWS_DEFAULT_REGION=$${AWS_DEFAULT_REGION:-eu-west-1} $(VENV)/bin/sam validate --lint --template template.yaml

.PHONY: clippy
clippy: ## Runs clippy; a warning is an error.
	cargo clippy --locked --workspace --all-targets -- -D warnings

.PHONY: doc
doc: ## Builds the docs; a warning is an error.
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps

.PHONY: test-rust
test-rust: ## Runs the tests of the workspace.
	cargo test --locked --workspace

.PHONY: test-formats
test-formats: $(call stamp,formats) ## Holds the catalog's golden files against the packages that read them.
	DATAHUB_TELEMETRY_ENABLED=false PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 target/venv-formats/bin/python -m pytest -p no:cacheprovider tests/formats

.PHONY: test-e2e
test-e2e: check-glibc $(STAMP) ## Deploys template.yaml to an emulated AWS and drives it by uploads.
	ROWFERRY_BINARIES=$(TARGET_DIR)/debug $(VENV)/bin/python -m pytest -p no:cacheprovider tests/e2e

# The whole workspace decides about features: what test-rust has built is taken.
.PHONY: test-page
test-page: chromium $(call stamp,page) ## Tests the catalog's page in Chromium, from disk and over HTTP.
	cargo build --locked --workspace --example catalog_page
	ROWFERRY_CATALOG_PAGE=$(abspath $(TARGET_DIR)/debug/examples/catalog_page) target/venv-page/bin/python -m pytest -p no:cacheprovider tests/page

# Root can have the package installed at once: CI is root. CHROMIUM names another browser of that family.
.PHONY: chromium
chromium:
	@test -n "$${CHROMIUM:-}" || command -v chromium > /dev/null || { test "$$(id -u)" = 0 && command -v apt-get > /dev/null \
		&& apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } \
		|| { echo "the page's tests need Chromium: apt-get install chromium, or name one with CHROMIUM=/path/to/it" >&2; exit 1; }

.PHONY: bench
bench: $(call stamp,benches) ## Measures speed, memory and start against the goals and others. ROWS=1000000 ROUNDS=3 ONLY=cpu,latency,throttle,memory,start,mirror,catalog
	$(if $(or $(findstring start,$(ONLY)),$(if $(ONLY),,all)),cargo build --locked --release --package load-extract)
	cargo bench --locked --package rowferry-tests --bench load -- \
		ROWS=$(ROWS) ROUNDS=$(ROUNDS) ONLY=$(ONLY) BINARY=$(abspath $(TARGET_DIR)/release/load-extract) PYTHON=$(abspath target/venv-benches/bin/python)

FUZZ ?= text compressed cell definition event manifest footer parquet snapshot image action scan profile coverage decisions
SECONDS_EACH ?= 60
HOST := $(shell rustc -vV | sed -n 's/^host: //p')
COVERAGE := --cfg fuzzing -C passes=sancov-module -C llvm-args=-sanitizer-coverage-level=4 -C llvm-args=-sanitizer-coverage-inline-8bit-counters \
	-C llvm-args=-sanitizer-coverage-pc-table -C llvm-args=-sanitizer-coverage-trace-compares

.PHONY: fuzz
fuzz: ## Fuzzes what takes bytes from outside, with coverage. FUZZ="text parquet" SECONDS_EACH=60
	cd fuzz && RUSTFLAGS="$(COVERAGE)" cargo build --locked --release --target $(HOST) --target-dir target
	cd fuzz && for target in $(FUZZ); do mkdir -p target/corpus/$$target target/found/$$target; \
		ROWFERRY_FUZZ=$$target target/$(HOST)/release/rowferry-fuzz -max_total_time=$(SECONDS_EACH) -timeout=10 \
		-rss_limit_mb=1024 -malloc_limit_mb=512 -artifact_prefix=target/found/$$target/ target/corpus/$$target seeds/$$target; done

.PHONY: functions
functions: ## Builds the functions for this machine, unoptimized.
	cargo build --locked $(addprefix --package ,$(FUNCTIONS))

.PHONY: check-glibc
check-glibc: functions ## Checks that the functions' binaries run on Amazon Linux 2023.
	@for function in $(FUNCTIONS); do $(call check_glibc,$(TARGET_DIR)/debug/$$function); done

.PHONY: invoke
invoke: functions $(STAMP) ## Invokes FUNCTION=load-extract on EVENT=file.json, under SAM with Docker or Lambda's emulator.
	@test -n "$(FUNCTION)" -a -n "$(EVENT)" || { echo "usage: make invoke FUNCTION=load-extract EVENT=file.json" >&2; exit 2; }
	$(VENV)/bin/python tests/e2e/invoke.py --binaries $(TARGET_DIR)/debug $(FUNCTION) $(EVENT)

# `sam build` calls these, one for each function of template.yaml. With BINARIES=folder they take binaries that are there.
build-LoadExtractFunction: BINARY := load-extract
build-MirrorTableFunction: BINARY := mirror-table
build-TableActionFunction: BINARY := table-action
build-ExportCatalogFunction: BINARY := export-catalog
build-%Function:
	$(if $(BINARIES),,cargo build --locked --release --target $(TRIPLE) --package $(BINARY))
	cp $(or $(BINARIES),$(TARGET_DIR)/$(TRIPLE)/release)/$(BINARY) $(ARTIFACTS_DIR)/bootstrap
	@$(call check_glibc,$(ARTIFACTS_DIR)/bootstrap)

# Fails when a binary asks for a newer glibc than the functions will find.
check_glibc = highest=$$(readelf --version-info $(1) | grep -o 'GLIBC_[0-9][0-9.]*' | cut -d _ -f 2 | sort --version-sort | tail -n 1); \
	echo "$(1) needs glibc $$highest; Lambda has $(GLIBC)"; \
	test "$$(printf '%s\n' "$$highest" $(GLIBC) | sort --version-sort | tail -n 1)" = $(GLIBC)

# The stem is `<folder>/pins-…`.
target/venv-%:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name it with PYTHON=…" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(@D)
	$(@D)/bin/pip install --quiet $(foreach pins,requirement constraint,$(patsubst %,--$(pins) %,$(wildcard tests/$(*D)/$(pins)s.txt)))
	$(if $(wildcard tests/$(*D)/alone.txt),$(@D)/bin/pip install --quiet --no-deps --requirement tests/$(*D)/alone.txt)
	touch $@
