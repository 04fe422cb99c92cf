// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/store/application_sql.h"
#include "core/store/applier.h"
#include "core/store/change_log.h"
#include "core/store/circles.h"
#include "core/store/record_store.h"
#include "core/store/values.h"

namespace thuisbasis {

/// All tables of one open database, put together; call migrate() before. Connection, schema and guard must
/// outlive it; one thread at a time.
struct Store final {
  Store(sqlite::Connection& connection, const Schema& schema, DatabaseGuard& guard)
      : authors(connection),
        values(connection),
        circles(connection, authors),
        records(connection, schema, authors),
        log(connection, authors, circles),
        applier(schema, circles, records, log),
        sql(connection, schema, guard) {}

  AuthorIndex authors;
  Values values;
  Circles circles;
  RecordStore records;
  ChangeLog log;
  Applier applier;
  ApplicationSql sql;
};

}  // namespace thuisbasis
