// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/salvaged_vault.h"

#include <algorithm>

#include "core/verify/membership_log.h"

namespace thuisbasis {
namespace {

/// Columns of the store's tables, as layout_sql.cc has them, and of the indexes of their UNIQUE constraints.
namespace column {
enum Circle : std::size_t { kCircleId = 1, kDossier, kKind, kName, kSubject, kCursor = 8 };
enum Membership : std::size_t { kEntryCircle = 1, kEntryIndex, kEntrySequence, kEntry, kArchiveWrap };
enum Change : std::size_t { kChangeCircle = 1, kChangeAuthor, kChangeNumber, kChangeTime, kChangeBytes };
enum Bundle : std::size_t { kBundleCircle = 1, kBundleAuthor, kOwn = 5, kBundleBytes = 10 };
enum Confirmed : std::size_t { kSequence = 1, kReceipt, kDoubted };
enum Record : std::size_t { kRecordId = 1, kRecordCircle, kClocks = 6, kUnknown, kConcurrent };
enum Key : std::size_t { kKeyCircle = 0, kKeyAuthor, kKeyNumber, kKeyRow };
}  // namespace column

constexpr const char* kChangeKeys = "sqlite_autoindex_tb_change_1";
constexpr const char* kBundleKeys = "sqlite_autoindex_tb_bundle_1";
constexpr const char* kAuthorKeys = "sqlite_autoindex_tb_author_1";
/// More numbers than this are not counted one by one: they name a damaged row, not work.
constexpr std::uint64_t kMissingMax = 1'000'000;

std::uint64_t unsigned_of(std::optional<std::int64_t> value) {
  return static_cast<std::uint64_t>(value.value_or(0));
}

template <typename Id>
std::optional<Id> id_of(const Bytes* bytes) {
  if (bytes == nullptr) return std::nullopt;
  const auto id = Id::from(*bytes);
  return id ? std::optional<Id>(*id) : std::nullopt;
}

std::string text_of(const Bytes* bytes) { return bytes != nullptr ? to_string(*bytes) : std::string(); }
Bytes bytes_of(const Bytes* bytes) { return bytes != nullptr ? *bytes : Bytes(); }

/// The numbers that stood for authors in the damaged file.
class FormerAuthors final : public AuthorTable {
 public:
  void add(std::int64_t number, const Author& author) { authors_.emplace(number, author); }
  std::optional<Author> find(std::optional<std::int64_t> number) const {
    const auto found = number ? authors_.find(*number) : authors_.end();
    return found == authors_.end() ? std::nullopt : std::optional<Author>(found->second);
  }
  Result<Author> author_at(std::uint32_t number) override {
    const std::optional<Author> author = find(number);
    if (!author) return Error(Code::kDamaged, "no author has number " + std::to_string(number));
    return *author;
  }
  Result<std::uint32_t> index_of(const Author&) override {
    return Error(Code::kInternal, "a damaged file is only read");
  }

 private:
  std::map<std::int64_t, Author> authors_;
};

/// One author's numbers in one circle.
struct Numbers {
  std::set<std::uint64_t> known;                    ///< that were given out
  std::map<std::uint64_t, std::uint64_t> at_relay;  ///< bundles that a relay took: last, and first
  std::uint64_t sealed = 0;                         ///< up to which there were bundles
};

class Interpreter final {
 public:
  Interpreter(const Salvage& salvage, const Schema& schema, const std::optional<DeviceId>& device)
      : salvage_(salvage), schema_(schema), device_(device) {}

  SalvagedVault run() {
    for (const SalvagedRow& row : salvage_.rows("tb_receipt"))
      if (const Bytes* bytes = row.blob(1)) vault_.receipts.emplace(row.rowid, *bytes);
    read_names();
    read_circles();
    read_membership();
    read_bundles();
    find_ours();
    read_unsent();
    read_trouble();
    read_keys();
    read_records();
    find_missing();
    add_nameless();
    vault_.unsent_uncertain =
        !nameless_.empty() || (!salvage_.is_complete("tb_change") && !salvage_.is_complete(kChangeKeys));
    return std::move(vault_);
  }

 private:
  using Line = std::pair<CircleId, Author>;
  using Ranges = std::map<std::uint64_t, std::uint64_t>;  ///< last numbers of bundles, and their first

