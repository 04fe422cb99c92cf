// SPDX-License-Identifier: EUPL-1.2
#include "core/store/values.h"

#include "core/base/wire_bytes.h"
#include "core/store/row_access.h"

namespace thuisbasis {

Result<std::optional<Bytes>> Values::get(std::string_view name) const {
  TB_TRY(sqlite::Statement * row, connection_.cached("SELECT value FROM tb_value WHERE name = ?"));
  TB_TRY(const bool found, row->bind(1, name).step());
  if (!found) return std::optional<Bytes>();
  std::optional<Bytes> value = to_bytes(row->blob(0));
  row->reset();
  return value;
}

Result<std::vector<Bytes>> Values::all_under(std::string_view prefix) const {
  std::string end(prefix);
  ++end.back();
  TB_TRY(sqlite::Statement * rows,
         connection_.cached("SELECT value FROM tb_value WHERE name >= ? AND name < ? ORDER BY name"));
  return all_of(rows->bind(1, prefix).bind(2, std::string_view(end)),
                [](const sqlite::Statement& row) -> Result<Bytes> { return to_bytes(row.blob(0)); });
}

Status Values::put(std::string_view name, ByteView value) {
  TB_TRY(sqlite::Statement * row,
         connection_.cached("INSERT INTO tb_value(name, value) VALUES (?1, ?2) "
                            "ON CONFLICT DO UPDATE SET value = ?2 WHERE value IS NOT ?2"));
  return row->bind(1, name).bind(2, value).run();
}

Status Values::erase(std::string_view name) {
  TB_TRY(sqlite::Statement * row, connection_.cached("DELETE FROM tb_value WHERE name = ?"));
  return row->bind(1, name).run();
}

Result<std::optional<std::int64_t>> Values::integer(std::string_view name) const {
  TB_TRY(const std::optional<Bytes> value, get(name));
  if (!value) return std::optional<std::int64_t>();
  ByteReader reader(*value);
  TB_TRY(const std::uint64_t number, reader.u64());
  TB_CHECK(reader.end());
  return std::optional<std::int64_t>(static_cast<std::int64_t>(number));
}

Status Values::put(std::string_view name, std::int64_t value) {
  ByteWriter writer;
  writer.u64(static_cast<std::uint64_t>(value));
  return put(name, writer.view());
}

}  // namespace thuisbasis
