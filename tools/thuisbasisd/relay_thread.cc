// SPDX-License-Identifier: EUPL-1.2
#include "tools/thuisbasisd/relay_thread.h"

#include <algorithm>
#include <chrono>

#include "sync/wire/problem.h"
#include "tools/thuisbasisd/log.h"

namespace thuisbasis::daemon {
namespace {

/// A connection's responder as the relay knows it.
class ConnectionResponder final : public RelayResponder {
 public:
  explicit ConnectionResponder(Responder responder) : responder_(std::move(responder)) {}
  void answer(HttpResponse response) override { responder_.answer(std::move(response)); }
  bool is_gone() const override { return responder_.peer_gone(); }

 private:
  Responder responder_;
};

}  // namespace

class RelayThread::Signer final : public ReceiptSigner {
 public:
  explicit Signer(ReceiptKey key) : key_(std::move(key)) {}
  VerifyKey public_key() const override { return key_.public_key(); }
  Signature sign(std::string_view label, ByteView message) const override {
    return key_.sign(label, message);
  }

 private:
  ReceiptKey key_;
};

Result<std::unique_ptr<RelayThread>> RelayThread::start(const Config& config) {
  TB_TRY(ReceiptKey key, ReceiptKey::open(config.receipt_key()));
  TB_TRY(auto storage, SqliteRelayStorage::open(config.database()));
  std::unique_ptr<RelayThread> self(new RelayThread(std::move(key), std::move(storage)));
  TB_TRY(self->relay_, Relay::open({*self->storage_, *self->signer_, self->clock_, self->random_},
                                   config.registrar_key, config.limits));
  self->thread_ = std::thread([raw = self.get()] { raw->run(); });
  return self;
}

RelayThread::RelayThread(ReceiptKey key, std::unique_ptr<SqliteRelayStorage> storage)
    : signer_(std::make_unique<Signer>(std::move(key))), storage_(std::move(storage)) {}

RelayThread::~RelayThread() { stop(); }

void RelayThread::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void RelayThread::submit(HttpRequest request, Responder responder) {
  std::unique_lock lock(mutex_);
  const bool has_room = inbox_.size() < kInboxMax && !stopping_;
  if (has_room) inbox_.push_back({std::move(request), std::move(responder), {}});
  lock.unlock();  // first: who is woken would wait for it
  if (has_room) return wake_.notify_one();
  responder.answer(problem_response(Code::kUnavailable, SystemClock().wall_ms()));
}

void RelayThread::post(std::function<void()> call) {
  {
    const std::lock_guard lock(mutex_);
    inbox_.push_back({{}, std::nullopt, std::move(call)});
  }
  wake_.notify_one();
}

void RelayThread::probe(std::function<void(const Status&)> done) {
  post([this, done = std::move(done)] { done(storage_->probe()); });
}

void RelayThread::drain(SteadyMs spread_ms) {
  post([this, spread_ms] { relay_->drain(spread_ms); });
}

void RelayThread::look(std::function<void(const RelayView&)> done) {
  post([this, done = std::move(done)] { done(view()); });
}

std::optional<Error> RelayThread::broken() const {
  const std::lock_guard lock(mutex_);
  return broken_;
}

void RelayThread::run() {
  std::deque<Job> jobs;
  while (wait_for_jobs(jobs)) work(jobs);
  relay_->drain(0);
  relay_->tick();
}

/// False when it is time to end and nothing waits.
bool RelayThread::wait_for_jobs(std::deque<Job>& jobs) {
  const SteadyMs now = clock_.steady_ms();
  SteadyMs until = std::max(next_tick_, now);
  if (wants_checkpoint()) until = std::min(until, now + kQuietMs);
  if (const auto deadline = relay_->next_deadline()) until = std::clamp(*deadline, now, until);
  std::unique_lock lock(mutex_);
  const auto has_work = [this] { return stopping_ || !inbox_.empty(); };
  if (!relay_->has_pending()) wake_.wait_for(lock, std::chrono::milliseconds(until - now), has_work);
  jobs.swap(inbox_);
  return !stopping_ || !jobs.empty() || relay_->has_pending();
}

void RelayThread::work(std::deque<Job>& jobs) {
  for (Job& job : jobs) {
    if (job.responder)
      relay_->submit(std::move(job.request),
                     std::make_unique<ConnectionResponder>(std::move(*job.responder)));
    else
      job.call();
  }
  const bool ran_dry = jobs.empty();
  const bool was_quiet = ran_dry && !relay_->has_pending();
  jobs.clear();
  // What arrived while the last requests were looked at still joins their group.
  if (relay_->has_pending() && (ran_dry || ++turns_ >= kGatherTurnsMax)) flush_one_group();
  const SteadyMs now = clock_.steady_ms();
  const auto deadline = relay_->next_deadline();
  if (now >= next_tick_ || (deadline && now >= *deadline)) {
    relay_->tick();
    next_tick_ = now + kTickMs;
    note_broken();
  }
  if (was_quiet && wants_checkpoint()) (void)storage_->checkpoint();
}

bool RelayThread::wants_checkpoint() const { return storage_->wal_pages() >= kWalPagesQuiet; }

void RelayThread::flush_one_group() {
  turns_ = 0;
  relay_->flush();
  const RelayCounters& counters = relay_->counters();
  if (counters.groups_failed != groups_failed_) {
    groups_failed_ = counters.groups_failed;
    log_warning(Event::kGroupFailed, {{"failed_total", static_cast<std::int64_t>(groups_failed_)}});
    return;
  }
  const double seconds = std::chrono::duration<double>(storage_->last_commit_time()).count();
  const auto bound =
      std::lower_bound(CommitTimes::kBoundsSeconds.begin(), CommitTimes::kBoundsSeconds.end(), seconds);
  ++commits_.counts[static_cast<std::size_t>(bound - CommitTimes::kBoundsSeconds.begin())];
  commits_.sum_seconds += seconds;
}

RelayView RelayThread::view() const {
  return {relay_->counters(), commits_, relay_->held_requests(), storage_->file_bytes(),
          storage_->wal_bytes()};
}

void RelayThread::note_broken() {
  if (!relay_->broken()) return;
  const std::lock_guard lock(mutex_);
  broken_ = relay_->broken();
}

}  // namespace thuisbasis::daemon
