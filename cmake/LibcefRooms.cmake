# SPDX-License-Identifier: Apache-2.0
# What every target of the house is compiled with, and how a room lists its sources.

add_library(libcef_flags INTERFACE)
target_compile_options(libcef_flags INTERFACE
  -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wno-unused-parameter
  -ffp-contract=off # the same bits on machines with and without fused multiply-add
  -fno-math-errno # sqrt and fabs stay instructions; libcef reads no errno from libm
  $<$<BOOL:${LIBCEF_WERROR}>:-Werror>)
target_compile_definitions(libcef_flags INTERFACE _GNU_SOURCE)
target_include_directories(libcef_flags INTERFACE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/libcef)

# cef_room(<room> <file>...): base goes into both libraries, io into libcef_io, every other room into libcef.
function(cef_room room)
  if(room STREQUAL "base" OR room STREQUAL "io")
    set(objects libcef_${room}_objects)
  else()
    set(objects libcef_core_objects)
  endif()
  foreach(file IN LISTS ARGN)
    target_sources(${objects} PRIVATE ${PROJECT_SOURCE_DIR}/libcef/${room}/${file})
  endforeach()
endfunction()

# cef_kernels(<room> <file>...): sources compiled once per instruction set (libcef/lanes/lanes.h).
function(cef_kernels room)
  foreach(width portable avx2 avx512)
    foreach(file IN LISTS ARGN)
      target_sources(libcef_kernels_${width} PRIVATE ${PROJECT_SOURCE_DIR}/libcef/${room}/${file})
    endforeach()
  endforeach()
endfunction()
