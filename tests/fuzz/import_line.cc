// SPDX-License-Identifier: EUPL-1.2
// One line of a caseload that is imported. How a file becomes lines is import_file.
#include "core/schema/record_codec.h"
#include "tests/fuzz/fuzz.h"
#include "tools/transfer/caseload_line.h"
#include "tools/transfer/line_limits.h"
#include "tools/transfer/line_op.h"

namespace thuisbasis::fuzzing {

void fuzz(ByteView input) {
  const std::string_view text = as_text(input);
  const auto line = read_caseload_line(text);
  if (!line) {
    expect(line.error().code() == Code::kMalformed || line.error().code() == Code::kTooLarge,
           "a bad line is told as one");
    expect(!line.error().context().empty(), "with the reason");
    return;
  }
  const auto op = line_op(text);
  expect(op && is_caseload_op(*op), "what is of this format says so");
  expect(line->at_ms >= 0, "a line has a time");
  expect(line->principal < line->records.size(), "and a record that stands for its thing");
  std::size_t fields = 0;
  for (const RecordWrite& write : line->records) fields += write.fields.size();
  // A note has its visit, a score its goal and time, a goal that goes on no status of its own, an action a
  // day.
  expect(fields <= 2 * kLineFieldsMax + 4, "a line writes no more fields than it has");
  for (const RecordWrite& write : line->records) {
    RecordState base;
    base.kind = write.kind->number;
    base.id = write.id;
    RecordEdit edit(base, RecordEdit::Mode::kCreate);
    for (const FieldWrite& field : write.fields) {
      const bool offers = field.rule == Rule::kMin || field.rule == Rule::kMax;
      const Status taken = offers ? edit.offer(field.field, field.rule, field.value)
                                  : edit.set(field.field, field.rule, field.value);
      expect(taken.has_value(), "every field takes its value");
    }
  }
}

}  // namespace thuisbasis::fuzzing