  /// Which circles and authors the numbers of the file stand for.
  void read_names() {
    for (const SalvagedRow& row : salvage_.rows("tb_circle"))
      if (const auto id = id_of<CircleId>(row.blob(column::kCircleId))) circles_.emplace(row.rowid, *id);
    for (const SalvagedRow& row : salvage_.rows("tb_author")) add_author(row.rowid, row.blob(1), row.blob(2));
    for (const SalvagedRow& row : salvage_.rows(kAuthorKeys))
      if (const auto number = row.integer(2)) add_author(*number, row.blob(0), row.blob(1));
    for (const SalvagedRow& row : salvage_.rows("tb_membership")) {
      const auto circle = row.integer(column::kEntryCircle);
      const auto place = parse_entry_place(bytes_of(row.blob(column::kEntry)));
      if (circle && place) circles_.emplace(*circle, place->circle);
    }
    for (const SalvagedRow& row : salvage_.rows("tb_bundle")) {
      const Bytes* bytes = row.blob(column::kBundleBytes);
      if (bytes == nullptr) continue;
      const auto sealed = parse_bundle(*bytes);
      const auto circle = row.integer(column::kBundleCircle);
      const auto author = row.integer(column::kBundleAuthor);
      if (!sealed || !circle || !author) continue;
      circles_.emplace(*circle, sealed->header.circle);
      authors_.add(*author, sealed->header.author);
    }
    for (const auto& [row, id] : circles_) vault_.circles[id];
  }

  void add_author(std::int64_t number, const Bytes* device_bytes, const Bytes* instance_bytes) {
    const auto device = id_of<DeviceId>(device_bytes);
    const auto instance = id_of<InstanceId>(instance_bytes);
    if (device && instance) authors_.add(number, {*device, *instance});
  }

  /// Null where nothing says which circle it was.
  SalvagedCircle* circle_at(std::optional<std::int64_t> row) {
    const auto found = row ? circles_.find(*row) : circles_.end();
    return found == circles_.end() ? nullptr : &vault_.circles[found->second];
  }
  CircleId id_at(std::optional<std::int64_t> row) const {
    const auto found = row ? circles_.find(*row) : circles_.end();
    return found == circles_.end() ? CircleId() : found->second;
  }
  bool is_ours(const Author& author) const { return ours_.contains(author.device); }
  std::optional<Line> line_at(const SalvagedRow& row, std::size_t circle, std::size_t author) const {
    const std::optional<Author> of = authors_.find(row.integer(author));
    if (!of || !is_ours(*of)) return std::nullopt;
    return Line(id_at(row.integer(circle)), *of);
  }

  void read_circles() {
    std::set<std::int64_t> seen;
    for (const SalvagedRow& row : salvage_.rows("tb_circle")) {
      SalvagedCircle* circle = circle_at(row.rowid);
      if (circle == nullptr || !row.whole || !seen.insert(row.rowid).second) continue;
      circle->cursor = unsigned_of(row.integer(column::kCursor));
      circle->profile.dossier = id_of<DossierId>(row.blob(column::kDossier)).value_or(DossierId());
      circle->profile.kind = text_of(row.text(column::kKind));
      circle->profile.name = text_of(row.text(column::kName));
      circle->profile.subject = id_of<RecordId>(row.blob(column::kSubject)).value_or(RecordId());
    }
  }

  void read_membership() {
    for (const SalvagedRow& row : salvage_.rows("tb_membership")) {
      SalvagedCircle* circle = circle_at(row.integer(column::kEntryCircle));
      const Bytes* entry = row.blob(column::kEntry);
      if (circle == nullptr || entry == nullptr || !row.whole) continue;
      MembershipRow kept;
      kept.index = static_cast<std::uint32_t>(unsigned_of(row.integer(column::kEntryIndex)));
      kept.entry = *entry;
      kept.archive_wrap = bytes_of(row.blob(column::kArchiveWrap));
      if (const auto sequence = row.integer(column::kEntrySequence)) kept.sequence = unsigned_of(sequence);
      circle->membership.emplace(kept.index, std::move(kept));
    }
  }

