# SPDX-License-Identifier: Apache-2.0
# What an installation holds: both libraries, shared and static, the headers as <cef/...>, the command, a CMake package and
# two pkg-config files, both relocatable. Find modules go with the package: static users need AMD, KLU, OpenBLAS and libyaml.
include(CMakePackageConfigHelpers)
option(LIBCEF_INSTALL "Install libcef" ${PROJECT_IS_TOP_LEVEL})
if(NOT LIBCEF_INSTALL)
  return()
endif()

# A prefix that no loader knows still works: the second library finds the first beside itself.
set_target_properties(cef_io PROPERTIES INSTALL_RPATH "$ORIGIN")
install(TARGETS cef cef_io EXPORT libcef-shared)
install(TARGETS cef_static cef_io_static EXPORT libcef-static)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/cef TYPE INCLUDE FILES_MATCHING PATTERN "*.h")
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE TYPE DOC)
if(TARGET cef_cli)
  if(IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR})
    set(command_rpath ${CMAKE_INSTALL_LIBDIR})
  else()
    file(RELATIVE_PATH from_bin_to_lib /${CMAKE_INSTALL_BINDIR} /${CMAKE_INSTALL_LIBDIR})
    set(command_rpath $ORIGIN/${from_bin_to_lib})
  endif()
  set(commands cef_cli)
  if(TARGET cef_meterd)
    list(APPEND commands cef_meterd)
    install(FILES ${PROJECT_SOURCE_DIR}/bindings/mqtt/NOTICE.md TYPE DOC RENAME NOTICE-mqtt.md)
  endif()
  set_target_properties(${commands} PROPERTIES INSTALL_RPATH "${command_rpath}")
  install(TARGETS ${commands})
endif()
# Man pages: those kept in the tree, and those that a target writes and lists in this property.
get_property(man_pages GLOBAL PROPERTY LIBCEF_MAN_PAGES)
file(GLOB kept_man_pages ${PROJECT_SOURCE_DIR}/docs/man/*.1)
if(man_pages OR kept_man_pages)
  install(FILES ${man_pages} ${kept_man_pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endif()

# ---- CMake package: libcef::cef, libcef::cef_io always; libcef::cef_static, libcef::cef_io_static when their needs are met
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/libcef)
install(EXPORT libcef-shared NAMESPACE libcef:: DESTINATION ${package_dir})
install(EXPORT libcef-static NAMESPACE libcef:: DESTINATION ${package_dir})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/libcef-config.cmake.in ${PROJECT_BINARY_DIR}/libcef-config.cmake
                              INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may break, so only the same one is compatible.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/libcef-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/libcef-config.cmake ${PROJECT_BINARY_DIR}/libcef-config-version.cmake
              ${PROJECT_SOURCE_DIR}/cmake/FindAMD.cmake ${PROJECT_SOURCE_DIR}/cmake/FindKLU.cmake
              ${PROJECT_SOURCE_DIR}/cmake/FindOpenBLAS.cmake
        DESTINATION ${package_dir})

# ---- pkg-config: relative to the .pc file itself, unless the folders were given as absolute paths
if(IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR})
  set(pc_prefix ${CMAKE_INSTALL_PREFIX})
  set(pc_libdir ${CMAKE_INSTALL_LIBDIR})
else()
  file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  string(REGEX REPLACE "/$" "" up ${up})
  set(pc_prefix "\${pcfiledir}/${up}")
  set(pc_libdir "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
endif()
if(IS_ABSOLUTE ${CMAKE_INSTALL_INCLUDEDIR})
  set(pc_includedir ${CMAKE_INSTALL_INCLUDEDIR})
else()
  set(pc_includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
set(pc_core_private "-lklu -lbtf -lcolamd -lamd -lsuitesparseconfig") # all that libklu.a names: for -static
if(LIBCEF_WITH_BLAS)
  string(APPEND pc_core_private " -lopenblas")
endif()
string(APPEND pc_core_private " -lm")
foreach(pc libcef libcef_io)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/${pc}.pc.in ${PROJECT_BINARY_DIR}/${pc}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${pc}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
