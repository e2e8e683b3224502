# Every target works from a fresh clone; `make run` and `make test` are all it takes.

GO       ?= go
# The race detector needs a C compiler; without one the tests run without it.
RACE     := $(if $(shell command -v $${CC:-gcc} 2>/dev/null),-race,)
FUZZTIME ?= 10s
# In continuous integration a count bounds each target: half a minute for each would
# take half an hour, and what a count runs does not depend on the machine. Built like
# the tests before, without looking at coverage, which would compile all there is anew.
FUZZCOUNT ?= 3000x
BENCH    ?= -memory
# Some of chat-verify's flags, such as --seed N to repeat a run.
VERIFY   ?= --for 1m
LINT     := $(GO) tool -modfile=.ci/tools/go.mod golangci-lint

# Here the tests enter which answers they provoked.
LEDGER   := $(CURDIR)/bin/statuses

.PHONY: run build test statuses lint bench chat-verify fuzz fuzz-short openapi setup clean

## run: build, and serve; the first start makes a database and prints how to use it
run: build
	./bin/athena serve

## build: the program, in bin/
build: setup
	$(GO) build -o bin/athena ./cmd/athena

## test: everything, against real servers that the tests start
test: setup
	ATHENA_STATUS_LEDGER=$(LEDGER) $(GO) test $(RACE) -timeout 20m ./...

## statuses: list the answers of openapi.yaml that the last `make test` did not provoke
statuses:
	$(GO) run ./http/apitest/statuses $(LEDGER)

## lint: formatting, vet and the linters of .golangci.yml
lint:
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "run gofmt -w on these"; exit 1; }
	$(GO) vet ./...
	$(LINT) run ./...

## bench: Athena beside a bare handler on the same database, as a table, and its
## memory; some rows alone: BENCH="-scenarios hot-room,fan-out", the rest: BENCH=-help
bench: build
	$(GO) run ./bench -athena bin/athena $(BENCH)

## chat-verify: the order and durability of chat while servers, Postgres and
## connections break
chat-verify: build
	./bin/athena bench chat-verify $(VERIFY)

## fuzz: every fuzz target for FUZZTIME each, guided by what their inputs reach
fuzz: setup
	@GO=$(GO) sh .ci/fuzz $(FUZZTIME) "$$($(GO) env GOCACHE)/fuzz/athena" -fuzz=Fuzz

## fuzz-short: every fuzz target for FUZZCOUNT inputs, from the committed ones alone
fuzz-short: setup
	@folder=$$(mktemp -d) && GO=$(GO) sh .ci/fuzz $(FUZZCOUNT) "$$folder" $(RACE); status=$$?; rm -rf "$$folder"; exit $$status

## openapi: write http/openapi/openapi.yaml anew from the route tables, and the
## README's table of settings
openapi:
	$(GO) test ./http/openapi -update
	$(GO) test ./cmd/athena -run Readme -update

# setup finds a C compiler and PostgreSQL's server programs or installs them, and
# says what to do where it cannot.
setup:
	@sh cmd/setup/compiler.sh
	@sh cmd/setup/postgres.sh bin/postgres
	@sh cmd/setup/redis.sh

clean:
	rm -rf bin
