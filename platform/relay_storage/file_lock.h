// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <memory>
#include <string>

#include "core/base/result.h"

namespace thuisbasis {

/// An advisory lock (flock) on a file of its own, held as long as the object lives; the file stays behind.
class FileLock final {
 public:
  /// kLocked when another process, or another lock of this one, holds it; kIo.
  static Result<std::unique_ptr<FileLock>> take(const std::string& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

/// fsync of the folder that holds this file, so that a creation or rename in it survives a power cut.
Status sync_folder_of(const std::string& path);
/// fsync of a file that another library wrote.
Status sync_written_file(const std::string& path);
/// Puts `from` in the place of `to` and syncs the folder.
Status rename_durably(const std::string& from, const std::string& to);

}  // namespace thuisbasis
