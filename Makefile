# Everything here is a short name for commands that also work alone. `make` lists it.

## packages that test, race and cover look at
PKG ?= ./...
## brokers for the broker tests, host:port,...; empty: the embedded broker only
KAFKA_BROKERS ?=
## port of the broker that kafka-up starts
KAFKA_PORT ?= 19092
## folder of that broker: configuration, data, log
KAFKA_DIR ?= $(or $(TMPDIR),/tmp)/consentstream-kafka
## records of bench
EVENTS ?= 5000000
## contacts of bench, bench-lane and bench-restore
CONTACTS ?= 1000000
## purchases and clicks that bench-lane catches up
BACKLOG ?= 10000000
## Kafka nodes of bench-lane, 1 or 3
NODES ?= 1
## seed of chaos; 0: one from the clock
SEED ?= 0
## how long faults happen in chaos
MINUTES ?= 5
## seeds of simulate
SEEDS ?= 10000
## time for each fuzz target
FUZZ_TIME ?= 20s

export KAFKA_PORT KAFKA_BROKERS

TOOL := go tool -modfile=.ci/tools/go.mod

.DEFAULT_GOAL := help
.PHONY: help build demo test race lint fmt cover fuzz bench bench-lane bench-restore chaos simulate mutate kafka-up kafka-down image image-check ci

help: ## list targets and variables
	@awk -F ' *[?:]= *|: .*## ' ' \
	  /^## /             { doc = substr($$0, 4); next } \
	  /^[a-z][a-z-]*:.*## / { targets = targets sprintf("  %-14s %s\n", $$1, $$2) } \
	  /^[A-Z_]+ \?=/     { variables = variables sprintf("  %-14s %s (%s)\n", $$1, doc, $$2) } \
	  END { printf "Targets:\n%s\nVariables, for example: make fuzz FUZZ_TIME=5m\n%s", targets, variables }' $(MAKEFILE_LIST)

build: ## bin/consentstream, a static binary
	CGO_ENABLED=0 go build -trimpath -o bin/consentstream ./cmd/consentstream

demo: ## a sample ticket shop on an embedded broker
	go run ./cmd/consentstream demo

test: ## all tests; broker tests on real Kafka too where KAFKA_BROKERS is set
	go test $(PKG)

race: ## all tests under the race detector
	go test -race $(PKG)

fmt: ## format the code
	gofmt -w $$(git ls-files '*.go')

lint: ## every linter of .golangci.yml, built from a pinned version
	$(TOOL) golangci-lint run ./...

cover: ## statement coverage over all packages; bin/cover.html shows it line by line
	@mkdir -p bin
	go test -coverpkg=./... -coverprofile=bin/cover.out $(PKG)
	go tool cover -html=bin/cover.out -o bin/cover.html
	go tool cover -func=bin/cover.out | tail -n 1

fuzz: ## each fuzz target for FUZZ_TIME
	@grep -rHo '^func Fuzz[A-Za-z0-9_]*' --include='*_test.go' . | sed 's/func //' | while IFS=: read -r file name; do \
	  go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZ_TIME) "$$(dirname "$$file")" || exit 1; \
	done

bench: ## events per second of replay and of run on a real Kafka, memory, size of state
	go run ./deploy/bench -events $(EVENTS) -contacts $(CONTACTS)

bench-lane: ## how soon an unsubscribe counts, behind a backlog, beside a load, by an address, at midnight
	go run ./deploy/lane -backlog $(BACKLOG) -contacts $(CONTACTS) -nodes $(NODES)

bench-restore: ## how soon a group processes again: restore of CONTACTS from the changelog, restarts, fail-over
	go run ./deploy/restore -contacts $(CONTACTS)

chaos: ## kill, freeze, cut off and fill up a group on three real Kafka nodes, and judge what it published
	go run ./deploy/chaos -seed $(SEED) -minutes $(MINUTES)

simulate: ## a group in one thread, SEEDS times: crashes, zombies, lost disks; SIM_SEED=N repeats one
	@mkdir -p bin
	@SIM_SEEDS=$(SEEDS) go test -run '^TestSimulation$$' -v -timeout 0 ./processor >bin/simulate.txt; status=$$?; \
	  grep -vE '^ *--- PASS|^=== ' bin/simulate.txt; exit $$status

mutate: ## change the rules one place at a time: every change must fail a test
	go test -tags mutants -run TestMutants -timeout 24h -v ./state/rules

kafka-up: ## start a real Apache Kafka on this machine (Java and Maven, no Docker)
	@deploy/kafka/kafka start $(KAFKA_DIR)

kafka-down: ## stop it and remove its data
	@deploy/kafka/kafka stop $(KAFKA_DIR)
	@rm -rf $(KAFKA_DIR)

image: ## the container image consentstream
	docker build -f deploy/Dockerfile -t consentstream .

image-check: ## build the last stage of that image with buildah and run the program in it
	deploy/image-check

ci: ## all that the continuous build does
	.ci/run
