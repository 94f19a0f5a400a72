// SPDX-License-Identifier: Apache-2.0
/* Two texts line by line, for people: what went, what came, and a little around it. */
#pragma once

struct str;

/*
 * Add to @out, each line with @indent in front: "- " lines of @before only, "+ " lines of @after
 * only, "  " up to three lines of both beside them, "..." for more.  As few lines as possible are
 * marked, unless the texts are very long.  Nothing is added when they are equal.
 */
void line_diff(struct str *out, const char *indent, const char *before, const char *after);
