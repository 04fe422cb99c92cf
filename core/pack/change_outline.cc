// SPDX-License-Identifier: EUPL-1.2
#include "core/pack/change_outline.h"

#include <algorithm>

#include "core/base/ids.h"

namespace thuisbasis {
namespace {

/// What is remembered at most. Beyond it things are told as if for the first time.
constexpr std::size_t kContextsMax = 1024;
constexpr std::size_t kFollowersMax = 4096;
constexpr std::size_t kSortsMax = 1024;
constexpr std::size_t kWrittenMax = 65536;

/// What things take in a serialized change at least: tags and lengths, and what they always hold.
constexpr std::uint64_t kPairBytes = 2;
constexpr std::uint64_t kOperationBytes = 4;
constexpr std::uint64_t kRecordBytes = 20;
constexpr std::uint64_t kAuthorBytes = 42;

constexpr std::size_t kAuthorSize = DeviceId::kSize + InstanceId::kSize;
constexpr std::size_t kOriginSize = CircleId::kSize + RecordId::kSize;

constexpr std::uint64_t kMinute = 60'000;
constexpr std::uint64_t kTimeEnd = std::uint64_t{1} << 48;
constexpr std::uint64_t kCounterMax = 0xffff;
/// Numbers in this range may be times in milliseconds: from February 1970 on.
constexpr std::uint64_t kTimesFrom = std::uint64_t{1} << 32;

/// Small numbers for small differences of both signs.
std::uint64_t zigzag(std::uint64_t difference) {
  return difference << 1 ^ (difference >> 63 != 0 ? ~std::uint64_t{0} : 0);
}
std::uint64_t unzigzag(std::uint64_t value) {
  return value >> 1 ^ ((value & 1) != 0 ? ~std::uint64_t{0} : 0);
}

constexpr std::uint64_t kHeadMax = std::uint64_t{1} << 34;
/// The number of a record head: what kind of record comes, and how.
std::uint64_t head_of(const WireRecord& record) {
  return 1 +
         (std::uint64_t{record.kind} << 2 | (record.origin.empty() ? 0U : 2U) | (record.created ? 1U : 0U));
}

bool is_text(ByteView data) {
  return std::all_of(data.begin(), data.end(), [](Byte byte) { return byte < 0x80; });
}

EntryField field_of(EntryForm form) {
  switch (form) {
    case EntryForm::kNone:
      return EntryField::kNone;
    case EntryForm::kClear:
      return EntryField::kClear;
    case EntryForm::kFixed64:
      return EntryField::kFixed64;
    case EntryForm::kFixed32:
      return EntryField::kFixed32;
    case EntryForm::kData:
    case EntryForm::kId:
      return EntryField::kData;
    default:
      return EntryField::kVarint;
  }
}

/// How a varint is best told in a change of this time. A pure choice of the writer: every form can be read.
EntryForm varint_form(std::uint64_t value, std::uint64_t now) {
  if (value == now) return EntryForm::kNow;
  if (value < kTimesFrom || value >= kTimeEnd) return EntryForm::kNumber;
  const std::uint64_t distance = value > now ? value - now : now - value;
  if (distance % kMinute == 0) return EntryForm::kMinutesFromNow;
  return value % kMinute == 0 ? EntryForm::kWholeMinutes : EntryForm::kFromNow;
}

}  // namespace

bool has_outline(const WireChange& change, std::uint64_t number) {
  const auto usual_author = [](ByteView author) { return author.size() == kAuthorSize; };
  const auto usual_operation = [](const WireOperation& operation) { return operation.rule != 0; };
  const auto usual_record = [&](const WireRecord& record) {
    return record.record.size() == RecordId::kSize &&
           (record.origin.empty() || record.origin.size() == kOriginSize) &&
           std::all_of(record.operations.begin(), record.operations.end(), usual_operation);
  };
  return change.number == number && std::all_of(change.authors.begin(), change.authors.end(), usual_author) &&
         std::all_of(change.records.begin(), change.records.end(), usual_record);
}

template <typename Coder>
ChangeOutline<Coder>::ChangeOutline(Coder& coder)
    : coder_(coder), sorts_(kSortsMax), ids_(SIZE_MAX), authors_(SIZE_MAX) {}

template <typename Coder>
void ChangeOutline<Coder>::change(std::uint64_t number, WireChange& change) {
  number_ = change.number = number;
  now_ = near(time_, change.time >> 16, now_);
  const std::uint64_t counter = this->number(counter_, change.time & kCounterMax);
  if (now_ >= kTimeEnd || counter > kCounterMax) coder_.fail();
  change.time = now_ << 16 | counter;
  authors(change.authors);
  seen(change);
  std::uint64_t before = 0;
  for (std::size_t i = 0; coder_.ok(); ++i) {
    before = head(before, i < change.records.size() ? &change.records[i] : nullptr);
    if (before == 0) return;
    if constexpr (!Coder::kWrites) {
      coder_.charge(kRecordBytes);
      WireRecord& read = change.records.emplace_back();
      read.created = ((before - 1) & 1) != 0;
      read.kind = static_cast<std::uint32_t>((before - 1) >> 2);
    }
    WireRecord& one = change.records[i];
    one.record = id(context(Topic::kRecord, one.kind, 0, one.created ? 1 : 0), one.record);
    record_place_ = ids_.find(as_text(one.record)).value_or(0);
    if (((before - 1) & 2) != 0) one.origin = coder_.take_loose(one.origin, kOriginSize);
    record(one);
  }
}

template <typename Coder>
std::uint32_t ChangeOutline<Coder>::narrow(NumberModel& model, std::uint32_t value) {
  const std::uint64_t number = this->number(model, value);
  if (number > UINT32_MAX) coder_.fail();
  return static_cast<std::uint32_t>(number);
}

template <typename Coder>
std::uint64_t ChangeOutline<Coder>::near(NumberModel& model, std::uint64_t value, std::uint64_t from) {
  return from + unzigzag(number(model, zigzag(value - from)));
}

template <typename Coder>
std::size_t ChangeOutline<Coder>::count(NumberModel& model, std::size_t size, std::uint64_t element_bytes) {
  const std::uint64_t number = this->number(model, size);
  if (number > UINT32_MAX) coder_.fail();
  if (coder_.ok()) coder_.charge(number * element_bytes);
  return coder_.ok() ? static_cast<std::size_t>(number) : 0;
}

template <typename Coder>
typename ChangeOutline<Coder>::Context& ChangeOutline<Coder>::context(Topic topic, std::uint32_t kind,
                                                                      std::uint32_t field, unsigned more) {
  const Key key{std::uint64_t{static_cast<std::uint8_t>(topic)} << 8 | more,
                std::uint64_t{kind} << 32 | field};
  const auto found = contexts_.find(key);
  if (found != contexts_.end()) return found->second;
  return contexts_.size() < kContextsMax ? contexts_[key] : shared_;
}

template <typename Coder>
void ChangeOutline<Coder>::authors(std::vector<ByteView>& authors) {
  authors.resize(count(author_count_, authors.size(), kAuthorBytes));
  author_places_.clear();
  for (ByteView& author : authors) {
    const auto known = authors_.find(as_text(author));
    const std::uint64_t place = number(author_, known ? *known + 1 : 0);
    if (place == 0) {
      author = coder_.take_loose(author, kAuthorSize);
      authors_.add(as_text(author));
      newest_.push_back(0);
      author_places_.push_back(newest_.size() - 1);
    } else if (place <= newest_.size()) {
      author_places_.push_back(static_cast<std::size_t>(place - 1));
      author = as_bytes(authors_.at(author_places_.back()));
    } else {
      coder_.fail();
      return;
    }
  }
}

template <typename Coder>
void ChangeOutline<Coder>::seen(WireChange& change) {
  change.seen.resize(count(seen_count_, change.seen.size(), kPairBytes));
  for (auto& [index, number] : change.seen) {
    index = this->number(seen_author_, index);
    std::uint64_t* newest = newest_of(index);
    number = near(seen_number_, number, newest == nullptr ? 0 : *newest);
    if (newest != nullptr) *newest = number;
  }
}

template <typename Coder>
std::uint64_t* ChangeOutline<Coder>::newest_of(std::uint64_t author_index) {
  if (author_index == 0 || author_index > author_places_.size()) return nullptr;
  return &newest_[author_places_[static_cast<std::size_t>(author_index - 1)]];
}

template <typename Coder>
std::uint64_t ChangeOutline<Coder>::head(std::uint64_t before, const WireRecord* next) {
  Context& heads =
      context(Topic::kHead, static_cast<std::uint32_t>(before >> 32), static_cast<std::uint32_t>(before));
  const std::uint64_t head = number(heads.model, next == nullptr ? 0 : head_of(*next));
  if (head > kHeadMax) coder_.fail();
  return coder_.ok() ? head : 0;
}

template <typename Coder>
void ChangeOutline<Coder>::record(WireRecord& record) {
  std::uint64_t before = record.created ? 1 : 0;
  for (std::size_t i = 0; coder_.ok(); ++i) {
    OperationSort told;
    std::uint64_t which = 0;
    if (i < record.operations.size()) {
      told = sort_of(record.operations[i]);
      which = sorts_.find(told).value_or(sorts_.size()) + 1;
    }
    which = which_sort(record, before, which);
    if (which == 0) return;
    told = sort(which, told);
    if constexpr (!Coder::kWrites) {
      coder_.charge(kOperationBytes);
      WireOperation& read = record.operations.emplace_back();
      read.field = told.field;
      read.rule = told.rule;
      read.removed = told.removed;
    }
    operation(record, told.form, record.operations[i], i == 0 ? nullptr : &record.operations[i - 1]);
    before = which + 1;
  }
}

template <typename Coder>
std::uint64_t ChangeOutline<Coder>::which_sort(const WireRecord& record, std::uint64_t before,
                                               std::uint64_t which) {
  const Key key{record.kind, before};
  auto found = followers_.find(key);
  if (found == followers_.end() && followers_.size() < kFollowersMax)
    found = followers_.emplace(key, Follower()).first;
  Follower* const follower = found == followers_.end() ? nullptr : &found->second;
  if (follower != nullptr && follower->which && coder_.bit(follower->again, which == *follower->which))
    return *follower->which;
  which = number(context(Topic::kSort, record.kind).model, which);
  if (which > sorts_.size() + 1) coder_.fail();
  if (follower != nullptr) follower->which = which;
  return coder_.ok() ? which : 0;
}

template <typename Coder>
OperationSort ChangeOutline<Coder>::sort(std::uint64_t which, const OperationSort& sort) {
  if (which <= sorts_.size()) return sorts_.at(static_cast<std::size_t>(which - 1));
  OperationSort told;
  told.field = narrow(field_, sort.field);
  told.rule = narrow(rule_, sort.rule);
  const std::uint64_t form =
      number(form_, std::uint64_t{static_cast<std::uint8_t>(sort.form)} << 1 | (sort.removed ? 1 : 0));
  told.removed = (form & 1) != 0;
  if (told.rule == 0 || form >> 1 > static_cast<std::uint8_t>(EntryForm::kId)) {
    coder_.fail();
    return told;
  }
  told.form = static_cast<EntryForm>(form >> 1);
  sorts_.add(told);
  return told;
}

template <typename Coder>
OperationSort ChangeOutline<Coder>::sort_of(const WireOperation& operation) const {
  OperationSort sort{operation.field, operation.rule, EntryForm::kNone, operation.removed};
  switch (operation.entry) {
    case EntryField::kNone:
      break;
    case EntryField::kClear:
      sort.form = EntryForm::kClear;
      break;
    case EntryField::kVarint:
      sort.form = varint_form(operation.number, now_);
      break;
    case EntryField::kFixed64:
      sort.form = EntryForm::kFixed64;
      break;
    case EntryField::kFixed32:
      sort.form = EntryForm::kFixed32;
      break;
    case EntryField::kData:
      sort.form = operation.data.size() == RecordId::kSize && !is_text(operation.data) ? EntryForm::kId
                                                                                       : EntryForm::kData;
      break;
  }
  return sort;
}

template <typename Coder>
void ChangeOutline<Coder>::operation(const WireRecord& record, EntryForm form, WireOperation& operation,
                                     const WireOperation* before) {
  replaces(record, operation, before);
  entry(record.kind, form, operation);
  const std::pair key{record_place_, operation.field};
  if (const auto found = written_.find(key); found != written_.end())
    found->second = number_;
  else if (written_.size() < kWrittenMax)
    written_.emplace(key, number_);
}

template <typename Coder>
void ChangeOutline<Coder>::replaces(const WireRecord& record, WireOperation& operation,
                                    const WireOperation* before) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> guess;
  const auto written = written_.find({record_place_, operation.field});
  if (written != written_.end())
    guess = {{0, number_ - written->second}};
  else if (before != nullptr)
    guess = before->replaces;
  Context& counts = context(Topic::kReplaced, record.kind, operation.field, record.created ? 1 : 0);
  const bool as_guessed = operation.replaces == guess;
  const std::size_t told = count(counts.model, as_guessed ? 0 : operation.replaces.size() + 1, kPairBytes);
  if (told == 0) {
    coder_.charge(guess.size() * kPairBytes);
    if (coder_.ok()) operation.replaces = std::move(guess);
    return;
  }
  operation.replaces.resize(told - 1);
  for (auto& [index, number] : operation.replaces) {
    index = this->number(replaced_author_, index);
    const std::uint64_t* newest = newest_of(index);
    number = newest == nullptr ? this->number(replaced_distance_, number)
                               : near(replaced_number_, number, *newest);
  }
}

