// SPDX-License-Identifier: Apache-2.0
/* Text in double quotes, spelled so that JSON and YAML (1.1 and 1.2) both read it back. */
#pragma once

struct str;

/* Add @text with its quotes to @s; @text is UTF-8. */
void quote_add(struct str *s, const char *text);

/* The length in bytes of the character at @p when quotes must escape it, else 0. */
unsigned quote_needs_escape(const char *p);
