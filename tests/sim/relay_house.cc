// SPDX-License-Identifier: EUPL-1.2
#include "tests/sim/relay_house.h"

#include "sync/wire/frames.h"

namespace thuisbasis::sim {
namespace {

constexpr const char* kFile = "relay.db";
constexpr SteadyMs kRestartMsMax = 30 * kSecond;
constexpr std::uint64_t kSignaturesSkipped = 16;

}  // namespace

/// The way back for one request. When it goes away unanswered, the connection was closed.
class RelayHouse::Slot final : public RelayResponder {
 public:
  Slot(RelayHouse& house, std::uint64_t request) : house_(house), request_(request) {}
  ~Slot() override {
    if (!answered_) house_.outbox_.emplace_back(request_, std::nullopt);
  }
  void answer(HttpResponse response) override {
    TB_ASSERT(!answered_);
    answered_ = true;
    house_.outbox_.emplace_back(request_, std::move(response));
  }
  bool is_gone() const override {
    const auto waiting = house_.waiting_.find(request_);
    return waiting == house_.waiting_.end() || waiting->second.is_gone();
  }

 private:
  RelayHouse& house_;
  std::uint64_t request_;
  bool answered_ = false;
};

RelayHouse::RelayHouse(const Town& town, std::uint64_t seed)
    : schedule_(town.schedule),
      swarm_(town.swarm),
      findings_(town.findings),
      registrar_(town.registrar),
      dice_(seed),
      random_(dice_.seed()),
      clock_(schedule_),
      signer_(random_),
      disk_(dice_.seed()) {
  disk_.on_write = [&canary = town.canary](ByteView bytes) { canary.look("the relay's disk", bytes); };
  wipe();
  TB_ASSERT(is_up());
}

RelayHouse::~RelayHouse() { close(); }

// ---- Requests

void RelayHouse::arrive(HttpRequest request, std::function<bool()> is_gone, Answered answered) {
  if (!is_up()) return answered(std::nullopt);
  newest_wall_ms_ = std::max(newest_wall_ms_, clock_.wall_ms());
  const std::uint64_t number = next_request_++;
  waiting_.emplace(number, Waiting{std::move(answered), std::move(is_gone)});
  Relay& front = *fronts_[dice_.below(fronts_.size())];
  front.submit(std::move(request), std::make_unique<Slot>(*this, number));
  after_call();
  if (!is_up()) return;
  // What arrives within a few milliseconds is committed together.
  if (front.has_pending()) schedule_.after(dice_.between(0, 20), [this] { flush(); });
  plan_tick();
}

void RelayHouse::flush() {
  if (!is_up()) return;
  for (const auto& front : fronts_)
    while (front->has_pending()) front->flush();
  after_call();
}

void RelayHouse::plan_tick() {
  for (const auto& front : fronts_) {
    const auto deadline = front->next_deadline();
    if (!deadline || (tick_at_ && *tick_at_ <= *deadline)) continue;
    tick_at_ = *deadline;
    schedule_.after(*deadline - schedule_.now(), [this, at = *deadline] {
      if (tick_at_ != at) return;
      tick_at_.reset();
      for (const auto& front_end : fronts_) front_end->tick();
      after_call();
      plan_tick();
    });
  }
}

/// A relay that lost its power answers nothing of what it was doing; a broken one is started again.
void RelayHouse::after_call() {
  if (planned_ == Fault::kRelayPowerLost && disk_.failed()) return power_is_lost();
  if (planned_ == Fault::kRelayDiskError && disk_.failed()) disk_works_again();
  const bool broken = std::any_of(fronts_.begin(), fronts_.end(),
                                  [](const auto& front) { return front->broken().has_value(); });
  if (broken) {
    findings_.note("relay: broken, starts again");
    close();
    schedule_.after(dice_.between(1, kRestartMsMax), [this] { open(); });
  }
  auto answers = std::exchange(outbox_, {});
  for (auto& [number, response] : answers) {
    const auto found = waiting_.find(number);
    if (found == waiting_.end()) continue;
    const Answered answered = std::move(found->second.answered);
    waiting_.erase(found);
    if (response && response->status == 200) read_receipts(response->body);
    answered(std::move(response));
  }
}

void RelayHouse::note_given(const Key& whose, std::uint64_t last, const Range& range) {
  auto& ranges = given_[whose];
  const auto known = ranges.lower_bound(range.first);
  if (known == ranges.end() || known->second.first > last) {
    ranges.emplace(last, range);
    return;
  }
  const bool same = known->first == last && known->second == range;
  if (same || !split_.insert(whose.first).second) return;
  findings_.note("relay: two truths in circle " + whose.first.text());
}

/// The admission that a relay forgot, and another in its place.
void RelayHouse::note_entry(const MembershipReceipt& given) {
  const auto [known, fresh] = entries_given_.try_emplace({given.circle, given.index}, given.entry_hash);
  if (!fresh && known->second != given.entry_hash && logs_replaced_.insert(given.circle).second)
    findings_.note("relay: another membership log of circle " + given.circle.text());
}

void RelayHouse::read_receipts(ByteView body) {
  FrameReader reader(body);
  std::map<CircleId, std::uint64_t> newest;
  const auto in_order = [&](const CircleId& circle, std::uint64_t sequence) {
    if (std::exchange(newest[circle], sequence) >= sequence)
      findings_.violated(Invariant::kDenseSequence, "an answer brings a circle's items out of order");
  };
  for (;;) {
    const auto frame = reader.next();
    if (!frame || !*frame) break;
    if (const auto* receipts = std::get_if<ReceiptsFrame>(&**frame)) {
      for (const Receipt& receipt : receipts->receipts) {
        if (const auto* bundle = std::get_if<BundleReceipt>(&receipt)) {
          std::uint64_t& last = receipted_[{bundle->circle, bundle->author}];
          last = std::max(last, bundle->last);
          note_given({bundle->circle, bundle->author}, bundle->last, {bundle->first, bundle->chain});
        } else {
          circles_.insert(std::get<MembershipReceipt>(receipt).circle);
          note_entry(std::get<MembershipReceipt>(receipt));
        }
      }
    }
    if (const auto* entry = std::get_if<EntryFrame>(&**frame)) in_order(entry->circle, entry->sequence);
    if (const auto* bundle = std::get_if<BundleFrame>(&**frame)) {
      in_order(bundle->circle, bundle->sequence);
      if (const auto sealed = parse_bundle(bundle->bundle)) {
        const BundleHeader& header = sealed->header;
        note_given({header.circle, header.author}, header.last, {header.first, header.chain});
      }
    }
  }
}

// ---- Opening and closing

Result<std::unique_ptr<SqliteRelayStorage>> RelayHouse::open_storage() {
  TB_TRY(auto connection, sqlite::Connection::open(kFile, {.create = false, .vfs = disk_.vfs_name()}));
  return SqliteRelayStorage::open_in(std::move(connection));
}

void RelayHouse::open() {
  if (is_up()) return;
  auto storage = open_storage();
  if (!storage) {
    const bool excused = planned_ && disk_.failed();
    if (!excused)
      findings_.violated(Invariant::kIntegrity, "the relay does not open: " + storage.error().message());
    if (excused && planned_ == Fault::kRelayPowerLost) return power_is_lost();
    if (excused && planned_ == Fault::kRelayDiskError) disk_works_again();
    schedule_.after(dice_.between(1, kRestartMsMax), [this] { open(); });
    return;
  }
  storage_ = std::move(*storage);
  for (std::size_t i = 0; i < fronts_wanted_; ++i) {
    auto front = Relay::open({*storage_, signer_, clock_, random_}, registrar_, RelayLimits{});
    if (!front) {
      close();
      schedule_.after(dice_.between(1, kRestartMsMax), [this] { open(); });
      return after_call();
    }
    fronts_.push_back(std::move(*front));
  }
  check_receipts();
  findings_.note("relay: open");
  after_call();
}

/// Requests that wait are closed without an answer, by after_call().
void RelayHouse::close() {
  tick_at_.reset();
  fronts_.clear();
  storage_.reset();
}

void RelayHouse::power_is_lost() {
  findings_.note("relay: power lost");
  swarm_.count(Fault::kRelayPowerLost);
  planned_.reset();
  // A dead machine answers nobody.
  for (auto& [number, response] : outbox_) response.reset();
  close();
  disk_.restart(dice_.chance(0.5) ? testing_support::CrashDisk::Tear::kOldOrNew
                                  : testing_support::CrashDisk::Tear::kWithGarbage);
  schedule_.after(dice_.between(1, kRestartMsMax), [this] { open(); });
  after_call();
}

// ---- Faults

void RelayHouse::disk_works_again() {
  if (!planned_) return;
  if (disk_.failed()) swarm_.count(*planned_);
  planned_.reset();
  disk_.stop_failing();
}

void RelayHouse::restart() {
  if (!is_up()) return;
  close();
  open();
  after_call();
}

void RelayHouse::lose_power_soon() {
  if (planned_) return;
  planned_ = Fault::kRelayPowerLost;
  disk_.fail_at(1 + static_cast<std::uint64_t>(dice_.log_uniform(1, 400)),
                testing_support::CrashDisk::Fault::kPowerLoss);
}

void RelayHouse::fail_disk_soon() {
  if (planned_) return;
  planned_ = Fault::kRelayDiskError;
  disk_.fail_at(1 + static_cast<std::uint64_t>(dice_.log_uniform(1, 400)),
                testing_support::CrashDisk::Fault::kIoError);
}

void RelayHouse::fill_disk(SteadyMs how_long) {
  if (planned_) return;
  planned_ = Fault::kRelayDiskFull;
  disk_.fail_at(1, testing_support::CrashDisk::Fault::kDiskFull, true);
  schedule_.after(how_long, [this] {
    if (planned_ == Fault::kRelayDiskFull) disk_works_again();
  });
}

void RelayHouse::use_fronts(std::size_t count) {
  fronts_wanted_ = count;
  restart();
}

void RelayHouse::back_up() {
  if (!is_up()) return;
  copy_.clear();
  for (const std::string& path : disk_.files()) copy_[path] = disk_.content(path);
  receipted_in_copy_ = receipted_;
}

void RelayHouse::put_back(const std::map<std::string, Bytes>& copy) {
  close();
  disk_works_again();
  disk_.clear();
  for (const auto& [path, content] : copy) disk_.put(path, content);
  receipted_ = receipted_in_copy_;
}

bool RelayHouse::renew_epoch() {
  auto storage = open_storage();
  if (!storage) return false;
  auto write = (*storage)->begin();
  return write && (*write)->renew_epoch(random_id<RelayEpoch>(random_)) && (*write)->commit();
}

bool RelayHouse::restore() {
  if (copy_.empty()) return false;
  put_back(copy_);
  if (!renew_epoch()) findings_.violated(Invariant::kIntegrity, "a restored relay does not open");
  findings_.note("relay: restored from its copy");
  open();
  after_call();
  return true;
}

bool RelayHouse::roll_back() {
  if (copy_.empty()) return false;
  put_back(copy_);
  findings_.note("relay: rolled back to its copy");
  open();
  after_call();
  return true;
}

void RelayHouse::wipe() {
  receipted_in_copy_.clear();
  copy_.clear();
  put_back({});
  auto connection = sqlite::Connection::open(kFile, {.create = true, .vfs = disk_.vfs_name()});
  TB_ASSERT(connection.has_value());
  TB_ASSERT(
      SqliteRelayStorage::create_in(std::move(*connection), random_id<RelayEpoch>(random_)).has_value());
  findings_.note("relay: new");
  open();
  after_call();
}

void RelayHouse::heal() {
  disk_works_again();
  clock_.set_off_by(0);
  open();
}

// ---- What it holds

std::uint64_t RelayHouse::head_of(const CircleId& circle, const Author& author) {
  if (!storage_) return 0;
  const auto head = storage_->author_head(circle, author);
  return head && *head ? (*head)->number : 0;
}

std::uint64_t RelayHouse::last_that_counts(const CircleId& circle, const Author& author) {
  if (!storage_) return 0;
  MembershipLog log({registrar_, {}});
  std::vector<BundleHeader> work;
  const Status read = storage_->read_since(circle, 0, [&](const LogItem& item) {
    if (item.kind == LogItem::Kind::kEntry) return log.apply(item.body).has_value();
    const auto bundle = parse_bundle(item.body);
    if (bundle && bundle->header.author == author) work.push_back(bundle->header);
    return true;
  });
  std::uint64_t last = 0;
  for (const BundleHeader& header : work)
    if (read && log.check_author(header)) last = std::max(last, header.last);
  return last;
}

std::vector<std::pair<CircleId, Author>> RelayHouse::forgotten() {
  std::vector<std::pair<CircleId, Author>> lines;
  for (const auto& [line, ranges] : given_)
    if (head_of(line.first, line.second) < ranges.rbegin()->first) lines.push_back(line);
  return lines;
}

std::set<CircleId> RelayHouse::forgotten_logs() {
  std::set<CircleId> circles;
  for (const auto& [place, hash] : entries_given_) {
    if (!storage_) break;
    const auto entry = storage_->entry(place.first, place.second);
    if (entry && !*entry) circles.insert(place.first);
  }
  return circles;
}

std::vector<DeviceId> RelayHouse::members_of(const CircleId& circle) {
  return storage_ ? storage_->members_of(circle).value_or(std::vector<DeviceId>()) : std::vector<DeviceId>();
}

std::size_t RelayHouse::disk_bytes() const { return disk_.content(kFile).size(); }

void RelayHouse::check_receipts() {
  for (const auto& [key, last] : receipted_) {
    if (head_of(key.first, key.second) >= last) continue;
    if (disk_.failed()) return;  // it could not be read: the disk fails again already
    findings_.violated(Invariant::kNothingLost, "the relay came back without bundle " + std::to_string(last) +
                                                    " it gave a receipt for: its log ends at " +
                                                    std::to_string(head_of(key.first, key.second)));
    return;
  }
}

void RelayHouse::check_logs() {
  for (const CircleId& circle : circles_) check_log(circle);
}

void RelayHouse::check_log(const CircleId& circle) {
  std::uint64_t expected = 1;
  MembershipLog log({registrar_, {}});
  Status proven;
  const Status read = storage_->read_since(circle, 0, [&](const LogItem& item) {
    if (item.sequence != expected) return false;
    ++expected;
    if (proven) proven = check_item(log, item);
    return true;
  });
  const auto summary = storage_->circle(circle);
  if (!read || !summary) {
    findings_.violated(Invariant::kIntegrity, "the relay cannot read a circle's log");
  } else if (*summary && (*summary)->head + 1 != expected) {
    findings_.violated(Invariant::kDenseSequence, "a circle's log has a hole at " + std::to_string(expected));
  }
  if (!proven)
    findings_.violated(Invariant::kMembersOnly,
                       "the relay took what no member made: " + proven.error().message());
}

/// Looked at anew, without what the relay remembers of its own checks. Signatures cost most of the time of a
/// run, and are looked at now and then.
Status RelayHouse::check_item(MembershipLog& log, const LogItem& item) {
  if (item.kind == LogItem::Kind::kEntry) return log.apply(item.body);
  TB_TRY(const SealedBundle bundle, parse_bundle(item.body));
  return item.sequence % kSignaturesSkipped == 0 ? check_bundle(log, bundle) : log.check_place(bundle.header);
}

}  // namespace thuisbasis::sim
