// SPDX-License-Identifier: Apache-2.0
#include "app/cli/secret.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "app/app.h"
#include "base/arena.h"
#include "base/err.h"
#include "drive/file.h"

enum { SECRET_MAX = 64 * 1024, LINE = 1024 };

static const char *without_break(struct arena *a, const char *text)
{
	return arena_strndup(a, text, strcspn(text, "\r\n"));
}

struct err *secret_from_stdin(struct app *app, const char **ret_text)
{
	const char *bytes;
	size_t size;

	TRY(file_read_fd(app->arena, STDIN_FILENO, "standard input", SECRET_MAX, &bytes, &size));
	*ret_text = without_break(app->arena, bytes);
	if (!(*ret_text)[0] || strlen(bytes) != size)
		return err_new(app->arena, ERR_INPUT, "standard input holds no password");
	return NULL;
}

struct err *secret_ask(struct app *app, const char *prompt, bool echo, const char **ret_text)
{
	struct termios before, quiet;
	char line[LINE];
	bool got;

	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &before) != 0)
		return err_hint(
			app->arena,
			err_new(app->arena, ERR_INPUT, "there is no terminal to ask for a login"),
			"Use --username and --password-stdin.");
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	if (!echo) /* first, or what is typed at once is shown, and thrown away */
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	fputs(prompt, app->err);
	fflush(app->err);
	got = fgets(line, sizeof(line), stdin) != NULL;
	if (!echo) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
		fputc('\n', app->err);
	}
	if (!got)
		return err_new(app->arena, ERR_CANCELLED, "no login was given");
	*ret_text = without_break(app->arena, line);
	explicit_bzero(line, sizeof(line));
	return NULL;
}