  void read_bundles() {
    for (const SalvagedRow& row : salvage_.rows("tb_confirmed"))
      if (row.whole) confirmed_.emplace(row.rowid, &row);
    std::set<std::int64_t> seen;
    for (const SalvagedRow& row : salvage_.rows("tb_bundle")) {
      const Bytes* bytes = row.blob(column::kBundleBytes);
      if (!row.whole || bytes == nullptr || seen.contains(row.rowid)) continue;
      const auto sealed = parse_bundle(*bytes);
      if (!sealed) continue;
      seen.insert(row.rowid);
      SalvagedBundle bundle;
      bundle.bytes = *bytes;
      bundle.header = sealed->header;
      bundle.row = row.rowid;
      bundle.standing.own = row.integer(column::kOwn) == 1;
      if (const auto held = confirmed_.find(row.rowid); held != confirmed_.end()) {
        bundle.standing.sequence = unsigned_of(held->second->integer(column::kSequence));
        bundle.standing.doubted = held->second->integer(column::kDoubted) != 0;
        bundle.former_receipt = held->second->integer(column::kReceipt);
      }
      vault_.circles[bundle.header.circle].bundles.push_back(std::move(bundle));
    }
    for (auto& [id, circle] : vault_.circles)
      std::sort(circle.bundles.begin(), circle.bundles.end(),
                [](const SalvagedBundle& a, const SalvagedBundle& b) { return a.row < b.row; });
  }

  /// Without keys nobody says whose vault it was; but only its own work is unsent or was frozen here.
  void find_ours() {
    if (device_) {
      ours_.insert(*device_);
    } else {
      for (const SalvagedRow& row : salvage_.rows("tb_change"))
        if (const auto author = authors_.find(row.integer(column::kChangeAuthor)))
          ours_.insert(author->device);
      for (const auto& [id, circle] : vault_.circles)
        for (const SalvagedBundle& bundle : circle.bundles)
          if (bundle.standing.own) ours_.insert(bundle.header.author.device);
    }
    for (const auto& [id, circle] : vault_.circles)
      for (const SalvagedBundle& bundle : circle.bundles)
        if (is_ours(bundle.header.author))
          ranges_[{id, bundle.header.author}][bundle.header.last] = bundle.header.first;
  }

  static bool is_in(const Ranges& ranges, std::uint64_t number) {
    const auto range = ranges.lower_bound(number);
    return range != ranges.end() && range->second <= number;
  }

  /// What no bundle covers. A row that is there in part tells its number.
  void read_unsent() {
    std::map<Line, std::map<std::uint64_t, std::pair<std::int64_t, UnsentChange>>> found;
    for (const SalvagedRow& row : salvage_.rows("tb_change")) {
      const auto line = line_at(row, column::kChangeCircle, column::kChangeAuthor);
      const std::uint64_t number = unsigned_of(row.integer(column::kChangeNumber));
      note_nameless(row, {column::kChangeCircle, column::kChangeAuthor, column::kChangeNumber});
      if (!line || number == 0) continue;
      numbers_[*line].known.insert(number);
      const Bytes* bytes = row.blob(column::kChangeBytes);
      if (!row.whole || bytes == nullptr || line->first.is_zero() || is_in(ranges_[*line], number)) continue;
      const auto change = decode_change(line->second, *bytes);
      if (!change || change->dot.number != number) continue;
      const HybridTime time{unsigned_of(row.integer(column::kChangeTime))};
      found[*line].emplace(number, std::pair(row.rowid, UnsentChange{line->second, number, time, *bytes}));
    }
    std::map<CircleId, std::vector<std::pair<std::int64_t, UnsentChange>>> by_circle;
    for (auto& [line, changes] : found)
      for (auto& [number, change] : changes) by_circle[line.first].push_back(std::move(change));
    for (auto& [circle, changes] : by_circle) {
      std::stable_sort(changes.begin(), changes.end(),
                       [](const auto& a, const auto& b) { return a.first < b.first; });
      for (auto& [row, change] : changes) vault_.circles[circle].unsent.push_back(std::move(change));
    }
  }

