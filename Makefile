# Two commands: `make demo` and `make test` (and `make agent`). All build with the embedded
# engine, and with one profile, because its C++ takes minutes for each.

BUILD := --release --features local
KARAT := ./target/release/karat
# Every build has the same settings, or the engine would be built again.
CARGO = env $$(./scripts/engine-flags.sh) cargo

.PHONY: demo agent test tools build format-check lint test-model run-tests

# The first thirty records of two bundled suites, so that it ends within five
# minutes on two cores, slow ones too; `karat run` judges them all.
demo: build
	$(KARAT) run relevance rubric --limit 30 --explain 3

# Runs a small agent on 24 requests, checks and judges what it did.
agent: build
	$(CARGO) build $(BUILD) --example support_agent
	$(KARAT) run support

test: tools format-check lint build test-model run-tests

tools:
	@./scripts/install-tools.sh

build: tools
	$(CARGO) build $(BUILD)

format-check:
	cargo fmt --check

lint: tools
	$(CARGO) clippy $(BUILD) --all-targets -- -D warnings

# The smallest model, for the tests of the embedded engine. Where it cannot be
# had the tests say that they skip; with CI=true they fail.
test-model: build
	-$(KARAT) models fetch smollm2-135m

run-tests:
	INSTA_UPDATE=no $(CARGO) test $(BUILD)
