// SPDX-License-Identifier: EUPL-1.2
#include "platform/relay_storage/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

namespace thuisbasis {
namespace {

Error error_of_errno(const std::string& doing) {
  const int number = errno;
  const bool full = number == ENOSPC || number == EDQUOT;
  return Error(full ? Code::kDiskFull : Code::kIo,
               doing + ": " + std::error_code(number, std::generic_category()).message());
}

Status sync_path(const std::string& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
  if (descriptor < 0) return error_of_errno("open " + path);
  Status status;
  if (::fsync(descriptor) != 0) status = error_of_errno("fsync " + path);
  ::close(descriptor);
  return status;
}

}  // namespace

Result<std::unique_ptr<FileLock>> FileLock::take(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return error_of_errno("open " + path);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return std::unique_ptr<FileLock>(new FileLock(descriptor));
  Error error = errno == EWOULDBLOCK ? Error(Code::kLocked, path + " is held by a running daemon")
                                     : error_of_errno("lock " + path);
  ::close(descriptor);
  return error;
}

FileLock::~FileLock() { ::close(descriptor_); }

Status sync_folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return sync_path(folder.empty() ? "." : folder, O_RDONLY | O_DIRECTORY);
}

Status sync_written_file(const std::string& path) { return sync_path(path, O_RDONLY); }

Status rename_durably(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) return error_of_errno("rename " + from + " to " + to);
  return sync_folder_of(to);
}

}  // namespace thuisbasis