  void read_trouble() {
    for (const SalvagedRow& row : salvage_.rows("tb_returned")) {
      SalvagedCircle* circle = circle_at(row.integer(1));
      const std::optional<Author> author = authors_.find(row.integer(2));
      if (circle == nullptr || !author || !row.whole) continue;
      circle->returned.push_back({CircleRow{}, *author, unsigned_of(row.integer(3)),
                                  static_cast<std::uint32_t>(unsigned_of(row.integer(4))),
                                  text_of(row.text(5)), row.integer(6).value_or(0), bytes_of(row.blob(7))});
    }
    for (const SalvagedRow& row : salvage_.rows("tb_reissued")) {
      SalvagedCircle* circle = circle_at(row.integer(0));
      const std::optional<Author> from = authors_.find(row.integer(1));
      const std::optional<Author> to = authors_.find(row.integer(3));
      if (circle == nullptr || !from || !to || !row.whole) continue;
      circle->reissued.emplace_back(Dot{*from, unsigned_of(row.integer(2))},
                                    Dot{*to, unsigned_of(row.integer(4))});
    }
    for (const SalvagedRow& row : salvage_.rows("tb_quarantine")) {
      SalvagedCircle* circle = circle_at(row.integer(1));
      if (circle == nullptr || !row.whole) continue;
      circle->quarantined.push_back({0, CircleRow{}, unsigned_of(row.integer(2)),
                                     static_cast<Code>(row.integer(3).value_or(0)), text_of(row.text(4)),
                                     row.integer(5).value_or(0), bytes_of(row.blob(6))});
    }
    // Remarks on single changes are made again when these are merged; alarms are not.
    for (const SalvagedRow& row : salvage_.rows("tb_journal")) {
      SalvagedCircle* circle = circle_at(row.integer(3));
      const std::optional<Author> author = authors_.find(row.integer(7));
      const auto remark = static_cast<std::uint32_t>(unsigned_of(row.integer(2)));
      if (circle == nullptr || !author || !row.whole || remark <= kJournalOwnCodes) continue;
      circle->alarms.push_back({row.integer(1).value_or(0), remark, CircleRow{}, 0, RecordId{}, 0, *author,
                                unsigned_of(row.integer(8))});
    }
  }

  /// Unsent work of an author that nothing names any more cannot be read: its own dots have no name.
  struct ChangeColumns {
    std::size_t circle, author, number;
  };
  void note_nameless(const SalvagedRow& row, const ChangeColumns& at) {
    const auto author = row.integer(at.author);
    const auto number = row.integer(at.number);
    if (!author || !number || *number <= 0 || authors_.find(author)) return;
    const CircleId circle = id_at(row.integer(at.circle));
    nameless_[{circle, *author}].insert(unsigned_of(number));
    const Bytes* bytes = row.blob(column::kChangeBytes);
    const auto change = bytes != nullptr ? decode_change(Author{}, *bytes) : Error(Code::kNotFound, "");
    if (!change) return;
    for (const RecordChange& record : change->records)
      touched_[{circle, Author{}}][unsigned_of(number)].emplace(record.kind, record.record);
  }
  void add_nameless() {
    for (const auto& [line, numbers] : nameless_)
      for (const std::uint64_t number : numbers)
        add_missing(vault_.circles[line.first], {line.first, Author{}}, number, false);
  }

  /// Numbers that only an index or the frontier still knows.
  void read_keys() {
    for (const SalvagedRow& row : salvage_.rows(kChangeKeys)) {
      note_nameless(row, {column::kKeyCircle, column::kKeyAuthor, column::kKeyNumber});
      if (const auto line = line_at(row, column::kKeyCircle, column::kKeyAuthor))
        numbers_[*line].known.insert(unsigned_of(row.integer(column::kKeyNumber)));
    }
    for (const auto& [line, ranges] : ranges_)
      if (!ranges.empty()) numbers_[line].sealed = ranges.rbegin()->first;
    std::map<Line, std::map<std::uint64_t, std::int64_t>> ends;
    for (const SalvagedRow& row : salvage_.rows(kBundleKeys))
      if (const auto line = line_at(row, column::kKeyCircle, column::kKeyAuthor))
        ends[*line][unsigned_of(row.integer(column::kKeyNumber))] = row.integer(column::kKeyRow).value_or(0);
    for (const auto& [line, lasts] : ends) {
      Numbers& numbers = numbers_[line];
      std::uint64_t first = 1;
      for (const auto& [last, bundle] : lasts) {
        const auto held = confirmed_.find(bundle);
        if (held != confirmed_.end() && held->second->integer(column::kDoubted) == 0)
          numbers.at_relay.emplace(last, first);
        numbers.sealed = std::max(numbers.sealed, last);
        first = last + 1;
      }
    }
    for (const SalvagedRow& row : salvage_.rows("tb_frontier"))
      if (const auto line = line_at(row, column::kKeyCircle, column::kKeyAuthor)) {
        Numbers& numbers = numbers_[*line];
        numbers.sealed = std::max(numbers.sealed, unsigned_of(row.integer(3)));
      }
  }

