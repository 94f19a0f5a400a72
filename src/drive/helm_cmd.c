// SPDX-License-Identifier: Apache-2.0
#include "drive/helm_cmd.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "drive/file.h"

enum {
	RUN_MS = 60000,
	VERSION_MS = 20000,
	OUT_MAX = 1 << 20,
	WORDS_MAX = 1000, /* of an error of helm's */
};

struct helm {
	const char *program, *version;
	int major;
	const char *const *env;
	struct helm_settings settings;
};

const char *helm_program(const struct helm *h)
{
	return h->program;
}

const char *helm_version(const struct helm *h)
{
	return h->version;
}

int helm_major(const struct helm *h)
{
	return h->major;
}

/* ---- errors ---- */

/* What a piece of helm's words means; the first that is found counts. */
static enum err_kind kind_of(const char *words)
{
	static const struct {
		const char *piece;
		enum err_kind kind;
	} pieces[] = {
		{"another operation (install/upgrade/rollback) is in progress", ERR_LOCKED},
		{"cannot re-use a name", ERR_CONFLICT},
		{"cannot reuse a name", ERR_CONFLICT},
		{"release: already exists", ERR_CONFLICT},
		{"cannot be imported into the current release", ERR_CONFLICT},
		{"conflict occurred while applying", ERR_CONFLICT},
		{"timed out waiting", ERR_TIMEOUT},
		{"deadline exceeded", ERR_TIMEOUT},
		{"Client.Timeout", ERR_TIMEOUT},
		{"TLS handshake timeout", ERR_TIMEOUT},
		{"i/o timeout", ERR_TIMEOUT},
		{"is forbidden", ERR_FORBIDDEN},
		{"Unauthorized", ERR_FORBIDDEN},
		{"connection refused", ERR_REMOTE},
		{"no matches for kind", ERR_INPUT},
		{"values don't meet the specifications of the schema", ERR_INPUT},
		{"execution error at (", ERR_INPUT},
		{"parse error at (", ERR_INPUT},
		{"template: ", ERR_INPUT},
		{"YAML parse error", ERR_INPUT},
		{"chart requires kubeVersion", ERR_INPUT},
		{"Chart.yaml file is missing", ERR_INPUT},
		{"found in Chart.yaml, but missing in charts/", ERR_INPUT},
		{"cannot load Chart.yaml", ERR_INPUT},
		{"cannot load values.yaml", ERR_INPUT},
		{"error unpacking", ERR_INPUT},
		{"validation: ", ERR_INPUT},
		{"is invalid", ERR_INPUT},
		{"not found", ERR_NOT_FOUND},
	};

	for (size_t i = 0; i < countof(pieces); i++)
		if (strstr(words, pieces[i].piece))
			return pieces[i].kind;
	return ERR_REMOTE;
}

/* Everything from the last line that begins with "Error: ", on one line; else the last line. */
static const char *words_of(struct arena *a, const char *errors)
{
	const char *found = str_starts(errors, "Error: ") ? errors : NULL;
	struct str words = {.a = a};

	for (const char *p = errors; (p = strstr(p, "\nError: ")); p++)
		found = p + 1;
	if (!found)
		return proc_last_line(a, errors);
	for (const char *p = found + strlen("Error: "); *p;) {
		size_t len = strcspn(p, "\n");
		const char *line = p;

		p += len + (p[len] == '\n');
		while (len && strchr(" \t\r", *line)) {
			line++;
			len--;
		}
		if (str_starts(line, "Use --debug flag")) /* nobody can */
			continue;
		bool listed = words.len && words.text[words.len - 1] == ':';
		if (len && words.len < WORDS_MAX)
			str_addf(&words, "%s%.*s",
				 !words.len ? ""
				 : listed   ? " "
					    : "; ",
				 (int)len, line);
	}
	return str_printable(a, str_text(&words), false);
}

struct err *helm_err(struct arena *a, const char *errors, int exit_code)
{
	const char *words = words_of(a, errors);

	if (!*words)
		return err_new(a, ERR_REMOTE, "helm: %s %d without a word",
			       exit_code > 128 ? "ended by signal" : "exit code",
			       exit_code > 128 ? exit_code - 128 : exit_code);
	struct err *e = err_new(a, kind_of(words), "helm: %s", words);
	if (strstr(words, "missing in charts/"))
		return err_hint(a, e, "Run `helm dependency build` on the chart's folder.");
	return e;
}

/* ---- running ---- */

static const char *const *with_program(struct arena *a, const char *const *args)
{
	vec_of(const char *) argv = {0};

	*vec_push(a, &argv) = "helm";
	for (; *args; args++)
		*vec_push(a, &argv) = *args;
	*vec_push(a, &argv) = NULL;
	return argv.at;
}

