// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string>

#include "core/base/ids.h"
#include "core/base/result.h"

namespace thuisbasis {

/// Copies a relay's file into a new file while a daemon may be writing to it: a second connection that only
/// reads and never checkpoints. The copy is whole, as of one moment, and durable. kAlreadyExists when the
/// target exists.
Status backup_relay_file(const std::string& from, const std::string& to);

/// Puts a backup in the place of a relay's file and renews the relay epoch in it, so that every device offers
/// again what the backup lacks. What stood there is kept beside it as "<path>.before-restore". kLocked while
/// a daemon runs on it, kDamaged when the backup does not pass the integrity check.
Status restore_relay_file(const std::string& backup, const std::string& path, const RelayEpoch& epoch);

}  // namespace thuisbasis