template <typename Coder>
void ChangeOutline<Coder>::entry(std::uint32_t kind, EntryForm form, WireOperation& operation) {
  operation.entry = field_of(form);
  const auto model = [&]() -> NumberModel& {
    return context(Topic::kValue, kind, operation.field, static_cast<unsigned>(form)).model;
  };
  switch (form) {
    case EntryForm::kNone:
    case EntryForm::kClear:
      break;
    case EntryForm::kNumber:
    case EntryForm::kFixed64:
      operation.number = number(model(), operation.number);
      break;
    case EntryForm::kFixed32:
      operation.number = narrow(model(), static_cast<std::uint32_t>(operation.number));
      break;
    case EntryForm::kNow:
      operation.number = now_;
      break;
    case EntryForm::kMinutesFromNow: {
      const bool later = operation.number > now_;
      const std::uint64_t minutes = (later ? operation.number - now_ : now_ - operation.number) / kMinute;
      operation.number = now_ + near(model(), later ? minutes : 0 - minutes, 0) * kMinute;
      break;
    }
    case EntryForm::kWholeMinutes:
      operation.number = near(model(), operation.number / kMinute, now_ / kMinute) * kMinute;
      break;
    case EntryForm::kFromNow:
      operation.number = near(model(), operation.number, now_);
      break;
    case EntryForm::kData:
      operation.data = data(context(Topic::kSize, kind, operation.field), operation.data);
      break;
    case EntryForm::kId:
      operation.data = id(context(Topic::kId, kind, operation.field), operation.data);
      break;
  }
}

