# PHDP. `make run` and `make test` set up what they need; see `make help`.
SHELL := /bin/bash
.DEFAULT_GOAL := help
GO ?= go
BIN := bin/phdp
DATA_DIR ?= phdp-data
ADDR ?= 127.0.0.1:8080
WEB := dashboards/web
ASSETS := dashboards/static/dist/.built
WEB_SOURCES := $(shell find $(WEB) -path $(WEB)/node_modules -prune -o -type f -print 2>/dev/null)
PHDP_TESTDATA ?= ../shared/data
CHATS := $(PHDP_TESTDATA)/chats
LABELLED := transform/testdata
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: train help run build web test bench lint clean tools

help: ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: build ## build what is missing, then run everything on 5,000 invented patients
	@exec ./$(BIN) run --demo --data-dir $(DATA_DIR) --addr $(ADDR)

build: tools web ## build bin/phdp with the web assets in it
	@mkdir -p bin
	@[ -x $(BIN) ] || echo "building $(BIN); the first time takes a few minutes, because DuckDB and Iceberg are large"
	@$(GO) build -ldflags="-s -w" -o $(BIN) ./cmd/phdp

web: $(ASSETS) ## build the web assets

$(WEB)/node_modules/.package-lock.json: $(WEB)/package-lock.json
	@cd $(WEB) && npm ci --no-audit --no-fund --loglevel=error

$(ASSETS): $(WEB)/node_modules/.package-lock.json $(WEB_SOURCES)
	@cd $(WEB) && npm run --silent build
	@touch $@

tools:
	@.ci/tools

test: ## everything that can be tested here; lists at the end what could not
	@.ci/test

bench: build ## measure, as ratios within one run
	@.ci/bench

train: build ## learn the models of status and of messages from labelled texts (PHDP_TESTDATA)
	@./$(BIN) tags train --in $(CHATS)/cmdd_train.ndjson --out transform/status_weights.tsv
	@./$(BIN) tags train-messages --in $(LABELLED)/messages.tsv --background $(CHATS)/cmdd_train.ndjson \
		--mended $(LABELLED)/gold.tsv --mended $(LABELLED)/gold_held_out.tsv --mended $(LABELLED)/gold_reserve.tsv \
		--out transform/catalogue/message_weights.tsv

lint: tools web ## go vet, staticcheck, gofmt, SQL headers, TypeScript
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "not gofmt'ed:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	@$(GO) vet ./...
	@$(GO) run $(STATICCHECK) ./...
	@$(GO) test ./models -run 'Header|Inputs|Columns' -count=1
	@cd $(WEB) && npm run --silent check

clean: ## remove what was built, not the data in $(DATA_DIR)
	@rm -rf bin dashboards/static/dist $(WEB)/node_modules .cache
