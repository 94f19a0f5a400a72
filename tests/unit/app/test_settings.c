// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/cli/args.h"
#include "app/settings.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/str.h"
#include "doc/node.h"
#include "doc/problems.h"
#include "doc/yaml.h"

/* The environment of these tests; the program's own is never asked. */
static const char *environment[8][2];

static const char *env(const char *name)
{
	for (size_t i = 0; environment[i][0]; i++)
		if (str_eq(environment[i][0], name))
			return environment[i][1];
	return str_eq(name, "HOME") ? "/home/u" : NULL;
}

static void set_env(const char *name, const char *value)
{
	size_t i = 0;

	while (environment[i][0])
		i++;
	assert_true(i + 1 < countof(environment));
	environment[i][0] = name;
	environment[i][1] = value;
}

struct fix {
	struct arena a;
	char *dir, *file;
	struct problems ps;
	struct settings *s;
};

static int set_up(void **state)
{
	struct fix *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	memset(environment, 0, sizeof(environment));
	f->dir = arena_strdup(&f->a, "/tmp/smo-settings-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	f->file = arena_printf(&f->a, "%s/config.yaml", f->dir);
	f->ps.a = &f->a;
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fix *f = *state;

	unlink(f->file);
	rmdir(f->dir);
	arena_done(&f->a);
	free(f);
	return 0;
}

static void write_file(struct fix *f, const char *text)
{
	FILE *file = fopen(f->file, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static struct err *load(struct fix *f, const struct args *args)
{
	const struct settings_input in = {.dir = f->dir, .env = env, .args = args};

	return settings_load(&f->a, &in, &f->ps, &f->s);
}

static void without_a_file_everything_is_default(void **state)
{
	struct fix *f = *state;

	assert_null(load(f, NULL));
	assert_int_equal(f->ps.list.n, 0);
	assert_false(f->s->has_file);
	assert_string_equal(settings_text(f->s, "karmada_kubeconfig"),
			    "/home/u/.kube/karmada-apiserver.config");
	assert_string_equal(settings_text(f->s, "db.url"),
			    arena_printf(&f->a, "sqlite:///%s/smo.db", f->dir));
	assert_string_equal(settings_text(f->s, "cache.dir"), "/home/u/.cache/smo");
	assert_null(settings_text(f->s, "karmada_context"));
	assert_true(settings_bool(f->s, "helm.insecure_registry"));
	assert_int_equal(settings_int(f->s, "apply.parallel"), 4);
	assert_int_equal(settings_ms(f->s, "helm.timeout"), 300000);
}

static void every_default_is_valid(void **state)
{
	struct fix *f = *state;

	/* The defaults written into a file and read back: whatever is wrong with one is told. */
	assert_null(load(f, NULL));
	write_file(f, yaml_write(&f->a, settings_document(&f->a, f->s)));
	assert_null(load(f, NULL));
	assert_int_equal(f->ps.list.n, 0);
}

static void a_new_file_holds_the_originals_keys_and_reads_back(void **state)
{
	struct fix *f = *state;

	write_file(f, settings_template(&f->a, f->dir, true));
	assert_null(load(f, NULL));
	assert_int_equal(f->ps.list.n, 0);
	assert_string_equal(settings_text(f->s, "world"), "simulated");
	assert_string_equal(settings_text(f->s, "grafana.password"), "prom-operator");
	assert_string_equal(settings_text(f->s, "karmada_kubeconfig"),
			    "/home/u/.kube/karmada-apiserver.config");
}

static void a_directory_with_a_strange_name_survives_the_file(void **state)
{
	struct fix *f = *state;
	const char *dir = "/tmp/a \"b\": #c'\\";
	const char *text = settings_template(&f->a, dir, false);

	write_file(f, text);
	assert_null(load(f, NULL));
	assert_string_equal(settings_text(f->s, "db.url"),
			    arena_printf(&f->a, "sqlite:///%s/smo.db", dir));
}

static void file_environment_and_flag_overrule_in_this_order(void **state)
{
	struct fix *f = *state;
	char *argv[] = {arena_strdup(&f->a, "smo"), arena_strdup(&f->a, "--context=flag"),
			arena_strdup(&f->a, "version")};
	struct args args = {0};

	write_file(f, "karmada_context: file\n");
	assert_null(load(f, NULL));
	assert_string_equal(settings_text(f->s, "karmada_context"), "file");
	assert_string_equal(settings_value(f->s, "karmada_context")->where,
			    arena_printf(&f->a, "%s:1:18", f->file));
	set_env("KARMADA_CONTEXT", "environment");
	assert_null(load(f, NULL));
	assert_string_equal(settings_text(f->s, "karmada_context"), "environment");
	assert_int_equal(settings_value(f->s, "karmada_context")->origin, ORIGIN_ENVIRONMENT);
	assert_null(args_parse(&f->a, 3, argv, &args));
	assert_null(load(f, &args));
	assert_string_equal(settings_text(f->s, "karmada_context"), "flag");
	assert_string_equal(settings_value(f->s, "karmada_context")->where, "--context");
}

static void an_empty_variable_is_not_set(void **state)
{
	struct fix *f = *state;

	set_env("PROMETHEUS_HOST", "");
	assert_null(load(f, NULL));
	assert_string_equal(settings_text(f->s, "prometheus_host"), "http://localhost:9090");
}

static void a_bare_kubeconfig_name_is_a_file_of_the_kube_directory(void **state)
{
	struct fix *f = *state;

	set_env("KARMADA_KUBECONFIG", "other.config");
	assert_null(load(f, NULL));
	assert_string_equal(settings_text(f->s, "karmada_kubeconfig"),
			    "/home/u/.kube/other.config");
}

static void a_boolean_has_many_spellings(void **state)
{
	static const struct {
		const char *text;
		bool value;
	} cases[] = {{"True", true},   {"t", true},   {"yes", true}, {"Y", true},
		     {"1", true},      {"on", true},  {"no", false}, {"0", false},
		     {"False", false}, {"off", false}};
	struct fix *f = *state;

	for (size_t i = 0; i < countof(cases); i++) {
		memset(environment, 0, sizeof(environment));
		set_env("INSECURE_REGISTRY", cases[i].text);
		assert_null(load(f, NULL));
		assert_int_equal(settings_bool(f->s, "helm.insecure_registry"), cases[i].value);
	}
	assert_int_equal(f->ps.list.n, 0);
}

static void a_list_is_a_list_in_the_file_and_commas_in_the_environment(void **state)
{
	struct fix *f = *state;
	const char *const *items = NULL;

	write_file(f, "helm:\n  insecure_registries:\n  - a:5000\n  - b\n");
	assert_null(load(f, NULL));
	assert_int_equal(settings_list(f->s, "helm.insecure_registries", &items), 2);
	assert_string_equal(items[0], "a:5000");
	set_env("SMO_INSECURE_REGISTRIES", " c , d,,e ");
	assert_null(load(f, NULL));
	assert_int_equal(settings_list(f->s, "helm.insecure_registries", &items), 3);
	assert_string_equal(items[2], "e");
}

static void another_generation_of_files_is_understood(void **state)
{
	struct fix *f = *state;

	write_file(f, "database:\n  url: sqlite:///x.db\nkarmada:\n  kubeconfig: ~/k\n"
		      "prometheus:\n  host: http://p\ngrafana:\n  grafana_host: http://g\n");
	assert_null(load(f, NULL));
	assert_int_equal(f->ps.list.n, 0);
	assert_string_equal(settings_text(f->s, "db.url"), "sqlite:///x.db");
	assert_string_equal(settings_text(f->s, "karmada_kubeconfig"), "/home/u/k");
	assert_string_equal(settings_text(f->s, "prometheus_host"), "http://p");
	assert_string_equal(settings_text(f->s, "grafana.host"), "http://g");
}

static void mistakes_are_all_told_with_their_place(void **state)
{
	struct fix *f = *state;

	write_file(f, "helm:\n  insecure_registri: yes\n  timeout: soon\n"
		      "apply: {parallel: 65}\nworld: {a: 1}\n");
	assert_null(load(f, NULL));
	assert_int_equal(f->ps.list.n, 4);
	assert_int_equal(f->ps.n_errors, 3);
	assert_int_equal(f->ps.list.at[0].severity, SEVERITY_WARNING);
	assert_string_equal(f->ps.list.at[0].hint, "Did you mean 'helm.insecure_registry'?");
	assert_int_equal(f->ps.list.at[1].at.line, 3);
	assert_int_equal(f->ps.list.at[1].at.column, 12);
	assert_string_equal(f->ps.list.at[2].msg,
			    "'apply.parallel' must be from 1 to 64, not '65'");
}

static void a_file_that_is_no_mapping_is_refused(void **state)
{
	struct fix *f = *state;
	struct err *e;

	write_file(f, "just text\n");
	e = load(f, NULL);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_INPUT);
	write_file(f, "");
	assert_null(load(f, NULL));
}

static void secrets_are_never_shown(void **state)
{
	struct fix *f = *state;

	set_env("GRAFANA_PASSWORD", "hunter2");
	set_env("SMO_DB_URL", "postgresql://smo:hunter2@db/smo");
	assert_null(load(f, NULL));
	assert_string_equal(settings_text(f->s, "grafana.password"), "hunter2");
	assert_null(strstr(yaml_write(&f->a, settings_document(&f->a, f->s)), "hunter2"));
	assert_null(strstr(yaml_write(&f->a, settings_origins(&f->a, f->s)), "hunter2"));
}

/* Whatever a secret setting is set to, a complaint does not repeat it. */
static void a_secret_is_not_repeated_in_a_complaint(void **state)
{
	struct fix *f = *state;

	write_file(f, "grafana:\n  password: [hunter2]\n");
	assert_null(load(f, NULL));
	assert_int_equal(f->ps.n_errors, 1);
	assert_null(strstr(f->ps.list.at[0].msg, "hunter2"));
}

static void every_setting_has_help_and_a_key_of_its_own(void **state)
{
	(void)state;
	for (size_t i = 0; setting_at(i); i++) {
		assert_true(setting_at(i)->help && *setting_at(i)->help);
		assert_true(setting_at(i)->type != SETTING_WORD || setting_at(i)->words);
		assert_false(setting_at(i)->secret && setting_at(i)->flag.name);
		for (size_t k = i + 1; setting_at(k); k++)
			assert_string_not_equal(setting_at(i)->key, setting_at(k)->key);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_file_everything_is_default),
		TEST(every_default_is_valid),
		TEST(a_new_file_holds_the_originals_keys_and_reads_back),
		TEST(a_directory_with_a_strange_name_survives_the_file),
		TEST(file_environment_and_flag_overrule_in_this_order),
		TEST(an_empty_variable_is_not_set),
		TEST(a_bare_kubeconfig_name_is_a_file_of_the_kube_directory),
		TEST(a_boolean_has_many_spellings),
		TEST(a_list_is_a_list_in_the_file_and_commas_in_the_environment),
		TEST(another_generation_of_files_is_understood),
		TEST(mistakes_are_all_told_with_their_place),
		TEST(a_file_that_is_no_mapping_is_refused),
		TEST(secrets_are_never_shown),
		TEST(a_secret_is_not_repeated_in_a_complaint),
		cmocka_unit_test(every_setting_has_help_and_a_key_of_its_own),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
