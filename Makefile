# Two commands: `make demo` and `make test` (and `make agent`). What has the embedded engine is built with one
# profile, because its C++ takes minutes for each. What has none is built for debugging, which is soonest done.

BUILD := --release --features local
EVENHAND := ./target/release/evenhand
# Every build has the same settings, or the engine would be built again.
CARGO = env $$(./scripts/engine-flags.sh) cargo

.PHONY: demo agent docs test test-default test-library test-local tools build format-check lint test-model run-tests mutants \
	wheel test-python test-python-here scale

# Judges the bundled suites, whole where that ends within five minutes: two cores with AMX, or more
# cores. Elsewhere the first thirty records of each.
demo: build
	$(EVENHAND) run relevance rubric --explain 3 --fetch $(DEMO_PART)

DEMO_PART = $(if $(findstring AMX,$(shell ./scripts/engine-flags.sh)),,$(if $(filter 1 2,$(CORES)),--limit 30))
CORES := $(shell getconf _NPROCESSORS_ONLN)

# Runs a small agent on 24 requests, checks and judges what it did.
agent: build
	$(CARGO) build $(BUILD) --example support_agent
	$(EVENHAND) run support --fetch

# The book of docs/, in target/book.
docs:
	@./scripts/book.sh

# The short ones first. The Python package last: it is built with what the tests before it have built.
test: tools format-check test-default test-library test-local test-python-here

# Where there is no Python that makes environments, it says that it leaves the Python package out.
test-python-here:
	@if python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; \
		then $(MAKE) --no-print-directory test-python; \
		else echo 'The Python package is not tested: python3, 3.10 or newer, with venv is missing.'; fi

# The command without the engine, as it is released.
test-default:
	$(call lint-and-test,)

# The library alone.
test-library:
	$(call lint-and-test,--no-default-features)

test-local: lint build test-model run-tests

# One folder, target/debug, for both: they share what they depend on.
define lint-and-test
	$(PLAIN) clippy --workspace --all-targets $(1) -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(PLAIN) doc --no-deps $(1)
	INSTA_UPDATE=no $(PLAIN) test --workspace $(1)
endef
# No traces for a debugger and none of an earlier build: they would double the folder, and a clean clone has no use for them.
PLAIN := CARGO_PROFILE_DEV_DEBUG=0 CARGO_INCREMENTAL=0 cargo

tools:
	@./scripts/install-tools.sh

build: tools
	$(CARGO) build $(BUILD)

format-check:
	cargo fmt --all --check

lint: export RUSTDOCFLAGS := -D warnings
lint: tools
	$(CARGO) clippy $(BUILD) --workspace --all-targets -- -D warnings
	$(CARGO) doc $(BUILD) --no-deps

# The smallest model, for the tests of the embedded engine. Where it cannot be
# had the tests say that they skip; with CI=true they fail.
test-model: build
	-$(EVENHAND) models fetch smollm2-135m

run-tests:
	INSTA_UPDATE=no $(CARGO) test $(BUILD) --workspace

# Which small changes of the key logic no test notices. About 80 of them take an hour or two, so CI does
# not run it; another sample: make mutants SHARD=1/75
mutants:
	command -v cargo-mutants >/dev/null || cargo install --locked cargo-mutants
	cargo mutants --shard $(SHARD) --timeout 600 $(foreach part,$(MUTATED),--file 'src/$(part)')

SHARD ?= 0/75
MUTATED := answer/** ask/** check/** eval/** golden/** model/budget/** model/limiter/** optimizer/split.rs stats/** trajectory/**

# The Python package, in environments of its own: target/python, and target/python-engines for Ray, Spark and notebooks.
ENGINES := target/python-engines/bin/python
IN_PYTHON = cd python && PATH="$(CURDIR)/target/python/bin:$$PATH" CARGO_PROFILE_DEV_DEBUG=0 CARGO_INCREMENTAL=0

# As it is released, in target/wheels.
wheel:
	./scripts/python-env.sh
	$(IN_PYTHON) maturin build --release --out ../target/wheels

# Built for debugging, which is soonest done, and tested: formats, lints, types, tests. Spark is left out where there is no
# Java; with EVENHAND_ENGINES=required that fails.
test-python: wheel-installed
	cd python && cargo fmt --check
	$(IN_PYTHON) cargo clippy --all-targets -- -D warnings
	$(IN_PYTHON) mypy
	$(IN_PYTHON) pyright
	$(IN_PYTHON) pytest tests -q --ignore tests/test_engines.py --ignore tests/test_notebook.py
	$(IN_PYTHON) pytest examples/golden_tests -q
	cd python && ../$(ENGINES) -m pytest -q -rs -p no:cacheprovider tests/test_engines.py tests/test_notebook.py

# 1,000 records through Ray and Spark, with calls that fail and a worker that is killed half way.
scale: wheel-installed
	cd python && ../$(ENGINES) tests/scale.py

.PHONY: wheel-installed
wheel-installed:
	./scripts/python-env.sh adapters
	./scripts/python-env.sh engines
	rm -rf target/wheels/debug
	$(IN_PYTHON) maturin build --out ../target/wheels/debug
	for python in target/python/bin/python $(ENGINES); do \
		$$python -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps target/wheels/debug/*.whl || exit 1; \
	done
