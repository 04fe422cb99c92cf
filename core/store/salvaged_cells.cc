// SPDX-License-Identifier: EUPL-1.2
#include "core/store/salvaged_cells.h"

#include <algorithm>

#include "core/store/page_cipher.h"

namespace thuisbasis {
namespace {

constexpr Byte kInteriorIndex = 2;
constexpr Byte kInteriorTable = 5;
constexpr Byte kLeafIndex = 10;
constexpr Byte kLeafTable = 13;
constexpr std::size_t kFirstPageHeaderSize = 100;
/// SQLite's limit for one value here is a billion; no row of a vault comes near this.
constexpr std::uint64_t kPayloadMax = std::uint64_t{1} << 26;

/// Reads forward; past the end everything is zero and ok() false.
class Cursor final {
 public:
  Cursor(ByteView bytes, std::size_t at) : bytes_(bytes), at_(at) {}

  bool ok() const { return ok_; }
  std::size_t at() const { return at_; }
  std::size_t left() const { return bytes_.size() - std::min(at_, bytes_.size()); }
  std::uint64_t big_endian(std::size_t size) {
    std::uint64_t value = 0;
    for (const Byte b : take(size)) value = value << 8 | b;
    return value;
  }
  /// SQLite's: up to nine bytes, the most significant first.
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i) {
      const std::uint64_t b = big_endian(1);
      value = value << 7 | (b & 0x7f);
      if (b < 0x80) return value;
    }
    return value << 8 | big_endian(1);
  }
  ByteView take(std::size_t size) {
    if (size > left()) {
      ok_ = false;
      return {};
    }
    at_ += size;
    return bytes_.subspan(at_ - size, size);
  }

 private:
  ByteView bytes_;
  std::size_t at_;
  bool ok_ = true;
};

/// How much of a payload lies in the page itself.
std::size_t local_size(std::uint64_t payload, bool is_index) {
  constexpr std::uint64_t kUsable = kPageUsableSize;
  constexpr std::uint64_t kLeast = (kUsable - 12) * 32 / 255 - 23;
  const std::uint64_t most = is_index ? (kUsable - 12) * 64 / 255 - 23 : kUsable - 35;
  if (payload <= most) return static_cast<std::size_t>(payload);
  const std::uint64_t rest = kLeast + (payload - kLeast) % (kUsable - 4);
  return static_cast<std::size_t>(rest <= most ? rest : kLeast);
}

/// The payload as far as it can be read.
Bytes read_payload(Cursor& cell, std::uint64_t size, bool is_index, const OverflowReader& overflow) {
  const std::size_t local = local_size(size, is_index);
  Bytes payload = to_bytes(cell.take(local));
  if (!cell.ok() || local == size) return payload;
  auto next = static_cast<std::uint32_t>(cell.big_endian(4));
  while (cell.ok() && next != 0 && payload.size() < size) {
    const std::optional<Bytes> page = overflow(next);
    if (!page) break;
    const std::size_t part = std::min<std::uint64_t>(size - payload.size(), kPageUsableSize - 4);
    append(payload, ByteView(*page).subspan(4, part));
    next = read_u32(*page);
  }
  return payload;
}

/// Serial types of SQLite's record format.
std::optional<SalvagedValue> read_value(std::uint64_t serial, Cursor& body) {
  static constexpr std::array<std::size_t, 8> kSizes{0, 1, 2, 3, 4, 6, 8, 8};
  SalvagedValue value;
  if (serial == 0) return value;
  if (serial >= 12) {
    value.type = serial % 2 == 0 ? SalvagedValue::Type::kBlob : SalvagedValue::Type::kText;
    value.bytes = to_bytes(body.take((serial - 12) / 2));
  } else if (serial == 8 || serial == 9) {
    value.type = SalvagedValue::Type::kInteger;
    value.integer = serial == 9 ? 1 : 0;
  } else if (serial < kSizes.size()) {
    const std::size_t size = kSizes[serial];
    const std::uint64_t raw = body.big_endian(size);
    const unsigned unused = static_cast<unsigned>(64 - 8 * size);
    value.type = serial == 7 ? SalvagedValue::Type::kReal : SalvagedValue::Type::kInteger;
    value.integer = static_cast<std::int64_t>(raw << unused) >> unused;
  } else {
    return std::nullopt;
  }
  if (!body.ok()) return std::nullopt;
  return value;
}

SalvagedRow read_row(ByteView payload, std::uint64_t size) {
  SalvagedRow row;
  Cursor header(payload, 0);
  const std::uint64_t header_size = header.varint();
  if (!header.ok() || header_size > size) return row;
  Cursor body(payload, static_cast<std::size_t>(header_size));
  while (header.at() < header_size) {
    const std::uint64_t serial = header.varint();
    std::optional<SalvagedValue> value = header.ok() ? read_value(serial, body) : std::nullopt;
    if (!value) return row;
    row.columns.push_back(std::move(*value));
  }
  row.whole = payload.size() == size && body.at() == size;
  return row;
}

}  // namespace

std::optional<std::int64_t> SalvagedRow::integer(std::size_t column) const {
  if (column >= columns.size() || columns[column].type != SalvagedValue::Type::kInteger) return std::nullopt;
  return columns[column].integer;
}

const Bytes* SalvagedRow::blob(std::size_t column) const {
  const bool is = column < columns.size() && columns[column].type == SalvagedValue::Type::kBlob;
  return is ? &columns[column].bytes : nullptr;
}

const Bytes* SalvagedRow::text(std::size_t column) const {
  const bool is = column < columns.size() && columns[column].type == SalvagedValue::Type::kText;
  return is ? &columns[column].bytes : nullptr;
}

std::optional<SalvagedCells> read_cells(ByteView page, std::uint32_t number, const OverflowReader& overflow) {
  Cursor header(page, number == 1 ? kFirstPageHeaderSize : 0);
  const auto type = static_cast<Byte>(header.big_endian(1));
  const bool interior = type == kInteriorIndex || type == kInteriorTable;
  if (!interior && type != kLeafIndex && type != kLeafTable) return std::nullopt;
  SalvagedCells cells;
  cells.is_index = type == kInteriorIndex || type == kLeafIndex;
  (void)header.take(2);
  const std::uint64_t count = header.big_endian(2);
  (void)header.take(3);
  if (interior) cells.children.push_back(static_cast<std::uint32_t>(header.big_endian(4)));
  for (std::uint64_t i = 0; i < count; ++i) {
    Cursor cell(page, static_cast<std::size_t>(header.big_endian(2)));
    if (!header.ok()) break;
    if (interior) cells.children.push_back(static_cast<std::uint32_t>(cell.big_endian(4)));
    if (type == kInteriorTable) continue;
    const std::uint64_t size = cell.varint();
    const std::int64_t rowid = cells.is_index ? 0 : static_cast<std::int64_t>(cell.varint());
    if (!cell.ok() || size > kPayloadMax) continue;
    SalvagedRow row = read_row(read_payload(cell, size, cells.is_index, overflow), size);
    row.rowid = rowid;
    if (!row.columns.empty()) cells.rows.push_back(std::move(row));
  }
  return cells;
}

}  // namespace thuisbasis
