# SPDX-License-Identifier: Apache-2.0
# AMD of SuiteSparse (BSD-3-Clause): target libcef::amd. Debian ships no CMake package or .pc file for it.
find_path(AMD_INCLUDE_DIR amd.h PATH_SUFFIXES suitesparse)
find_library(AMD_LIBRARY amd)
find_library(SUITESPARSECONFIG_LIBRARY suitesparseconfig)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(AMD REQUIRED_VARS AMD_LIBRARY AMD_INCLUDE_DIR)
if(AMD_FOUND AND NOT TARGET libcef::amd)
  add_library(libcef::amd UNKNOWN IMPORTED)
  set_target_properties(libcef::amd PROPERTIES IMPORTED_LOCATION ${AMD_LIBRARY}
                        INTERFACE_INCLUDE_DIRECTORIES ${AMD_INCLUDE_DIR})
endif()
mark_as_advanced(AMD_INCLUDE_DIR AMD_LIBRARY SUITESPARSECONFIG_LIBRARY)
