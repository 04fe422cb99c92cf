# SPDX-License-Identifier: EUPL-1.2
# One function for each kind of target, so that a folder's CMake file is a few lines that say what it uses.
add_library(tb_warnings INTERFACE)
target_compile_options(tb_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align -Wformat=2 -Wimplicit-fallthrough
  -Wundef -Wswitch
  $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond -Wlogical-op>)

# What tools/test builds in release (programs and the tests that run them) and in fuzz.
add_custom_target(tb_programs)
add_custom_target(tb_sanitized)
add_custom_target(tb_fuzz_targets)

# Notes a room and what it declares for tests/layers. NEEDS is for libraries from outside the house only:
# a room named there would escape the dependency rule.
function(tb_declare_room name uses needs)
  foreach(need IN LISTS needs)
    if(need MATCHES "^tb_")
      message(FATAL_ERROR "${name}: '${need}' is a room of ours; name it under USES, without 'tb_'")
    endif()
  endforeach()
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  list(JOIN uses " " uses)
  set_property(GLOBAL APPEND PROPERTY TB_ROOMS "room ${folder} ${name} ${uses}")
endfunction()

# tb_room(core_base SOURCES error.cc HEADERS error.h USES core_other NEEDS OpenSSL::Crypto)
# One folder, one target. USES is the whole list of rooms whose headers it may include;
# tests/layers compares it with the includes.
function(tb_room name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;HEADERS;USES;NEEDS")
  tb_declare_room(${name} "${arg_USES}" "${arg_NEEDS}")
  add_library(tb_${name} STATIC ${arg_SOURCES})
  list(FILTER arg_HEADERS EXCLUDE REGEX "\\.def$")  # a table for macros, not a header that compiles alone
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  foreach(header IN LISTS arg_HEADERS)
    set_property(GLOBAL APPEND PROPERTY TB_ROOMS "offers ${folder}/${header}")
  endforeach()
  target_sources(tb_${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${arg_HEADERS})
  set_target_properties(tb_${name} PROPERTIES LINKER_LANGUAGE CXX VERIFY_INTERFACE_HEADER_SETS ON)
  list(TRANSFORM arg_USES PREPEND tb_)
  target_link_libraries(tb_${name} PUBLIC ${arg_USES} ${arg_NEEDS} PRIVATE tb_warnings)
endfunction()

# tb_program(thuisbasisd SOURCES main.cc USES sync_relay NEEDS CLI11::CLI11)
# A room under tools/ that is a program: the same declaration, an executable in build/<preset>/bin.
function(tb_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;USES;NEEDS")
  tb_declare_room(${name} "${arg_USES}" "${arg_NEEDS}")
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  list(TRANSFORM arg_USES PREPEND tb_)
  target_link_libraries(${name} PRIVATE ${arg_USES} ${arg_NEEDS} tb_warnings)
  add_dependencies(tb_programs ${name})
endfunction()

# tb_test(core_base_test SOURCES bytes_test.cc USES core_base [NEEDS ...] [LABELS e2e])
# One GoogleTest program; every TEST in it becomes a ctest of its own. Tests of the pure engine (core and sync, and the
# fleet and the attacks that drive both) get the label "sanitized": tools/test runs them under sanitizers. All others (the system's and
# other programs' things, and whole programs: labels e2e, crash, bench) it runs in the release build.
function(tb_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;USES;NEEDS;LABELS")
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR}/tests ${CMAKE_CURRENT_SOURCE_DIR})
  set(group tb_programs)
  if(NOT arg_LABELS AND folder MATCHES "^(core|sync|sim|crash|attack)(/|$)")
    set(arg_LABELS sanitized)
    set(group tb_sanitized)
  endif()
  add_executable(${name} ${arg_SOURCES})
  list(TRANSFORM arg_USES PREPEND tb_)
  target_link_libraries(${name} PRIVATE ${arg_USES} ${arg_NEEDS} GTest::gtest_main tb_warnings)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_definitions(${name} PRIVATE
    TB_SOURCE_DIR="${PROJECT_SOURCE_DIR}" TB_BIN_DIR="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
  include(GoogleTest)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT 600 LABELS "${arg_LABELS}")
  add_dependencies(${group} ${name})
endfunction()

# tb_fuzz(sealed_bundle SOURCES sealed_bundle.cc USES core_verify)
# One libFuzzer target, a ctest of TB_FUZZ_SECONDS. Seeds lie in corpus/<name>; what is found stays in the build.
set(TB_FUZZ_SECONDS 7 CACHE STRING "How long ctest runs each fuzz target")
function(tb_fuzz name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;USES;NEEDS")
  add_executable(fuzz_${name} ${arg_SOURCES})
  list(TRANSFORM arg_USES PREPEND tb_)
  target_link_libraries(fuzz_${name} PRIVATE ${arg_USES} ${arg_NEEDS} tb_warnings -fsanitize=fuzzer)
  target_include_directories(fuzz_${name} PRIVATE ${PROJECT_SOURCE_DIR})
  set(found ${PROJECT_BINARY_DIR}/corpus/${name})
  file(MAKE_DIRECTORY ${found})
  set(seeds ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
  if(NOT EXISTS ${seeds})
    set(seeds "")
  endif()
  add_test(NAME fuzz.${name}
    COMMAND fuzz_${name} -max_total_time=${TB_FUZZ_SECONDS} -timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=64
            -artifact_prefix=${found}- -print_final_stats=1 ${found} ${seeds})
  set_tests_properties(fuzz.${name} PROPERTIES TIMEOUT 300)
  add_dependencies(tb_fuzz_targets fuzz_${name})
endfunction()

# Writes what tests/layers reads: lines "room FOLDER NAME USES...", "generated HEADER NAME" and "offers HEADER".
function(tb_write_rooms)
  get_property(rooms GLOBAL PROPERTY TB_ROOMS)
  list(JOIN rooms "\n" text)
  file(WRITE ${PROJECT_BINARY_DIR}/rooms.txt "${text}\n")
endfunction()
