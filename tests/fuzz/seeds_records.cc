// SPDX-License-Identifier: EUPL-1.2
#include "core/merge/dot_list.h"
#include "core/schema/schema.h"
#include "tests/fuzz/authors.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/seeds.h"

namespace thuisbasis::fuzzing {
namespace {

const RecordId kRecord = *RecordId::from(Bytes(16, 0x77));
constexpr WallMs kTime = 1'800'000'000'000;

Operation operation(std::uint32_t field, Rule rule, std::vector<Dot> replaces,
                    std::optional<FieldValue> entry, bool removed = false) {
  return {field, static_cast<std::uint8_t>(rule), std::move(replaces), std::move(entry), removed};
}

/// One field under every rule, with numbers that a kind of a later version could have.
std::vector<Operation> every_rule(const Dot& mine) {
  return {
      operation(90, Rule::kRegister, {}, FieldValue::text("een")),
      operation(91, Rule::kSet, {}, FieldValue::text("zingen")),
      operation(92, Rule::kRemoveWinsSet, {}, FieldValue::varint(3)),
      operation(93, Rule::kCounter, {}, FieldValue::varint(mine.number)),
      operation(94, Rule::kMin, {}, FieldValue::varint(5)),
      operation(95, Rule::kMax, {}, FieldValue::varint(6)),
  };
}

/// Like a family's life: two create it at once, three edit it, one deletes what another still writes in.
std::vector<Change> history(std::uint32_t kind) {
  const Author anna = FourAuthors::author(0);
  const Author bram = FourAuthors::author(1);
  const Author carla = FourAuthors::author(2);
  const auto change_of = [&](const Author& author, std::uint64_t number, std::vector<Operation> operations,
                             bool created, Frontier seen) {
    Change change;
    change.dot = {author, number};
    change.time = HybridTime::from_ms(kTime + static_cast<WallMs>(number));
    change.seen = std::move(seen);
    change.records.push_back({kRecord, kind, created, {}, std::move(operations)});
    return change;
  };
  std::vector<Operation> creation = every_rule({anna, 1});
  creation.push_back(operation(1, Rule::kRegister, {}, FieldValue::text("Familie Jansen")));
  creation.push_back(operation(96, Rule::kOnce, {}, FieldValue::text("ooit")));
  Frontier first;
  first.raise(anna, 1);
  Frontier both = first;
  both.raise(bram, 1);
  return {
      change_of(anna, 1, creation, true, {}),
      change_of(bram, 1, every_rule({bram, 1}), true, {}),
      change_of(bram, 2,
                {operation(90, Rule::kRegister, {{anna, 1}}, FieldValue::none()),
                 operation(91, Rule::kSet, {{anna, 1}}, FieldValue::text("zingen"), true),
                 operation(92, Rule::kRemoveWinsSet, {{anna, 1}}, FieldValue::varint(3), true)},
                false, first),
      change_of(carla, 1,
                {operation(kLifecycleField, Rule::kLifecycle, {},
                           FieldValue::bytes(encode_dots({{anna, 1}, {bram, 1}})), true)},
                false, both),
      change_of(anna, 2, {operation(90, Rule::kRegister, {{anna, 1}}, FieldValue::text("twee"))}, false, {}),
      change_of(carla, 2, {operation(kLifecycleField, Rule::kLifecycle, {{carla, 1}}, std::nullopt)}, false,
                {}),
  };
}

void add_changes(std::vector<Seed>& seeds, const KindSchema& kind) {
  Bytes convergence;
  int count = 0;
  for (const Change& change : history(kind.number)) {
    const auto bytes = encode_change(change);
    expect(bytes.has_value(), "the history can be written");
    for (Byte author = 0; author < FourAuthors::kCount; ++author)
      if (FourAuthors::author(author) == change.dot.author) convergence.push_back(author);
    add_part(convergence, *bytes);
    if (&kind == &Schema::builtin().kinds().front()) {
      const std::string name = "change_" + std::to_string(++count);
      seeds.push_back({"change", name, *bytes});
      Bytes packed{1, 3};
      append(packed, *bytes);
      seeds.push_back({"packed_changes", name, packed});
    }
  }
  seeds.push_back({"convergence", kind.table, convergence});
}

void add_row(std::vector<Seed>& seeds, Byte position, const KindSchema& kind) {
  RecordState state;
  state.kind = kind.number;
  state.id = kRecord;
  for (const Change& change : history(kind.number))
    (void)apply(state, change.records.front(), change.dot, change.time, kind.append_only);
  FourAuthors authors;
  const auto blobs = encode_row(state, kind.columns, authors);
  expect(blobs.has_value(), "the state has a row");
  Bytes input{position};
  add_part(input, blobs->clocks);
  add_part(input, blobs->unknown);
  add_part(input, blobs->concurrent);
  for (const FieldValue& value : column_values(state, kind.columns)) {
    input.push_back(value.shape == ValueShape::kNone ? Byte{0} : Byte{1});
    if (value.shape == ValueShape::kData) add_part(input, value.data);
  }
  seeds.push_back({"row", kind.table, input});
}

/// One dot twice in a field, at two times, as no merge makes it.
void add_row_with_a_dot_twice(std::vector<Seed>& seeds) {
  seeds.push_back({"row", "dot_twice", {0x01, 0x00, 0xc4, 0x01, 0x00, 0x0c, 0xff, 0x00, 0x06, 0x0c, 0x0c,
                                        0x0c, 0x0c, 0x3a, 0x0c, 0x1c, 0x06, 0x00, 0x0c, 0x0c, 0x0c}});
}

void add_texts(std::vector<Seed>& seeds) {
  const auto text = [&](const char* target, const char* name, std::string_view value) {
    seeds.push_back({target, name, to_bytes(as_bytes(value))});
  };
  text("search", "words", "gezin \"naar school\" gespr");
  text("search", "syntax", "NEAR(a b) AND body:x* - ^\"\" OR (NOT");
  const auto& kinds = Schema::builtin().kinds();
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    std::size_t count = 0;
    for (const FieldSchema& field : kinds[i].fields) {
      if (++count > 3) break;
      Bytes input{static_cast<Byte>(i)};
      append(input, as_bytes(field.name + (field.repeated ? "=+1" : "=1")));
      seeds.push_back({"assignment", kinds[i].table + "_" + field.name, input});
    }
  }
}

}  // namespace

void add_record_seeds(std::vector<Seed>& seeds) {
  const auto& kinds = Schema::builtin().kinds();
  for (std::size_t i = 0; i < kinds.size() && i < 3; ++i) {
    add_changes(seeds, kinds[i]);
    add_row(seeds, static_cast<Byte>(i), kinds[i]);
  }
  add_row_with_a_dot_twice(seeds);
  add_texts(seeds);
}

}  // namespace thuisbasis::fuzzing
