// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/mask.h"
#include "doc/node.h"

static const char *masked(struct arena *a, const char *text)
{
	struct node *n;

	assert_null(json_read(a, "test", text, strlen(text), &n));
	return json_write(a, mask_secrets(a, n), JSON_COMPACT);
}

static void secrets_become_hashes_and_the_rest_stays(void **state)
{
	struct arena a scoped_arena = {0};
	const char *text =
		"{\"db\":{\"user\":\"x\",\"rootPassword\":\"hunter2\"},"
		"\"env\":[{\"name\":\"API_TOKEN\",\"value\":\"t0p\"},"
		"{\"name\":\"PORT\",\"value\":\"80\"}],\"tokens\":{\"ttl\":5},\"password\":\"\"}";
	const char *out = masked(&a, text);
	(void)state;

	assert_null(strstr(out, "hunter2"));
	assert_null(strstr(out, "t0p"));
	assert_non_null(strstr(out, "\"user\":\"x\""));
	assert_non_null(strstr(out, "\"value\":\"80\""));
	assert_non_null(strstr(out, "\"ttl\":5"));
	assert_non_null(strstr(out, "\"password\":\"\""));
	assert_string_equal(out, masked(&a, text));
}

static void a_changed_secret_is_another_hash(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	assert_string_not_equal(masked(&a, "{\"secret\":\"one\"}"),
				masked(&a, "{\"secret\":\"two\"}"));
}

static void all_data_of_a_secret_object_is_hidden(void **state)
{
	struct arena a scoped_arena = {0};
	const char *out =
		masked(&a, "{\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\"},"
			   "\"stringData\":{\"user\":\"root\"},\"data\":{\"k\":\"dg==\"}}");
	(void)state;

	assert_null(strstr(out, "root"));
	assert_null(strstr(out, "dg=="));
	assert_non_null(strstr(out, "\"name\":\"s\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secrets_become_hashes_and_the_rest_stays),
		cmocka_unit_test(a_changed_secret_is_another_hash),
		cmocka_unit_test(all_data_of_a_secret_object_is_hidden),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
