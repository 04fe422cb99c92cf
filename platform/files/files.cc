// SPDX-License-Identifier: EUPL-1.2
#include "platform/files/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace thuisbasis {
namespace {

constexpr std::size_t kReadChunkBytes = std::size_t{64} * 1024;

Code code_of(int system_error) {
  switch (system_error) {
    case ENOENT:
    case ENOTDIR:
      return Code::kNotFound;
    case EACCES:
    case EPERM:
    case EROFS:
      return Code::kNotPermitted;
    case ENOSPC:
    case EDQUOT:
      return Code::kDiskFull;
    case EFBIG:
      return Code::kTooLarge;
    case EEXIST:
    case EISDIR:
      return Code::kAlreadyExists;
    default:
      return Code::kIo;
  }
}

Error system_error(const std::string& path, const char* doing) {
  const int number = errno;
  return Error(code_of(number), path + ": cannot " + doing + ": " + std::strerror(number));
}

/// An open file, closed at the end of its scope.
class Descriptor final {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }
  /// True when the system reports no late error.
  bool close() { return ::close(std::exchange(number_, -1)) == 0; }

 private:
  int number_;
};

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Status sync_folder(const std::string& path) {
  const std::string folder = folder_of(path);
  Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor.is_open()) return system_error(folder, "open");
  if (::fsync(descriptor.number()) != 0 && errno != EINVAL) return system_error(folder, "sync");
  return {};
}

Status write_and_sync(const std::string& path, Descriptor& file, ByteView content) {
  while (!content.empty()) {
    const ssize_t written = ::write(file.number(), content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_error(path, "write");
    content = content.subspan(static_cast<std::size_t>(written));
  }
  if (::fsync(file.number()) != 0) return system_error(path, "sync");
  if (!file.close()) return system_error(path, "close");
  return {};
}

enum class Replace : bool { kNo, kYes };

Status put_file(const std::string& path, ByteView content, Replace replace) {
  std::string temporary = path + ".XXXXXX";
  Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));  // mode 0600
  if (!file.is_open()) return system_error(path, "create");
  Status status = write_and_sync(path, file, content);
  if (status) {
    // link() refuses an existing name where rename() would replace it.
    const int moved = replace == Replace::kYes ? ::rename(temporary.c_str(), path.c_str())
                                               : ::link(temporary.c_str(), path.c_str());
    if (moved != 0) status = system_error(path, replace == Replace::kYes ? "replace" : "create");
  }
  if (!status || replace == Replace::kNo) ::unlink(temporary.c_str());
  if (!status) return status;
  return sync_folder(path);
}

}  // namespace

Result<Bytes> read_file(const std::string& path, std::size_t size_max) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return system_error(path, "open");
  Bytes content;
  while (true) {
    const std::size_t size = content.size();
    content.resize(size + std::min(kReadChunkBytes, size_max - size + 1));
    const ssize_t got = ::read(file.number(), content.data() + size, content.size() - size);
    const int number = errno;
    content.resize(size + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    errno = number;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error(path, "read");
    if (got == 0) return content;
    if (content.size() > size_max)
      return Error(Code::kTooLarge, path + " has more than " + std::to_string(size_max) + " bytes");
  }
}

Status write_file(const std::string& path, ByteView content) {
  return put_file(path, content, Replace::kYes);
}

Status write_new_file(const std::string& path, ByteView content) {
  return put_file(path, content, Replace::kNo);
}

Status keep_file_as(const std::string& path, const std::string& kept) {
  if (::link(path.c_str(), kept.c_str()) != 0) return system_error(kept, "create");
  return sync_folder(kept);
}

Status replace_file(const std::string& from, const std::string& over) {
  if (::rename(from.c_str(), over.c_str()) != 0) return system_error(over, "replace");
  return sync_folder(over);
}

Status make_private_folder(const std::string& path) {
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    struct stat about {};
    if (::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) return system_error(part, "create the folder");
    if (::stat(part.c_str(), &about) != 0) return system_error(part, "look at the folder");
    if (!S_ISDIR(about.st_mode)) return Error(Code::kAlreadyExists, part + " is there and no folder");
    if (end == std::string::npos) return {};
  }
}

bool file_exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

Status remove_file(const std::string& path) {
  if (::unlink(path.c_str()) == 0) return sync_folder(path);
  return errno == ENOENT ? Status() : system_error(path, "remove");
}

Status check_private(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return system_error(path, "look at");
  if ((about.st_mode & 077) != 0)
    return Error(Code::kNotPermitted, path + " can be read by others: run chmod 600 " + path);
  return {};
}

}  // namespace thuisbasis
