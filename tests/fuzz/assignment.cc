// SPDX-License-Identifier: EUPL-1.2
// Assignments of a command line: field=value, on a new record of a kind that the first byte chooses.
#include "core/schema/field_codec.h"
#include "core/schema/record_codec.h"
#include "tests/fuzz/fuzz.h"

namespace thuisbasis::fuzzing {
namespace {

void check_value(const FieldSchema& field, std::string_view text) {
  const auto value = parse_value(field, text);
  if (!value) return;
  const auto again = parse_value(field, value_text(field, *value));
  expect(is(again, *value), "a value survives its own text");
  const TypedValue typed = to_typed(field, *value);
  expect(is(from_typed(field, typed), *value), "and its typed form");
  if (fits_column(field.stored, *value) && field.stored.single)
    expect(from_column(field, to_column(field, *value)) == *value, "and its column");
}

}  // namespace

void fuzz(ByteView input) {
  const auto& kinds = Schema::builtin().kinds();
  Input parts(input);
  const KindSchema& kind = kinds[parts.byte() % kinds.size()];
  const std::string_view text = as_text(parts.rest());
  RecordState base;
  base.kind = kind.number;
  base.id = *RecordId::from(Bytes(16, 0x33));
  RecordEdit edit(base, RecordEdit::Mode::kCreate);
  const Status assigned = assign(kind, text, edit);
  const std::size_t equals = text.find('=');
  const FieldSchema* field = equals == std::string_view::npos ? nullptr : kind.field(text.substr(0, equals));
  expect(!assigned || field != nullptr, "only fields of the kind are assigned");
  if (field != nullptr) check_value(*field, text.substr(equals + 1));
  if (!assigned) return;
  Change change;
  change.dot = {{*DeviceId::from(Bytes(32, 1)), *InstanceId::from(Bytes(8, 1))}, 1};
  change.records.push_back(std::move(edit).take());
  const auto bytes = encode_change(change);
  expect(bytes.has_value(), "what is assigned can be sent");
  expect(is(decode_change(change.dot.author, *bytes), change), "and arrives the same");
}

}  // namespace thuisbasis::fuzzing
