// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/base/sqlite.h"

namespace thuisbasis {

inline constexpr std::int64_t kRelayFileApplication = 0x54425231;  // "TBR1"
/// The version of the relay's tables (PRAGMA user_version). Only rises.
inline constexpr std::int64_t kRelayFileVersion = 3;

/// Whether an open connection has a relay's file before it that this program reads or can migrate.
/// kDamaged, kSchemaTooNew.
Status check_relay_format(sqlite::Connection& db);

/// Creates the tables in an empty file, within the caller's transaction.
Status create_relay_tables(sqlite::Connection& db);

/// Brings the tables of an older version to this one, in one transaction of its own: after it the file is as
/// a new one with the same contents would be. Does nothing, and writes nothing, when they are of this
/// version. A log that grew by marks (version 2) is written anew, so the file and its WAL need its size once
/// more: kDiskFull leaves the file as it was. kDamaged when an item does not tell what its receipt says.
Status migrate_relay_tables(sqlite::Connection& db);

}  // namespace thuisbasis
