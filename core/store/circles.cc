// SPDX-License-Identifier: EUPL-1.2
#include "core/store/circles.h"

#include <string_view>

#include "core/base/wire_bytes.h"
#include "core/store/row_access.h"

namespace thuisbasis {
namespace {

constexpr std::string_view kCircleColumns =
    "circle, id, dossier, kind, name, subject, digest, time, cursor, epoch, mark FROM tb_circle";

/// As the column `mark` holds it: u64 sequence | mark.
Bytes encode_place(const MarkedPlace& place) {
  ByteWriter writer;
  writer.u64(place.sequence);
  writer.raw(place.mark.view());
  return writer.take();
}

Result<MarkedPlace> decode_place(ByteView bytes) {
  ByteReader reader(bytes);
  MarkedPlace place;
  TB_TRY(place.sequence, reader.u64());
  TB_TRY(place.mark, reader.id<LogMark>());
  if (reader.remaining() != 0) return Error(Code::kDamaged, "a marked place of another size");
  return place;
}

Result<StoredCircle> read_circle(const sqlite::Statement& row) {
  StoredCircle circle;
  circle.row = CircleRow{row.integer(0)};
  TB_TRY(circle.id, CircleId::from(row.blob(1)));
  TB_TRY(circle.profile.dossier, DossierId::from(row.blob(2)));
  circle.profile.kind = row.text(3);
  circle.profile.name = row.text(4);
  TB_TRY(circle.profile.subject, RecordId::from(row.blob(5)));
  TB_TRY(circle.digest, StateDigest::from(row.blob(6)));
  circle.time = {static_cast<std::uint64_t>(row.integer(7))};
  circle.cursor = static_cast<std::uint64_t>(row.integer(8));
  circle.epoch = static_cast<std::uint32_t>(row.integer(9));
  if (!row.is_null(10)) {
    TB_TRY(circle.marked, decode_place(row.blob(10)));
  }
  return circle;
}

Result<CircleState> read_state(const sqlite::Statement& row) {
  CircleState state;
  state.row = CircleRow{row.integer(0)};
  TB_TRY(state.digest, StateDigest::from(row.blob(1)));
  state.time = {static_cast<std::uint64_t>(row.integer(2))};
  return state;
}

Error no_circle(CircleRow circle) {
  return Error(Code::kNotFound, "no circle has row " + std::to_string(key(circle)));
}

Result<MembershipRow> read_membership(const sqlite::Statement& row) {
  MembershipRow entry;
  entry.index = static_cast<std::uint32_t>(row.integer(0));
  entry.entry = to_bytes(row.blob(1));
  entry.archive_wrap = to_bytes(row.blob(2));
  if (!row.is_null(3)) entry.sequence = static_cast<std::uint64_t>(row.integer(3));
  return entry;
}

}  // namespace

Result<CircleRow> Circles::add(const CircleId& id, const CircleProfile& profile) {
  TB_TRY(sqlite::Statement * row,
         connection_.cached(
             "INSERT INTO tb_circle(id, dossier, kind, name, subject, digest) VALUES (?, ?, ?, ?, ?, ?)"));
  const StateDigest empty;
  row->bind(1, id).bind(2, profile.dossier).bind(3, std::string_view(profile.kind));
  row->bind(4, std::string_view(profile.name)).bind(5, profile.subject).bind(6, empty);
  TB_CHECK(row->run());
  return CircleRow{connection_.last_insert_rowid()};
}

Status Circles::describe(CircleRow circle, const CircleProfile& profile) {
  TB_TRY(sqlite::Statement * row,
         connection_.cached(
             "UPDATE tb_circle SET dossier = ?2, kind = ?3, name = ?4, subject = ?5 WHERE circle = ?1"));
  row->bind(1, key(circle)).bind(2, profile.dossier).bind(3, std::string_view(profile.kind));
  row->bind(4, std::string_view(profile.name)).bind(5, profile.subject);
  return row->run();
}

Result<std::optional<StoredCircle>> Circles::find(const CircleId& id) const {
  TB_TRY(sqlite::Statement * row,
         connection_.cached("SELECT " + std::string(kCircleColumns) + " WHERE id = ?"));
  return first_of(row->bind(1, id), read_circle);
}

Result<StoredCircle> Circles::get(CircleRow circle) const {
  TB_TRY(sqlite::Statement * row,
         connection_.cached("SELECT " + std::string(kCircleColumns) + " WHERE circle = ?"));
  TB_TRY(std::optional<StoredCircle> found, first_of(row->bind(1, key(circle)), read_circle));
  if (!found) return no_circle(circle);
  return std::move(*found);
}

Result<CircleId> Circles::id_of(CircleRow circle) const {
  TB_TRY(sqlite::Statement * row, connection_.cached("SELECT id FROM tb_circle WHERE circle = ?"));
  TB_TRY(const std::optional<CircleId> found,
         first_of(row->bind(1, key(circle)),
                  [](const sqlite::Statement& id) { return CircleId::from(id.blob(0)); }));
  if (!found) return no_circle(circle);
  return *found;
}

Result<std::optional<CircleState>> Circles::find_state(const CircleId& id) const {
  TB_TRY(sqlite::Statement * row,
         connection_.cached("SELECT circle, digest, time FROM tb_circle WHERE id = ?"));
  return first_of(row->bind(1, id), read_state);
}

Result<CircleState> Circles::state(CircleRow circle) const {
  TB_TRY(sqlite::Statement * row,
         connection_.cached("SELECT circle, digest, time FROM tb_circle WHERE circle = ?"));
  TB_TRY(const std::optional<CircleState> found, first_of(row->bind(1, key(circle)), read_state));
  if (!found) return no_circle(circle);
  return *found;
}

Result<std::vector<StoredCircle>> Circles::all() const {
  TB_TRY(sqlite::Statement * rows,
         connection_.cached("SELECT " + std::string(kCircleColumns) + " ORDER BY circle"));
  return all_of(*rows, read_circle);
}

Result<HybridTime> Circles::newest_time() const {
  TB_TRY(const std::int64_t time, connection_.query_integer("SELECT ifnull(max(time), 0) FROM tb_circle"));
  return HybridTime{static_cast<std::uint64_t>(time)};
}

Status Circles::put_digest(CircleRow circle, const StateDigest& digest, HybridTime time) {
  TB_TRY(sqlite::Statement * row,
         connection_.cached("UPDATE tb_circle SET digest = ?2, time = max(time, ?3) WHERE circle = ?1 "
                            "AND (digest <> ?2 OR time < ?3)"));
  return row->bind(1, key(circle)).bind(2, digest).bind(3, time.value).run();
}

Status Circles::advance_cursor(CircleRow circle, std::uint64_t sequence) {
  TB_TRY(sqlite::Statement * row,
         connection_.cached("UPDATE tb_circle SET cursor = ?2 WHERE circle = ?1 AND cursor < ?2"));
  return row->bind(1, key(circle)).bind(2, sequence).run();
}

Status Circles::put_mark(CircleRow circle, const MarkedPlace& place) {
  TB_TRY(sqlite::Statement * row, connection_.cached("UPDATE tb_circle SET mark = ?2 WHERE circle = ?1"));
  return row->bind(1, key(circle)).bind(2, encode_place(place)).run();
}

Status Circles::go_back(CircleRow circle, const MarkedPlace& place) {
  TB_TRY(sqlite::Statement * row,
         connection_.cached("UPDATE tb_circle SET cursor = min(cursor, ?2), mark = ?3 WHERE circle = ?1"));
  return row->bind(1, key(circle)).bind(2, place.sequence).bind(3, encode_place(place)).run();
}

Status Circles::raise_epoch(CircleRow circle, std::uint32_t epoch) {
  TB_TRY(sqlite::Statement * row,
         connection_.cached("UPDATE tb_circle SET epoch = ?2 WHERE circle = ?1 AND epoch < ?2"));
  return row->bind(1, key(circle)).bind(2, epoch).run();
}

Status Circles::add_epoch_key(CircleRow circle, std::uint32_t epoch, const Secret& secret) {
  TB_TRY(const std::optional<Secret> known, epoch_key(circle, epoch));
  if (known && !(*known == secret))
    return Error(Code::kConflict, "another key is known for epoch " + std::to_string(epoch));
  if (!known) {
    TB_TRY(sqlite::Statement * row,
           connection_.cached("INSERT INTO tb_epoch_key(circle, epoch, secret) VALUES (?, ?, ?)"));
    TB_CHECK(row->bind(1, key(circle)).bind(2, epoch).bind(3, secret.view()).run());
  }
  return raise_epoch(circle, epoch);
}

Result<std::optional<Secret>> Circles::epoch_key(CircleRow circle, std::uint32_t epoch) const {
  TB_TRY(sqlite::Statement * row,
         connection_.cached("SELECT secret FROM tb_epoch_key WHERE circle = ? AND epoch = ?"));
  return first_of(
      row->bind(1, key(circle)).bind(2, epoch),
      [](const sqlite::Statement& found) -> Result<Secret> { return Secret::copy_of(found.blob(0)); });
}

Status Circles::add_membership(CircleRow circle, const MembershipRow& entry) {
  TB_TRY(sqlite::Statement * row,
         connection_.cached("INSERT INTO tb_membership(circle, number, entry, archive_wrap, sequence) "
                            "VALUES (?, ?, ?, ?, ?)"));
  row->bind(1, key(circle)).bind(2, entry.index).bind(3, entry.entry);
  bind_or_null(*row, 4, entry.archive_wrap);
  entry.sequence ? row->bind(5, *entry.sequence) : row->bind_null(5);
  return row->run();
}

Status Circles::confirm_membership(CircleRow circle, std::uint32_t index, std::uint64_t sequence) {
  // The wrap is the relay's to keep, in a table that erasure empties (DESIGN 9.8).
  TB_TRY(sqlite::Statement * row,
         connection_.cached("UPDATE tb_membership SET sequence = ?3, archive_wrap = NULL "
                            "WHERE circle = ?1 AND number = ?2"));
  return row->bind(1, key(circle)).bind(2, index).bind(3, sequence).run();
}

Result<std::vector<MembershipRow>> Circles::membership(CircleRow circle) const {
  TB_TRY(sqlite::Statement * rows,
         connection_.cached("SELECT number, entry, archive_wrap, sequence FROM tb_membership "
                            "WHERE circle = ? ORDER BY number"));
  return all_of(rows->bind(1, key(circle)), read_membership);
}

Result<std::vector<MembershipRow>> Circles::unconfirmed_membership(CircleRow circle) const {
  TB_TRY(sqlite::Statement * rows,
         connection_.cached("SELECT number, entry, archive_wrap, sequence FROM tb_membership "
                            "WHERE circle = ? AND sequence IS NULL ORDER BY number"));
  return all_of(rows->bind(1, key(circle)), read_membership);
}

Result<std::vector<CircleRow>> Circles::with_unconfirmed_membership() const {
  TB_TRY(
      sqlite::Statement * rows,
      connection_.cached("SELECT DISTINCT circle FROM tb_membership WHERE sequence IS NULL ORDER BY circle"));
  return circle_rows(*rows);
}

Result<std::uint64_t> Circles::unconfirmed_membership_count() const {
  TB_TRY(sqlite::Statement * count,
         connection_.cached("SELECT count(*) FROM tb_membership WHERE sequence IS NULL"));
  TB_TRY(const std::int64_t rows, integer_of(*count));
  return static_cast<std::uint64_t>(rows);
}

Status Circles::doubt_membership(CircleRow circle, std::uint64_t beyond) {
  TB_TRY(sqlite::Statement * rows,
         connection_.cached("UPDATE tb_membership SET sequence = NULL WHERE circle = ? AND sequence > ?"));
  return rows->bind(1, key(circle)).bind(2, beyond).run();
}

Status Circles::drop_unconfirmed_membership(CircleRow circle, std::uint32_t index) {
  TB_TRY(sqlite::Statement * confirmed,
         connection_.cached("SELECT count(*) FROM tb_membership WHERE circle = ? AND number >= ? "
                            "AND sequence IS NOT NULL"));
  TB_TRY(const std::int64_t count, integer_of(confirmed->bind(1, key(circle)).bind(2, index)));
  if (count > 0) return Error(Code::kNotPermitted, "a confirmed membership entry cannot be taken back");
  TB_TRY(sqlite::Statement * rows,
         connection_.cached("DELETE FROM tb_membership WHERE circle = ? AND number >= ?"));
  return rows->bind(1, key(circle)).bind(2, index).run();
}

}  // namespace thuisbasis
