// SPDX-License-Identifier: EUPL-1.2
// A file that is imported, gzipped or not: it comes apart into lines.
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "tools/transfer/line_limits.h"
#include "tools/transfer/line_reader.h"

namespace thuisbasis::fuzzing {
namespace {

/// A file without a disk.
class MemoryFile final {
 public:
  MemoryFile() : descriptor_(memfd_create("import", 0)) {
    expect(descriptor_ >= 0, "there is memory for a file");
  }
  void put(ByteView bytes) const {
    const auto size = static_cast<ssize_t>(bytes.size());
    expect(ftruncate(descriptor_, 0) == 0 && pwrite(descriptor_, bytes.data(), bytes.size(), 0) == size,
           "the file is written");
  }
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

/// How many lines come before the end or the first error.
std::uint64_t count_lines(LineReader reader) {
  for (std::uint64_t lines = 0;;) {
    const auto line = reader.next();
    if (!line) {
      const Code code = line.error().code();
      expect(code == Code::kDamaged || code == Code::kTooLarge, "a bad file is told as one");
      return lines;
    }
    if (!*line) return lines;
    expect(reader.line_number() == ++lines, "lines are counted");
    expect((*line)->find('\n') == std::string::npos, "a line is one line");
    expect((*line)->size() <= kLineBytesMax, "and has a limit");
  }
}

bool is_gzip(ByteView bytes) { return bytes.size() >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b; }

}  // namespace

void fuzz(ByteView input) {
  static const MemoryFile file;
  file.put(input);
  auto reader = LineReader::open(file.path());
  expect(reader.has_value(), "a file can be opened whatever is in it");
  const std::uint64_t lines = count_lines(std::move(*reader));
  if (!is_gzip(input)) expect(lines == count_lines(LineReader::over(to_bytes(input))), "as in memory");
}

}  // namespace thuisbasis::fuzzing
