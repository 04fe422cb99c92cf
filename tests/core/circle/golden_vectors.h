// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "tests/core/circle/vector_file.h"

namespace thuisbasis::circle_test {

// The golden vectors of proto/PROTOCOL.md. TB_WRITE_VECTORS=1 in the environment writes them anew.

/// The result class of a vector: "ok", or the name of the error code.
template <typename R>
std::string result_class(const R& result) {
  return result ? "ok" : std::string(code_name(result.error().code())).substr(1);
}

/// Compares the file with what this program makes, or writes it. Bytes that went through another version of
/// zstd than the file names may differ: those are only read.
inline std::vector<VectorCase> golden(const std::string& file, const std::string& comment,
                                      const std::vector<VectorCase>& made) {
  const std::string path = TB_SOURCE_DIR "/tests/vectors/protocol/" + file;
  if (std::getenv("TB_WRITE_VECTORS") != nullptr)
    std::ofstream(path, std::ios::binary) << vector_file_text(comment, made);
  const std::string text = read_text(path);
  const auto cases = parse_vector_file(text);
  const bool other_zstd = !cases.empty() && cases[0].get("zstd") != made[0].get("zstd");
  if (!other_zstd) {
    EXPECT_EQ(text, vector_file_text(comment, made)) << path;
  }
  EXPECT_EQ(cases.size(), made.size());
  return cases;
}

template <typename Id>
Id id_from(const VectorCase& one, const std::string& key) {
  return *Id::from(one.bytes(key));
}

inline Bytes pattern(std::size_t size, Byte first) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<Byte>(first + i);
  return bytes;
}

}  // namespace thuisbasis::circle_test