template <typename Coder>
ByteView ChangeOutline<Coder>::id(Context& context, ByteView id) {
  const std::string_view text = as_text(id);
  std::uint64_t which = 0;
  if (Coder::kWrites && text == context.last)
    which = 1;
  else if (const auto known = ids_.find(text))
    which = ids_.size() - *known + 1;
  which = number(context.model, which);
  if (which == 0) {
    context.last = as_text(coder_.take_loose(id, RecordId::kSize));
    ids_.add(context.last);
  } else if (which > 1) {
    if (which - 1 > ids_.size()) {
      coder_.fail();
      return {};
    }
    context.last = ids_.at(ids_.size() - static_cast<std::size_t>(which - 1));
  } else if (context.last.size() != RecordId::kSize) {
    coder_.fail();
  }
  return as_bytes(context.last);
}

template <typename Coder>
ByteView ChangeOutline<Coder>::data(Context& context, ByteView data) {
  const std::uint64_t size = number(context.model, as_text(data) == context.last ? 0 : data.size() + 1);
  if (size == 0)
    coder_.charge(context.last.size());
  else
    context.last = as_text(coder_.take_text(data, size - 1));
  return as_bytes(context.last);
}

template class ChangeOutline<OutlineWriter>;
template class ChangeOutline<OutlineReader>;

}  // namespace thuisbasis
