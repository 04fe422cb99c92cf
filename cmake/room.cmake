# SPDX-License-Identifier: EUPL-1.2
add_library(tb_warnings INTERFACE)
target_compile_options(tb_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align -Wformat=2 -Wimplicit-fallthrough
  -Wundef -Wswitch
  $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond -Wlogical-op>)

# tb_room(core_base SOURCES error.cc HEADERS error.h USES core_other NEEDS OpenSSL::Crypto)
# One folder, one target. USES is the whole list of rooms whose headers it may include;
# tests/layers compares it with the includes. NEEDS names libraries from outside the house.
function(tb_room name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;HEADERS;USES;NEEDS")
  add_library(tb_${name} STATIC ${arg_SOURCES})
  target_sources(tb_${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${arg_HEADERS})
  set_target_properties(tb_${name} PROPERTIES LINKER_LANGUAGE CXX VERIFY_INTERFACE_HEADER_SETS ON)
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  list(JOIN arg_USES " " uses)
  set_property(GLOBAL APPEND PROPERTY TB_ROOMS "${folder} ${name} ${uses}")
  list(TRANSFORM arg_USES PREPEND tb_)
  target_link_libraries(tb_${name} PUBLIC ${arg_USES} ${arg_NEEDS} PRIVATE tb_warnings)
endfunction()

# Writes "folder name uses..." lines, one per room, for the dependency test.
function(tb_write_rooms)
  get_property(rooms GLOBAL PROPERTY TB_ROOMS)
  list(JOIN rooms "\n" text)
  file(WRITE ${PROJECT_BINARY_DIR}/rooms.txt "${text}\n")
endfunction()

# tb_test(core_base_test SOURCES bytes_test.cc USES core_base [NEEDS ...] [LABELS ...])
# One GoogleTest program; every TEST in it becomes a ctest of its own.
function(tb_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;USES;NEEDS;LABELS")
  add_executable(${name} ${arg_SOURCES})
  list(TRANSFORM arg_USES PREPEND tb_)
  target_link_libraries(${name} PRIVATE ${arg_USES} ${arg_NEEDS} GTest::gtest_main tb_warnings)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_definitions(${name} PRIVATE TB_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  include(GoogleTest)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT 600 LABELS "${arg_LABELS}")
endfunction()
