// SPDX-License-Identifier: Apache-2.0
/* The program: smo, also called smo-cli and hdarctl. */
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "app/cli/args.h"
#include "app/cli/hdarctl.h"
#include "app/cli/help.h"
#include "app/cli/progress.h"
#include "app/cli/term.h"
#include "app/cli/verb.h"
#include "app/settings.h"
#include "app/wire.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/problems.h"

static struct cancel cancel;

/* The first signal asks to stop; the second one ends us the usual way. */
static void on_signal(int signal_number)
{
	atomic_store(&cancel.raised, true);
	signal(signal_number, SIG_DFL);
}

static void catch_signals(void)
{
	struct sigaction stop = {.sa_handler = on_signal};
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct sigaction usual = {.sa_handler = SIG_DFL};

	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	/* Inherited as ignored, it would hide how children ended. */
	sigaction(SIGCHLD, &usual, NULL);
}

static const char *state_dir(struct arena *a, const struct args *args)
{
	const char *dir = args_count(args, "dir") ? args_text(args, "dir") : getenv("SMO_DIR");
	const char *home = getenv("HOME");
	char *cwd;

	if (!dir || !*dir)
		return arena_printf(a, "%s/.smo", home ? home : "");
	if (str_starts(dir, "~/"))
		return arena_printf(a, "%s%s", home ? home : "", dir + 1);
	if (*dir == '/')
		return dir;
	cwd = getcwd(NULL, 0);
	const char *absolute = arena_printf(a, "%s/%s", cwd ? cwd : "", dir);
	free(cwd);
	return absolute;
}

static bool wants_color(const struct args *args, int fd)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(fd) && !args_flag(args, "no-color") && !(no && *no) && !str_eq(term, "dumb");
}

static enum output_form form_of(const struct args *args)
{
	static const char *const names[] = {"table", "wide", "json", "yaml", "name"};
	const char *text = args_text(args, "output");

	for (size_t i = 0; i < countof(names); i++)
		if (str_eq(text, names[i]))
			return (enum output_form)i;
	return OUTPUT_TABLE;
}

static const char *env_of(const char *name)
{
	return getenv(name);
}

static struct err *load_settings(struct app *app)
{
	struct problems ps = {.a = app->arena};
	const struct settings_input in = {.dir = app->dir, .env = env_of, .args = app->args};

	TRY(settings_load(app->arena, &in, &ps, &app->settings));
	for (size_t i = 0; i < ps.list.n; i++) {
		const struct problem *p = &ps.list.at[i];

		if (p->severity != SEVERITY_ERROR)
			term_warning(app, "%s:%u:%u: %s%s%s%s", p->at.source, p->at.line,
				     p->at.column, p->msg, p->hint ? " (" : "",
				     p->hint ? p->hint : "", p->hint ? ")" : "");
	}
	return problems_err(app->arena, &ps);
}

static bool confirmed(struct app *app, const struct verb *v)
{
	const char *format = v->confirm;
	const char *operand = args_operand(app->args, 0);
	struct str question = {.a = app->arena};

	if (!format)
		return true;
	for (const char *p = format; *p; p++)
		if (p[0] == '%' && p[1] == 's') {
			str_add(&question, operand ? operand : "");
			p++;
		} else {
			str_add_n(&question, p, 1);
		}
	return term_confirm(app, str_text(&question));
}

static struct err *run(struct app *app)
{
	const struct verb *v = app->args->verb;

	if (args_flag(app->args, "version")) {
		v = verb_at("version");
	} else if (app->args->help || !v || !v->run) {
		fputs(help_text(app->arena, app->program, v), app->out);
		return NULL;
	}
	if (!v->bare)
		TRY(load_settings(app));
	if (v->warn && !app->yes)
		TRY(v->warn(app));
	if (!confirmed(app, v)) {
		app->exit_code = 1;
		return NULL;
	}
	app->progress = progress_new(app);
	struct err *e = v->run(app);
	progress_free(app->progress);
	app->progress = NULL;
	return e;
}

/* Nobody reads it any more: `smo graph list | head -1`. */
static bool is_left(FILE *out)
{
	struct pollfd p = {.fd = fileno(out), .events = POLLOUT};

	return poll(&p, 1, 0) == 1 && p.revents & POLLERR;
}

static int finish(struct app *app, const struct err *e)
{
	wire_done(app);
	bool lost = fflush(app->out) != 0 || ferror(app->out);
	if (lost && !e && !is_left(app->out)) {
		fputs("ERROR: standard output cannot be written\n", app->err);
		return 1;
	}
	if (!e)
		return app->exit_code;
	term_error(app, e);
	return err_kind_info(e->kind)->exit_code;
}

int main(int argc, char **argv)
{
	struct arena a scoped_arena = {0};
	struct args args = {0};
	const char *slash = argc ? strrchr(argv[0], '/') : NULL;
	struct app app = {
		.arena = &a,
		.args = &args,
		.cancel = &cancel,
		.out = stdout,
		.err = stderr,
		.program = slash  ? slash + 1
			   : argc ? argv[0]
				  : "smo",
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	catch_signals();
	if (hdarctl_called(app.program))
		argv = hdarctl_argv(&a, argc, argv, &argc);
	struct err *e = args_parse(&a, argc, argv, &args);
	if (e)
		return finish(&app, e);
	app.form = form_of(&args);
	app.color_out = wants_color(&args, STDOUT_FILENO);
	app.color_err = wants_color(&args, STDERR_FILENO);
	app.yes = args_flag(&args, "yes");
	app.verbose = (int)args_count(&args, "verbose");
	app.dir = state_dir(&a, &args);
	return finish(&app, run(&app));
}
