#!/bin/sh
# The appliance in the foreground for the peer bench: BENCH_PORT, BENCH_TLS_PORT, BENCH_CERT, BENCH_KEY, BENCH_DOMAIN,
# BENCH_USERS, BENCH_PASS, BENCH_SET (A: nothing recorded, B: archived in the PostgreSQL on BENCH_PGPORT), BENCH_TMP.
cd "$(dirname "$0")/../.."
# Read by malloc before Node starts, as in bootstrap, image and unit.
export MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=65536
exec node_modules/.bin/node --max-semi-space-size=16 --initial-heap-size=160 ${BENCH_NODE_FLAGS:-} test/load/serve.mjs
