// SPDX-License-Identifier: EUPL-1.2
// One record of an export that comes back: what may not go into a vault is refused with the reason.
#include "tools/transfer/exported_record.h"

#include "core/schema/field_codec.h"
#include "tests/fuzz/fuzz.h"
#include "tools/transfer/line_limits.h"

namespace thuisbasis::fuzzing {

void fuzz(ByteView input) {
  const auto line = parse_line(as_text(input));
  if (!line) {
    const Code code = line.error().code();
    expect(code == Code::kMalformed || code == Code::kTooLarge, "a bad line is told as one");
    return;
  }
  const auto record = read_exported_record(*line, Schema::builtin());
  if (!record) {
    expect(record.error().code() == Code::kMalformed, "a bad record is told as one");
    expect(!record.error().context().empty(), "with the reason");
    return;
  }
  std::size_t values = 0;
  for (const FieldValues& field : record->fields) {
    values += field.values.size();
    expect(field.number >= 1 && field.number <= kFieldNumberMax,
           "a field has a number that a change can carry");
    expect(is_known_rule(static_cast<std::uint8_t>(field.rule)) && field.rule != Rule::kLifecycle,
           "and a rule by which it merges");
    expect(field.repeated || field.in_conflict() || field.values.size() <= 1, "several values say why");
  }
  expect(values <= kLineValuesMax, "no more values than a line may have");
}

}  // namespace thuisbasis::fuzzing
