# SPDX-License-Identifier: Apache-2.0
# What fuzz_profile needs of the command, which is no library.
set(profile_sources npy_header.c npy.c profile.c profile_csv.c say.c options.c utf8.c pool.c)
list(TRANSFORM profile_sources PREPEND ${PROJECT_SOURCE_DIR}/bindings/cli/)
