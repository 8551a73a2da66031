# Everything a developer does here. Nothing needs to be installed first but Go and, for the browser test, apt-get as root.
BIN := bin/bailey
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
CONFORMANCE ?= ../shared/conformance

.PHONY: build run test lint vuln fuzz bench conformance actions docs clean

build: ## build bin/bailey
	go build -trimpath -ldflags "-X github.com/baileydb/bailey/internal/app.version=$(VERSION)" -o $(BIN) ./cmd/bailey

run: build ## build and check the sample
	$(BIN) check examples/shop --fail-on never

test: ## install what the tests need, run them all, end in "N passed, N failed"
	scripts/test

lint: ## golangci-lint with the rules in .golangci.yml
	scripts/lint

vuln: ## known vulnerabilities in what we depend on
	go run golang.org/x/vuln/cmd/govulncheck@v1.9.0 ./...

fuzz: ## every fuzz target for FUZZTIME each (default 10s)
	scripts/fuzz

bench: build ## one line per figure; PEER=/path/to/trivy and PDSCAN= compare
	scripts/bench

conformance: ## score the verdicts against what others say of the same inputs
	go run ./internal/conformance $(CONFORMANCE)

actions: ## fetch what AWS's actions are; VERSION_OF_ACTIONS=x.y.z for another version than the pinned one
	go run ./iam/actions/generate $(VERSION_OF_ACTIONS)

docs: ## write the generated reference pages
	rm -rf docs/reference
	go run ./cmd/bailey reference docs/reference

clean:
	rm -rf bin .cache
