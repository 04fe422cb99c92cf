// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string>

#include "core/base/bytes.h"

// Whole files, for keys, certificates, configuration and import. Errors name the path and the system's
// reason: kNotFound, kNotPermitted, kDiskFull, kTooLarge, kAlreadyExists, kIo. Any thread.

namespace thuisbasis {

/// The whole file; kTooLarge if it has more than `size_max` bytes. Reads pipes and devices too.
Result<Bytes> read_file(const std::string& path, std::size_t size_max);

/// Replaces the file at once or not at all, readable by its owner only (0600): writes and syncs a temporary
/// file beside it, renames, syncs the folder. After an error the old file is unharmed and no temporary file
/// is left. kAlreadyExists where a folder stands.
Status write_file(const std::string& path, ByteView content);
/// The same, but kAlreadyExists when the file is there already.
Status write_new_file(const std::string& path, ByteView content);

/// Gives a file a second name, durably; under both it is the same file, so nothing is copied.
/// kAlreadyExists where something stands under that name.
Status keep_file_as(const std::string& path, const std::string& kept);
/// Moves a file over another one, durably and in one step.
Status replace_file(const std::string& from, const std::string& over);

/// Makes the folder and its parents, 0700 for those that are new.
Status make_private_folder(const std::string& path);
bool file_exists(const std::string& path);
/// Durably. Succeeds when there is no such file.
Status remove_file(const std::string& path);
/// kNotPermitted if others than the owner may read or write the file; the message says which chmod helps.
Status check_private(const std::string& path);

}  // namespace thuisbasis
