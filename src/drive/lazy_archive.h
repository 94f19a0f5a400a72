// SPDX-License-Identifier: Apache-2.0
/* libarchive, loaded at the first call.  A function that is missing here is added to the list. */
#pragma once

#include <archive.h>
#include <archive_entry.h>

#define ARCHIVE_CALLS(X)                                                                           \
	X(archive_entry_filetype)                                                                  \
	X(archive_entry_free)                                                                      \
	X(archive_entry_hardlink)                                                                  \
	X(archive_entry_hardlink_w)                                                                \
	X(archive_entry_new)                                                                       \
	X(archive_entry_pathname)                                                                  \
	X(archive_entry_pathname_utf8)                                                             \
	X(archive_entry_perm)                                                                      \
	X(archive_entry_set_filetype)                                                              \
	X(archive_entry_set_gid)                                                                   \
	X(archive_entry_set_mtime)                                                                 \
	X(archive_entry_set_pathname_utf8)                                                         \
	X(archive_entry_set_perm)                                                                  \
	X(archive_entry_set_size)                                                                  \
	X(archive_entry_set_uid)                                                                   \
	X(archive_entry_size)                                                                      \
	X(archive_error_string)                                                                    \
	X(archive_read_data)                                                                       \
	X(archive_read_free)                                                                       \
	X(archive_read_new)                                                                        \
	X(archive_read_next_header)                                                                \
	X(archive_read_open_fd)                                                                    \
	X(archive_read_open_memory)                                                                \
	X(archive_read_support_filter_gzip)                                                        \
	X(archive_read_support_format_tar)                                                         \
	X(archive_set_error)                                                                       \
	X(archive_write_add_filter_gzip)                                                           \
	X(archive_write_close)                                                                     \
	X(archive_write_data)                                                                      \
	X(archive_write_free)                                                                      \
	X(archive_write_header)                                                                    \
	X(archive_write_new)                                                                       \
	X(archive_write_open)                                                                      \
	X(archive_write_set_bytes_in_last_block)                                                   \
	X(archive_write_set_format_pax_restricted)                                                 \
	X(archive_write_set_options)

struct archive_calls {
#define ARCHIVE_MEMBER(name) __typeof__(&name) name;
	ARCHIVE_CALLS(ARCHIVE_MEMBER)
#undef ARCHIVE_MEMBER
};

/* Thread-safe. */
const struct archive_calls *archive_calls(void);

#define archive_entry_filetype                archive_calls()->archive_entry_filetype
#define archive_entry_free                    archive_calls()->archive_entry_free
#define archive_entry_hardlink                archive_calls()->archive_entry_hardlink
#define archive_entry_hardlink_w              archive_calls()->archive_entry_hardlink_w
#define archive_entry_new                     archive_calls()->archive_entry_new
#define archive_entry_pathname                archive_calls()->archive_entry_pathname
#define archive_entry_pathname_utf8           archive_calls()->archive_entry_pathname_utf8
#define archive_entry_perm                    archive_calls()->archive_entry_perm
#define archive_entry_set_filetype            archive_calls()->archive_entry_set_filetype
#define archive_entry_set_gid                 archive_calls()->archive_entry_set_gid
#define archive_entry_set_mtime               archive_calls()->archive_entry_set_mtime
#define archive_entry_set_pathname_utf8       archive_calls()->archive_entry_set_pathname_utf8
#define archive_entry_set_perm                archive_calls()->archive_entry_set_perm
#define archive_entry_set_size                archive_calls()->archive_entry_set_size
#define archive_entry_set_uid                 archive_calls()->archive_entry_set_uid
#define archive_entry_size                    archive_calls()->archive_entry_size
#define archive_error_string                  archive_calls()->archive_error_string
#define archive_read_data                     archive_calls()->archive_read_data
#define archive_read_free                     archive_calls()->archive_read_free
#define archive_read_new                      archive_calls()->archive_read_new
#define archive_read_next_header              archive_calls()->archive_read_next_header
#define archive_read_open_fd                  archive_calls()->archive_read_open_fd
#define archive_read_open_memory              archive_calls()->archive_read_open_memory
#define archive_read_support_filter_gzip      archive_calls()->archive_read_support_filter_gzip
#define archive_read_support_format_tar       archive_calls()->archive_read_support_format_tar
#define archive_set_error                     archive_calls()->archive_set_error
#define archive_write_add_filter_gzip         archive_calls()->archive_write_add_filter_gzip
#define archive_write_close                   archive_calls()->archive_write_close
#define archive_write_data                    archive_calls()->archive_write_data
#define archive_write_free                    archive_calls()->archive_write_free
#define archive_write_header                  archive_calls()->archive_write_header
#define archive_write_new                     archive_calls()->archive_write_new
#define archive_write_open                    archive_calls()->archive_write_open
#define archive_write_set_bytes_in_last_block archive_calls()->archive_write_set_bytes_in_last_block
#define archive_write_set_format_pax_restricted                                                    \
	archive_calls()->archive_write_set_format_pax_restricted
#define archive_write_set_options archive_calls()->archive_write_set_options