  /// Which records own numbers touched: their rows hold the dots.
  void read_records() {
    for (const KindSchema& kind : schema_.kinds()) {
      for (const SalvagedRow& row : salvage_.rows(kind.table)) {
        const auto id = id_of<RecordId>(row.blob(column::kRecordId));
        const Bytes* clocks = row.blob(column::kClocks);
        if (!id || clocks == nullptr) continue;
        const auto state = decode_row(kind.number, *id, *clocks, bytes_of(row.blob(column::kUnknown)),
                                      bytes_of(row.blob(column::kConcurrent)), kind.columns,
                                      std::vector<FieldValue>(kind.columns.size()), authors_);
        if (!state) continue;
        const CircleId circle = id_at(row.integer(column::kRecordCircle));
        touch(circle, state->created, *state);
        for (const auto& [key, field] : state->fields)
          for (const Entry& entry : field.entries) touch(circle, entry.dot, *state);
      }
    }
  }
  void touch(const CircleId& circle, const Dot& dot, const RecordState& record) {
    if (dot.number == 0 || !is_ours(dot.author)) return;
    numbers_[{circle, dot.author}].known.insert(dot.number);
    touched_[{circle, dot.author}][dot.number].emplace(record.kind, record.id);
  }

  /// Numbers are a sequence, so gaps tell: each up to the highest known one is in a bundle here, in one at
  /// the relay, unsent here, or missing.
  void find_missing() {
    for (const auto& [line, numbers] : numbers_) {
      SalvagedCircle& circle = vault_.circles[line.first];
      std::set<std::uint64_t> here;
      for (const UnsentChange& one : circle.unsent)
        if (one.author == line.second) here.insert(one.number);
      const Ranges& stored = ranges_[line];
      const std::uint64_t highest =
          std::max(numbers.sealed, numbers.known.empty() ? 0 : *numbers.known.rbegin());
      if (highest > kMissingMax) continue;
      for (std::uint64_t number = 1; number <= highest; ++number) {
        if (here.contains(number) || is_in(stored, number) || is_in(numbers.at_relay, number)) continue;
        add_missing(circle, line, number, number <= numbers.sealed);
      }
    }
  }
  void add_missing(SalvagedCircle& circle, const Line& line, std::uint64_t number, bool sealed) {
    std::vector<MissingNumbers>& missing = circle.missing;
    const bool continues = !missing.empty() && missing.back().author == line.second &&
                           missing.back().last + 1 == number && missing.back().sealed == sealed;
    if (!continues) missing.push_back({line.second, number, number, sealed, {}});
    missing.back().last = number;
    const auto of_line = touched_.find(line);
    if (of_line == touched_.end()) return;
    if (const auto records = of_line->second.find(number); records != of_line->second.end())
      missing.back().records.insert(records->second.begin(), records->second.end());
  }

  const Salvage& salvage_;
  const Schema& schema_;
  const std::optional<DeviceId>& device_;
  std::map<std::int64_t, CircleId> circles_;
  FormerAuthors authors_;
  std::map<std::int64_t, const SalvagedRow*> confirmed_;  ///< by the bundle's row
  std::set<DeviceId> ours_;
  std::map<Line, Ranges> ranges_;
  std::map<Line, Numbers> numbers_;
  std::map<std::pair<CircleId, std::int64_t>, std::set<std::uint64_t>> nameless_;  ///< by the author's number
  std::map<Line, std::map<std::uint64_t, std::set<std::pair<std::uint32_t, RecordId>>>> touched_;
  SalvagedVault vault_;
};

}  // namespace

std::map<std::string, Bytes> salvaged_values(const Salvage& salvage) {
  std::map<std::string, Bytes> values;
  for (const SalvagedRow& row : salvage.rows("tb_value")) {
    const Bytes* value = row.blob(1);
    if (row.whole && value != nullptr) values.emplace(text_of(row.text(0)), *value);
  }
  return values;
}

SalvagedVault interpret(const Salvage& salvage, const Schema& schema, const std::optional<DeviceId>& device) {
  return Interpreter(salvage, schema, device).run();
}

}  // namespace thuisbasis
