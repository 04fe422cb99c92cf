// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/repair_report.h"

#include "core/base/wire_bytes.h"

namespace thuisbasis {
namespace {

constexpr std::uint8_t kForm = 1;

std::uint8_t flag(bool value) { return value ? 1 : 0; }
Result<bool> read_flag(ByteReader& reader) {
  TB_TRY(const std::uint8_t value, reader.u8());
  return value != 0;
}
Result<std::string> read_text(ByteReader& reader) {
  TB_TRY(const ByteView text, reader.sized());
  return to_string(text);
}

void write_lost(ByteWriter& writer, const LostWrites& lost) {
  writer.raw(lost.circle.view());
  writer.sized(as_bytes(lost.circle_name));
  writer.raw(lost.instance.view());
  writer.varint(lost.first);
  writer.varint(lost.last);
  writer.u8(flag(lost.sealed));
  writer.varint(lost.records.size());
  for (const auto& [kind, record] : lost.records) {
    writer.u32(kind);
    writer.raw(record.view());
  }
}

Result<LostWrites> read_lost(ByteReader& reader) {
  LostWrites lost;
  TB_TRY(lost.circle, reader.id<CircleId>());
  TB_TRY(lost.circle_name, read_text(reader));
  TB_TRY(lost.instance, reader.id<InstanceId>());
  TB_TRY(lost.first, reader.varint());
  TB_TRY(lost.last, reader.varint());
  TB_TRY(lost.sealed, read_flag(reader));
  TB_TRY(const std::uint64_t records, reader.varint());
  for (std::uint64_t i = 0; i < records; ++i) {
    TB_TRY(const std::uint32_t kind, reader.u32());
    TB_TRY(const RecordId record, reader.id<RecordId>());
    lost.records.emplace(kind, record);
  }
  return lost;
}

}  // namespace

Bytes encode_report(const RepairReport& report) {
  ByteWriter writer;
  writer.u8(kForm);
  writer.sized(as_bytes(report.kept));
  writer.varint(report.pages);
  writer.varint(report.damaged_pages.size());
  for (const std::uint32_t page : report.damaged_pages) writer.u32(page);
  writer.u8(flag(report.wal_damaged));
  writer.u8(flag(report.must_enrol));
  for (const std::uint64_t count :
       {report.circles, report.circles_to_fetch, report.bundles, report.rescued, report.lost_entries})
    writer.varint(count);
  writer.varint(report.lost.size());
  for (const LostWrites& lost : report.lost) write_lost(writer, lost);
  writer.u8(flag(report.unsent_uncertain));
  return writer.take();
}

Result<RepairReport> decode_report(ByteView bytes) {
  ByteReader reader(bytes);
  RepairReport report;
  TB_TRY(const std::uint8_t form, reader.u8());
  if (form != kForm) return Error(Code::kMalformed, "a repair report of another form");
  TB_TRY(report.kept, read_text(reader));
  TB_TRY(report.pages, reader.varint());
  TB_TRY(const std::uint64_t pages, reader.varint());
  for (std::uint64_t i = 0; i < pages; ++i) {
    TB_TRY(const std::uint32_t page, reader.u32());
    report.damaged_pages.push_back(page);
  }
  TB_TRY(report.wal_damaged, read_flag(reader));
  TB_TRY(report.must_enrol, read_flag(reader));
  for (std::uint64_t* count :
       {&report.circles, &report.circles_to_fetch, &report.bundles, &report.rescued, &report.lost_entries}) {
    TB_TRY(*count, reader.varint());
  }
  TB_TRY(const std::uint64_t lost, reader.varint());
  for (std::uint64_t i = 0; i < lost; ++i) {
    TB_TRY(LostWrites one, read_lost(reader));
    report.lost.push_back(std::move(one));
  }
  TB_TRY(report.unsent_uncertain, read_flag(reader));
  TB_CHECK(reader.end());
  return report;
}

}  // namespace thuisbasis
