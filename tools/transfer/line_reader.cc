// SPDX-License-Identifier: EUPL-1.2
#include "tools/transfer/line_reader.h"

#include <sys/stat.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "tools/transfer/line_limits.h"

namespace thuisbasis {

struct LineReader::Source {
  gzFile file = nullptr;
  Bytes text;  ///< what was read and not yet handed out begins at `at`
  std::size_t at = 0;
  std::uint64_t lines = 0;
  std::uint64_t bytes_total = 0;
  bool at_end = false;

  ~Source() {
    if (file != nullptr) gzclose(file);
  }
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  Status read_more() {
    text.erase(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at));
    at = 0;
    if (file == nullptr) {
      at_end = true;
      return {};
    }
    std::array<Byte, 64 * 1024> part{};
    const int size = gzread(file, part.data(), part.size());
    int problem = Z_OK;
    const char* reason = gzerror(file, &problem);
    if (size < 0 || problem == Z_BUF_ERROR)
      return Error(problem == Z_ERRNO ? Code::kIo : Code::kDamaged, std::string("gzip: ") + reason);
    append(text, ByteView(part).first(static_cast<std::size_t>(size)));
    at_end = size == 0;
    return {};
  }
};

LineReader::LineReader(std::unique_ptr<Source> source) : source_(std::move(source)) {}
LineReader::LineReader(LineReader&&) noexcept = default;
LineReader::~LineReader() = default;

Result<LineReader> LineReader::open(const std::string& path) {
  auto source = std::make_unique<Source>();
  struct stat about {};
  errno = 0;
  if (::stat(path.c_str(), &about) == 0) source->file = gzopen(path.c_str(), "rb");
  if (source->file == nullptr)
    return Error(errno == ENOENT ? Code::kNotFound : Code::kNotPermitted,
                 path + ": cannot open: " + std::strerror(errno));
  source->bytes_total = static_cast<std::uint64_t>(std::max<off_t>(about.st_size, 1));
  return LineReader(std::move(source));
}

LineReader LineReader::over(Bytes text) {
  auto source = std::make_unique<Source>();
  source->bytes_total = std::max<std::uint64_t>(text.size(), 1);
  source->text = std::move(text);
  return LineReader(std::move(source));
}

Result<std::optional<std::string>> LineReader::next() {
  Source& source = *source_;
  std::size_t searched = source.at;
  for (;;) {
    const auto begin = source.text.begin() + static_cast<std::ptrdiff_t>(searched);
    const auto end = std::find(begin, source.text.end(), Byte{'\n'});
    const std::size_t stop = static_cast<std::size_t>(end - source.text.begin());
    if (end != source.text.end() || (source.at_end && stop > source.at)) {
      std::string line = to_string(ByteView(source.text).subspan(source.at, stop - source.at));
      source.at = std::min(stop + 1, source.text.size());
      ++source.lines;
      if (!line.empty() && line.back() == '\r') line.pop_back();
      return std::optional<std::string>(std::move(line));
    }
    if (source.at_end) return std::optional<std::string>();
    if (source.text.size() - source.at > kLineBytesMax) {
      ++source.lines;
      return Error(Code::kTooLarge, "a line of more than " + std::to_string(kLineBytesMax) + " bytes");
    }
    searched = source.text.size() - source.at;
    TB_CHECK(source.read_more());
  }
}

std::uint64_t LineReader::line_number() const { return source_->lines; }

double LineReader::fraction_read() const {
  const Source& source = *source_;
  const double read =
      source.file == nullptr ? static_cast<double>(source.at) : static_cast<double>(gzoffset(source.file));
  return std::clamp(read / static_cast<double>(source.bytes_total), 0.0, 1.0);
}

}  // namespace thuisbasis
