// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <zlib.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "core/base/bytes.h"

namespace thuisbasis::testing_support {

/// A file of tests/vectors as JSON, compressed or not. Throws when it cannot be read: then nothing was
/// tested.
inline nlohmann::json load_vectors(const std::string& name) {
  const std::string path = std::string(TB_SOURCE_DIR "/tests/vectors/") + name;
  const gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) throw std::runtime_error("cannot open " + path);
  std::string text;
  char piece[65536];
  for (int size; (size = gzread(file, piece, sizeof piece)) != 0;) {
    if (size < 0) throw std::runtime_error("cannot read " + path);
    text.append(piece, static_cast<std::size_t>(size));
  }
  gzclose(file);
  return nlohmann::json::parse(text);
}

inline Bytes hex(std::string_view text) { return from_hex(text).value(); }
inline Bytes hex(const char* text) { return hex(std::string_view(text)); }
inline Bytes hex(const nlohmann::json& text) {
  return hex(std::string_view(text.get_ref<const std::string&>()));
}

}  // namespace thuisbasis::testing_support
