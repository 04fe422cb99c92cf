// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "core/pack/dictionary.h"
#include "core/pack/number_model.h"
#include "core/pack/outline_coders.h"
#include "core/pack/wire_change.h"

namespace thuisbasis {

/// How the entry of an operation travels (PROTOCOL.md P-157).
enum class EntryForm : std::uint8_t {
  kNone = 0,
  kClear = 1,
  kNumber = 2,          ///< a varint, as it is
  kNow = 3,             ///< a varint: the change's own time in milliseconds
  kMinutesFromNow = 4,  ///< a varint: whole minutes before or after that time
  kWholeMinutes = 5,    ///< a varint: a whole minute since 1970, told as minutes from the change's own
  kFromNow = 6,         ///< a varint: milliseconds before or after the change's time
  kFixed64 = 7,
  kFixed32 = 8,
  kData = 9,
  kId = 10,  ///< data of 16 bytes that may be named again
};

/// What tells one sort of operation from another: all but its value and what it replaces.
struct OperationSort {
  std::uint32_t field = 0;
  std::uint32_t rule = 0;
  EntryForm form = EntryForm::kNone;
  bool removed = false;
  friend auto operator<=>(const OperationSort&, const OperationSort&) = default;
};

/// Whether a change can be told as an outline: it has the number of its place, and ids, authors, origins and
/// rules as they should be.
bool has_outline(const WireChange& change, std::uint64_t number);

/// Tells changes field by field, with what came before as the guess for what comes next (PROTOCOL.md P-156
/// to P-158). Writing and reading are one walk: with an OutlineWriter the fields of a change are written,
/// with an OutlineReader they are set, so that the two cannot drift apart. What it remembers is bounded by
/// named constants, whatever is read. The views in changes must outlive it.
template <typename Coder>
class ChangeOutline final {
 public:
  explicit ChangeOutline(Coder& coder);

  /// The next change. Who reads asks coder.ok() before believing it.
  void change(std::uint64_t number, WireChange& change);

 private:
  enum class Topic : std::uint8_t { kHead, kRecord, kSort, kReplaced, kValue, kSize, kId };
  using Key = std::pair<std::uint64_t, std::uint64_t>;
  /// Numbers of one topic at one place of a record.
  struct Context {
    NumberModel model;
    std::string_view last;  ///< the newest id or data there
  };
  /// What came after a sort of operation in a kind of record, the last time.
  struct Follower {
    std::optional<std::uint64_t> which;
    AdaptiveBit again;
  };

  std::uint64_t number(NumberModel& model, std::uint64_t value) { return coder_.number(model, value); }
  std::uint32_t narrow(NumberModel& model, std::uint32_t value);
  /// A number near `from`.
  std::uint64_t near(NumberModel& model, std::uint64_t value, std::uint64_t from);
  /// The size of a list whose elements take so many bytes at least.
  std::size_t count(NumberModel& model, std::size_t size, std::uint64_t element_bytes);
  Context& context(Topic topic, std::uint32_t kind, std::uint32_t field = 0, unsigned more = 0);

  void authors(std::vector<ByteView>& authors);
  void seen(WireChange& change);
  /// The newest number this bundle named of one of the change's authors.
  std::uint64_t* newest_of(std::uint64_t author_index);
  /// Which record comes next, in one number; 0 when none does.
  std::uint64_t head(std::uint64_t before, const WireRecord* next);
  void record(WireRecord& record);
  /// Which sort of operation comes next: 0 when none does, else its place in sorts_ from 1.
  std::uint64_t which_sort(const WireRecord& record, std::uint64_t before, std::uint64_t which);
  OperationSort sort(std::uint64_t which, const OperationSort& sort);
  OperationSort sort_of(const WireOperation& operation) const;
  void operation(const WireRecord& record, EntryForm form, WireOperation& operation,
                 const WireOperation* before);
  void replaces(const WireRecord& record, WireOperation& operation, const WireOperation* before);
  void entry(std::uint32_t kind, EntryForm form, WireOperation& operation);
  ByteView id(Context& context, ByteView id);
  ByteView data(Context& context, ByteView data);

  Coder& coder_;
  std::uint64_t number_ = 0;      ///< of the change
  std::uint64_t now_ = 0;         ///< the change's time in milliseconds
  std::size_t record_place_ = 0;  ///< of the record, in ids_
  NumberModel time_, counter_, author_count_, author_, seen_count_, seen_author_, seen_number_;
  NumberModel field_, rule_, form_, replaced_author_, replaced_number_, replaced_distance_;
  Context shared_;  ///< for all contexts that came too late for one of their own
  std::map<Key, Context> contexts_;
  std::map<Key, Follower> followers_;
  Dictionary<OperationSort> sorts_;
  Dictionary<std::string_view> ids_;
  Dictionary<std::string_view> authors_;
  std::vector<std::uint64_t> newest_;       ///< of authors_
  std::vector<std::size_t> author_places_;  ///< of the change's authors, in authors_
  std::map<std::pair<std::size_t, std::uint32_t>, std::uint64_t> written_;  ///< id, field: newest change
};

}  // namespace thuisbasis
