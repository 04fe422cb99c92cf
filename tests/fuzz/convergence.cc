// SPDX-License-Identifier: EUPL-1.2
// A pair of devices and changes that no honest device would write, in an order the fuzzer chose. Both get
// every change whose dependencies hold; one as they came, one in the order of the last author first. One
// knows the kinds, one knows none. Whatever the changes say, both end in the same state, and each state
// survives its row.
//
// The input: per change a byte (the author) and a part, a serialized change.Change; numbers are filled in.
#include <map>

#include "core/schema/schema.h"
#include "core/verify/messages.h"
#include "tests/fuzz/authors.h"
#include "tests/fuzz/fuzz.h"
#include "thuisbasis/change.pb.h"

namespace thuisbasis::fuzzing {
namespace {

constexpr std::size_t kChangesMax = 24;

bool append_only(std::uint32_t kind) {
  const KindSchema* schema = Schema::builtin().kind(kind);
  return schema != nullptr && schema->append_only;
}

class Replica final {
 public:
  explicit Replica(bool knows_kinds) : knows_kinds_(knows_kinds) {}

  bool can_take(const Change& change) const {
    return frontier_.covers(dependencies(change)) && !frontier_.covers(change.dot);
  }
  void take(const Change& change) {
    for (const RecordChange& record : change.records) {
      RecordState& state = states_[{record.kind, record.record}];
      if (state.exists()) remove_row(digest_, row_hash(state));
      state.kind = record.kind;
      state.id = record.record;
      (void)apply(state, record, change.dot, change.time, knows_kinds_ && append_only(record.kind));
      add_row(digest_, row_hash(state));
    }
    frontier_.raise(change.dot.author, change.dot.number);
  }

  const StateDigest& digest() const { return digest_; }
  const Frontier& frontier() const { return frontier_; }
  const std::map<std::pair<std::uint32_t, RecordId>, RecordState>& states() const { return states_; }

 private:
  bool knows_kinds_;
  Frontier frontier_;
  StateDigest digest_;
  std::map<std::pair<std::uint32_t, RecordId>, RecordState> states_;
};

std::vector<Change> read_changes(ByteView input, Replica& first) {
  std::vector<Change> changes;
  Input parts(input);
  for (std::size_t i = 0; i < kChangesMax && !parts.empty(); ++i) {
    const Author author = FourAuthors::author(parts.byte());
    const ByteView body = parts.part();
    change::Change message;
    if (!message.ParseFromArray(body.data(), static_cast<int>(body.size()))) continue;
    message.set_number(first.frontier().at(author) + 1);
    auto change = decode_change(author, encode_message(message));
    if (!change || !first.can_take(*change)) continue;
    first.take(*change);
    changes.push_back(std::move(*change));
  }
  return changes;
}

/// The last author's changes as early as they can come.
void take_all_otherwise(Replica& replica, std::vector<Change> changes) {
  while (!changes.empty()) {
    auto next = changes.end();
    for (auto it = changes.begin(); it != changes.end(); ++it)
      if (replica.can_take(*it) && (next == changes.end() || it->dot.author > next->dot.author)) next = it;
    expect(next != changes.end(), "some change can always be applied");
    replica.take(*next);
    changes.erase(next);
  }
}

/// An author the four do not know may stand in a deletion's list or an origin: such a state has no row here.
void check_row(const RecordState& state) {
  const KindSchema* kind = Schema::builtin().kind(state.kind);
  if (kind == nullptr) return;
  FourAuthors authors;
  const auto blobs = encode_row(state, kind->columns, authors);
  if (!blobs) return;
  const auto again = decode_row(state.kind, state.id, blobs->clocks, blobs->unknown, blobs->concurrent,
                                kind->columns, column_values(state, kind->columns), authors);
  expect(is(again, state), "a state survives its row");
}

}  // namespace

void fuzz(ByteView input) {
  Replica first(true);
  const std::vector<Change> changes = read_changes(input, first);
  Replica second(false);
  take_all_otherwise(second, changes);
  expect(first.frontier() == second.frontier(), "both have seen the same");
  for (const auto& [name, state] : first.states()) {
    expect(second.states().at(name) == state, "both have the same states");
    (void)presence(state, append_only(state.kind));
    check_row(state);
  }
  expect(first.digest() == second.digest(), "and the same digest");
}

}  // namespace thuisbasis::fuzzing
