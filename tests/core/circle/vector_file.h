// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "core/base/bytes.h"

namespace thuisbasis::circle_test {

/// One vector: lines "key: value" in order, keys may repeat; bytes in hexadecimal.
class VectorCase {
 public:
  VectorCase() = default;
  VectorCase(std::string name, std::string result) {
    text("name", std::move(name));
    text("result", std::move(result));
  }
  VectorCase& text(std::string key, std::string value) {
    lines_.emplace_back(std::move(key), std::move(value));
    return *this;
  }
  VectorCase& hex(std::string key, ByteView value) { return text(std::move(key), to_hex(value)); }
  VectorCase& number(std::string key, std::uint64_t value) {
    return text(std::move(key), std::to_string(value));
  }

  std::vector<std::string> all(const std::string& key) const {
    std::vector<std::string> values;
    for (const auto& [name, value] : lines_)
      if (name == key) values.push_back(value);
    return values;
  }
  std::string get(const std::string& key) const {
    const auto values = all(key);
    return values.empty() ? "" : values.front();
  }
  Bytes bytes(const std::string& key) const { return *from_hex(get(key)); }
  std::uint64_t integer(const std::string& key) const { return std::stoull(get(key)); }
  const std::vector<std::pair<std::string, std::string>>& lines() const { return lines_; }

 private:
  std::vector<std::pair<std::string, std::string>> lines_;
};

/// A file of vectors: '#' comments, cases apart by empty lines.
inline std::string vector_file_text(const std::string& comment, const std::vector<VectorCase>& cases) {
  std::string text = "# " + comment + "\n";
  for (const VectorCase& one : cases) {
    text += "\n";
    for (const auto& [key, value] : one.lines()) text += key + ": " + value + "\n";
  }
  return text;
}

inline std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline std::vector<VectorCase> parse_vector_file(const std::string& text) {
  std::vector<VectorCase> cases;
  std::istringstream lines(text);
  bool open = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    const auto colon = line.find(':');
    if (colon == std::string::npos) {
      open = false;
      continue;
    }
    if (!open) cases.emplace_back();
    open = true;
    cases.back().text(line.substr(0, colon), colon + 2 <= line.size() ? line.substr(colon + 2) : "");
  }
  return cases;
}

}  // namespace thuisbasis::circle_test
