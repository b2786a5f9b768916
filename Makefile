# Two commands do all: `make demo` builds and runs the main job, `make test` installs what tests need and runs everything.
GO ?= go
BIN := bin/consilium
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

.PHONY: build demo test race soak kills nodes lint bench assets clean

build: assets
	$(GO) build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o $(BIN) ./cmd/consilium

assets: node_modules/.package-lock.json
	$(GO) run ./web/bundle

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

demo: build
	$(BIN) demo $(if $(DEMO_FILES),--files "$(DEMO_FILES)")

test:
	./tools/test

race: assets
	./tools/race

# Ten minutes of modest work beside a hostile partner, slow readers and a full disk in turn (SOAK=2m: two). It mounts a small disk, so it runs as root.
SOAK ?= 10m
soak: assets
	SOAK=$(SOAK) $(GO) test -tags soak -run TestSoak -count=1 -timeout 60m -v ./node

# A node that is killed (SIGKILL) a thousand times while eight clients write, at any moment: nothing that was acknowledged may be lost. Then every write of an erasure, an import and a restore, in turn.
KILLS ?= 1000
kills: assets
	KILLS=$(KILLS) $(GO) test -run TestAcknowledgedEntriesSurviveKill9 -count=1 -timeout 180m -v ./node
	CRASH=all $(GO) test -run 'StoppedAtAnyWrite|TestABlobIsWholeOrNotThere|TestARestoreIsWholeOrDoesNotOpen' -count=1 -timeout 60m -v ./node ./store

# The browser tests at hospitals of two nodes each, on PostgreSQL and S3, while a node is killed every minute (KILL=30s: more often; WALKS=web/browser/visit.test.js: that one).
nodes: build
	$(GO) test -tags nodes -run TestTheWalksOnTwoNodes -count=1 -timeout 90m -v ./cmd/consilium

lint: assets
	./tools/lint

bench: build
	./tools/bench

clean:
	rm -rf bin node_modules web/ui/static/*
