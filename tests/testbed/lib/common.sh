# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2016
#
# What every script of the test bed needs: messages, the state folder, and servers that are
# started in the background, watched, and ended by their process id.
#
# A state folder holds log/NAME.log and pid/NAME for each server. pid/NAME has two words, the
# process id and the process' start time, so that a number that now belongs to somebody else is
# never signalled.

umask 077
program=${0##*/}
state=

say() { printf '%s %s: %s\n' "$(date +%T)" "$program" "$*" >&2; }
die() { say "$*"; exit 1; }
misused() { say "$* (see $program --help)"; exit 2; }

# need PROGRAM PACKAGE: a Debian program that must be there.
need() { command -v "$1" >/dev/null || die "$1 is not in PATH; install the Debian package $2"; }

whole_number() { [[ $1 =~ ^[0-9]{1,6}$ ]]; }

# state_open DIR KIND create|existing|reading: sets $state and, unless it is only read, takes its
# lock. A folder with other contents is refused, so that `down` can never delete anything that is
# not ours. Servers are started with descriptor 9 closed, so only the scripts hold the lock.
state_open() {
	[[ $1 != -* && -n $1 ]] || misused "STATE_DIR is missing"
	if [[ $3 == create && ! -e $1/kind ]]; then
		mkdir -p "$1"
		[[ -z $(ls -A "$1") ]] || die "$1 is not empty and not a state folder of the test bed"
		printf '%s\n' "$2" >"$1/kind"
	fi
	[[ -e $1/kind ]] || die "$1 is not a state folder; start with: $program up $1"
	state=$(cd "$1" && pwd)
	[[ $(<"$state/kind") == "$2" ]] || die "$state belongs to $(<"$state/kind"), not to $2"
	[[ $3 != reading ]] || return 0
	mkdir -p "$state/log" "$state/pid"
	exec 9>"$state/lock"
	flock -w 300 9 || die "another run has held $state for five minutes"
}

# state_wipe: everything goes but the logs and what says that the folder is ours.
state_wipe() {
	find "$state" -mindepth 1 -maxdepth 1 ! -name log ! -name kind ! -name lock -exec rm -rf {} +
}

start_time_of() { # PID
	local stat words
	{ stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
	read -ra words <<<"${stat##*) }"
	[[ ${words[0]} != Z ]] || return 1
	printf '%s\n' "${words[19]}"
}

# alive NAME: the server with this name runs; its process id is then in $pid.
alive() {
	local since
	[[ -s $state/pid/$1 ]] || return 1
	read -r pid since <"$state/pid/$1"
	[[ $(start_time_of "$pid") == "$since" ]]
}

# start NAME COMMAND...: in a session of its own; nothing happens when it runs already.
start() {
	local name=$1 pid
	shift
	alive "$name" && return 0
	setsid "$@" >>"$state/log/$name.log" 2>&1 </dev/null 9>&- &
	pid=$!
	disown "$pid"
	printf '%s %s\n' "$pid" "$(start_time_of "$pid")" >"$state/pid/$name"
}

port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# need_port NAME PORT: the port must be free unless the server that owns it runs already.
need_port() {
	alive "$1" || ! port_taken "$2" ||
		die "port $2, wanted by $1, is taken; choose another --port-base (or --port)"
}

# wait_for NAME SECONDS COMMAND...: until the command succeeds; a dead server ends the wait.
wait_for() {
	local name=$1 limit=$((SECONDS + $2)) pid
	shift 2
	until "$@" >/dev/null 2>&1; do
		if ! alive "$name"; then
			tail -n 15 "$state/log/$name.log" >&2
			die "$name ended; its log is $state/log/$name.log"
		fi
		((SECONDS < limit)) || die "$name is not ready in time; its log is $state/log/$name.log"
		sleep 0.2
	done
}

# until_true SECONDS WHAT COMMAND...: the same for a condition that belongs to no single server.
until_true() {
	local limit=$((SECONDS + $1)) what=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		((SECONDS < limit)) || die "$what: not within the time allowed"
		sleep 0.2
	done
}

names_running() {
	local file
	for file in "$state"/pid/*; do
		[[ -e $file ]] && alive "${file##*/}" && printf '%s\n' "${file##*/}"
	done
	return 0
}

signal() { # SIGNAL NAME: to the server's whole session
	local pid
	alive "$2" && kill "-$1" -- "-$pid" 2>/dev/null
	return 0
}

any_alive() { # NAME...
	local name pid
	for name in "$@"; do
		alive "$name" && return 0
	done
	return 1
}

# stop NAME...: TERM, five seconds, KILL. API servers drain for a minute on TERM: KILL at once.
stop() {
	local name limit=$((SECONDS + 5))
	for name in "$@"; do
		case $name in
		*-apiserver) signal KILL "$name" ;;
		*) signal TERM "$name" ;;
		esac
	done
	while any_alive "$@" && ((SECONDS < limit)); do sleep 0.05; done
	for name in "$@"; do signal KILL "$name"; done
	while any_alive "$@"; do
		((SECONDS < limit + 5)) || die "cannot end: $*"
		sleep 0.05
	done
	for name in "$@"; do rm -f "$state/pid/$name"; done
}

stop_all() {
	local names
	mapfile -t names < <(names_running)
	((${#names[@]} == 0)) || stop "${names[@]}"
	rm -f "$state"/pid/*
}

# guard SECONDS DOWN_COMMAND...: takes everything down when a forgotten test bed gets too old.
guard() {
	local seconds=$1
	shift
	start guard bash -c 'sleep "$1"; shift; rm -f "$1/pid/guard"; shift; exec "$@"' guard "$seconds" "$state" "$@"
}

# setting NAME [DEFAULT]: a value that `up` has kept; keep NAME VALUE keeps one.
setting() {
	if [[ -e $state/set/$1 ]]; then
		printf '%s\n' "$(<"$state/set/$1")"
	else
		printf '%s\n' "${2:-}"
	fi
}
keep() { mkdir -p "$state/set" && printf '%s\n' "$2" >"$state/set/$1"; }
