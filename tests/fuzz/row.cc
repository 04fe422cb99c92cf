// SPDX-License-Identifier: EUPL-1.2
// A row of the vault's own tables, as a damaged database could hold it. What can be read can be written again
// and reads the same: nothing that came in once is lost by the next edit.
//
// The input: the kind, the three blobs as parts, then per column a byte (0 NULL, 1 data, 2 a number) and its
// value.
#include "core/schema/schema.h"
#include "tests/fuzz/authors.h"
#include "tests/fuzz/fuzz.h"

namespace thuisbasis::fuzzing {
namespace {

FieldValue read_value(Input& input, const ColumnField& column) {
  const Byte what = input.byte() % 3;
  if (what == 0) return FieldValue::none();
  if (what == 1) return FieldValue::bytes(input.part());
  return {column.shape == ValueShape::kData ? ValueShape::kVarint : column.shape, input.number(), {}};
}

}  // namespace

void fuzz(ByteView input) {
  const auto& kinds = Schema::builtin().kinds();
  Input parts(input);
  const KindSchema& kind = kinds[parts.byte() % kinds.size()];
  const ByteView clocks = parts.part();
  const ByteView unknown = parts.part();
  const ByteView concurrent = parts.part();
  std::vector<FieldValue> values;
  values.reserve(kind.columns.size());
  for (const ColumnField& column : kind.columns) values.push_back(read_value(parts, column));

  FourAuthors authors;
  static const RecordId id = *RecordId::from(Bytes(16, 0x77));
  const auto state =
      decode_row(kind.number, id, clocks, unknown, concurrent, kind.columns, std::move(values), authors);
  if (!state) {
    const Code code = state.error().code();
    expect(code == Code::kDamaged || code == Code::kSchemaTooNew, "a damaged row is told as one");
    return;
  }
  const auto blobs = encode_row(*state, kind.columns, authors);
  expect(blobs.has_value(), "what was read can be written");
  const auto again = decode_row(kind.number, id, blobs->clocks, blobs->unknown, blobs->concurrent,
                                kind.columns, column_values(*state, kind.columns), authors);
  expect(is(again, *state), "and reads the same");
  expect(row_hash(*again) == row_hash(*state), "with the same hash");
  (void)presence(*state, kind.append_only);
}

}  // namespace thuisbasis::fuzzing
