#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check_pure.sh pure.txt lib<room>.a...: the rooms may call each other and what pure.txt allows, no more.
set -eu
table=$1
shift
defined=$(nm --defined-only "$@" | awk 'NF == 3 { print $3 }' | sort -u)
status=0
for archive; do
	room=$(basename "$archive" .a)
	room=${room#lib}
	allow=$(awk -F': ' -v room="$room" '$1 == room || $1 == "all" { printf "%s%s", bar, $2; bar = "|" }' "$table")
	bad=$(nm -u "$archive" | awk '$1 == "U" { print $2 }' | sort -u | grep -vxE "$allow" | grep -vxF "$defined" || true)
	if [ -n "$bad" ]; then
		printf '%s is impure: it calls %s\n' "$room" "$(echo $bad)"
		status=1
	fi
done
exit $status
