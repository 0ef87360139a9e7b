#!/bin/sh
# pin.sh CORE PID…: from now on these processes, with all their threads, share one core.
core=$1
shift
for pid; do taskset -a -c -p "$core" "$pid" >/dev/null || exit 1; done