struct err *helm_run(const struct helm *h, struct arena *a, const struct helm_call *call,
		     const char **ret_out)
{
	struct proc_result r;
	struct proc_want want = {
		.path = h->program,
		.argv = with_program(a, call->args),
		.env = h->env,
		.dir = call->dir,
		.files = call->files,
		.n_files = call->n_files,
		.keep_fds = h->settings.keep_fds,
		.n_keep_fds = h->settings.n_keep_fds,
		.out_cap = call->out_cap ? call->out_cap : OUT_MAX,
		.err_cap = 64 << 10,
		.timeout_ms = call->timeout_ms ? call->timeout_ms : RUN_MS,
		.cancel = h->settings.cancel,
	};

	TRY(proc_run(a, &want, &r));
	if (r.exit_code != 0)
		return helm_err(a, *r.err ? r.err : r.out, r.exit_code);
	if (ret_out && r.out_dropped)
		return err_new(a, ERR_TOO_LARGE, "helm %s: more than %zu bytes of output",
			       call->args[0], want.out_cap);
	if (ret_out)
		*ret_out = r.out;
	return NULL;
}

/* ---- opening ---- */

static const char *const *make_env(struct arena *a, const char *home)
{
	static const char *const passed[] = {
		"HTTP_PROXY", "http_proxy",    "HTTPS_PROXY",  "https_proxy", "NO_PROXY",
		"no_proxy",   "SSL_CERT_FILE", "SSL_CERT_DIR", "TMPDIR",
	};
	vec_of(const char *) env = {0};

	*vec_push(a, &env) = "PATH=/usr/local/bin:/usr/bin:/bin";
	*vec_push(a, &env) = "LC_ALL=C";
	*vec_push(a, &env) = arena_printf(a, "HOME=%s", home);
	*vec_push(a, &env) = arena_printf(a, "HELM_CACHE_HOME=%s/cache", home);
	*vec_push(a, &env) = arena_printf(a, "HELM_CONFIG_HOME=%s/config", home);
	*vec_push(a, &env) = arena_printf(a, "HELM_DATA_HOME=%s/data", home);
	*vec_push(a, &env) = arena_printf(a, "HELM_PLUGINS=%s/no-plugins", home);
	for (size_t i = 0; i < countof(passed); i++) {
		const char *value = getenv(passed[i]);

		if (value && *value)
			*vec_push(a, &env) = arena_printf(a, "%s=%s", passed[i], value);
	}
	*vec_push(a, &env) = NULL;
	return env.at;
}

/* What tells this very program from its successor: helm takes 50 ms to say its version. */
static const char *stamp_of(struct arena *a, const char *program)
{
	struct stat st;

	if (stat(program, &st) != 0)
		return "";
	return arena_printf(a, "%s %lld %lld.%09ld %llu", program, (long long)st.st_size,
			    (long long)st.st_mtim.tv_sec, (long)st.st_mtim.tv_nsec,
			    (unsigned long long)st.st_ino);
}

/* The version that was noted for @stamp in @path, or NULL. */
static const char *noted_version(struct arena *a, const char *path, const char *stamp)
{
	const char *text;
	size_t size, len = strlen(stamp);

	if (file_read(a, path, 4096, &text, &size))
		return NULL;
	if (strncmp(text, stamp, len) != 0 || text[len] != '\n')
		return NULL;
	return arena_strndup(a, text + len + 1, strcspn(text + len + 1, "\n"));
}

/* When it fails the version is asked for again next time. */
static void note_version(struct arena *a, const char *path, const char *stamp, const char *version)
{
	const char *text = arena_printf(a, "%s\n%s\n", stamp, version);
	struct err *lost = file_write(a, path, 0600, text, strlen(text));

	(void)lost;
}

static struct err *ask_version(struct helm *h, struct arena *a, const char **ret_version)
{
	static const char *const args[] = {"version", "--template", "{{.Version}}", NULL};
	struct helm_call call = {.args = args, .timeout_ms = VERSION_MS};
	const char *out;

	TRY(err_hint(
		a,
		err_wrap(a, helm_run(h, a, &call, &out), "asking '%s' for its version", h->program),
		"Is it Helm? Helm 3 or 4 is needed; say where it is: helm.path, SMO_HELM or "
		"--helm."));
	*ret_version = arena_strndup(a, out + (*out == 'v'), strcspn(out + (*out == 'v'), " \r\n"));
	return NULL;
}

struct err *helm_open(struct arena *a, const struct helm_settings *settings, struct helm **ret_helm)
{
	struct helm *h = arena_new(a, struct helm);
	const char *name = settings->program && *settings->program ? settings->program : "helm";
	const char *note = arena_printf(a, "%s/version", settings->home);

	TRY(err_hint(a, proc_find(a, name, &h->program),
		     "Install Helm 3 or 4, or say where it is: helm.path, SMO_HELM or --helm."));
	TRY(file_make_dirs(a, settings->home, 0700));
	h->settings = *settings;
	h->env = make_env(a, settings->home);
	const char *stamp = stamp_of(a, h->program);
	h->version = noted_version(a, note, stamp);
	if (!h->version) {
		TRY(ask_version(h, a, &h->version));
		note_version(a, note, stamp, h->version);
	}
	h->major = (h->version[0] == '3' || h->version[0] == '4') && h->version[1] == '.'
			   ? h->version[0] - '0'
			   : 0;
	if (!h->major)
		return err_hint(a,
				err_new(a, ERR_INPUT, "'%s' is Helm '%s'", h->program,
					str_printable(a, h->version, false)),
				"Helm 3 or 4 is needed.");
	*ret_helm = h;
	return NULL;
}
