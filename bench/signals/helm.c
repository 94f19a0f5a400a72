// SPDX-License-Identifier: Apache-2.0
/*
 * Stands where a helm is expected: writes down when it was started and how much processor time who
 * started it had used by then, and becomes the real one.
 *
 *     NAME.real   beside it, a link to the real helm
 *     NAME.log    one line a start: nanoseconds of the monotonic clock, processor nanoseconds of
 * the parent's threads, the first argument
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static long long clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Time on the processor of @pid, with the threads that it had; 0: unknown. */
static long long processor_ns(pid_t pid)
{
	struct timespec t;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &t))
		return 0;
	return (long long)t.tv_sec * 1000000000 + t.tv_nsec;
}

int main(int argc, char **argv)
{
	long long now = clock_ns(), used = processor_ns(getppid());
	char self[PATH_MAX - 8] = {0}, real[PATH_MAX], line[200];

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return 1;
	snprintf(real, sizeof(real), "%s.log", self);
	int log = open(real, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	int n = snprintf(line, sizeof(line), "%lld %lld %.40s\n", now, used,
			 argc > 1 ? argv[1] : "-");
	if (log < 0 || n < 0 || write(log, line, (size_t)n) != n)
		return 1;
	snprintf(real, sizeof(real), "%s.real", self);
	execv(real, argv);
	return 1;
}
