// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/base/sqlite.h"
#include "core/schema/schema.h"

namespace thuisbasis {

/// The version of the store's own tables (PRAGMA user_version). Only rises.
inline constexpr std::int64_t kLayoutVersion = 2;

/// Creates the store's tables in an empty database, or extends those of an older version; one transaction of
/// its own. Forward and adding only: a new field becomes a column, a new kind a table, and whatever was kept
/// as unknown until now moves there, with nothing lost. Does nothing, and writes nothing, when the schema is
/// the one of the last time. kSchemaTooNew for a file of a newer layout or with fields this schema does not
/// know; kInvalidArgument for a field that changed its merge rule or the type of its column.
Status migrate(sqlite::Connection& connection, const Schema& schema);

}  // namespace thuisbasis
