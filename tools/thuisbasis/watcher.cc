// SPDX-License-Identifier: EUPL-1.2
#include "tools/thuisbasis/watcher.h"

namespace thuisbasis {

Watcher::Watcher(OpenVault& target, std::unique_ptr<RelayLink> link, Told told)
    : target_(target),
      link_(std::move(link)),
      session_(target.vault->sync(), *link_, target.clock, target.random),
      backoff_(target.clock, target.random, kBackoffFirst, kBackoffMost),
      told_(std::move(told)) {}

void Watcher::written() {
  dirty_ = true;
  link_->end_hold();
  changed_.notify_all();
}

Status Watcher::sync_now(RoundReport& report) {
  const std::uint64_t mine = ++asked_;
  link_->end_hold();
  changed_.notify_all();
  // The command that asks runs under the vault's lock already; it is lent to the waiting and comes back with
  // it.
  Lock busy(target_.busy, std::adopt_lock);
  changed_.wait(busy, [&] { return answered_ >= mine || stopped_; });
  busy.release();
  if (answered_ < mine) return Error(Code::kCancelled, "the sync stopped");
  report = last_report_;
  return last_status_;
}

void Watcher::let_writing_pause(Lock& busy, const std::stop_token& stop) {
  changed_.wait_for(busy, stop, kCoalesce, [this] { return is_urgent(); });
}

void Watcher::wait_out(Lock& busy, const std::stop_token& stop) {
  while (!stop.stop_requested() && !is_urgent() && !backoff_.may_try())
    changed_.wait_for(busy, stop, backoff_.wait(), [this] { return is_urgent(); });
}

void Watcher::round(const std::stop_token& stop) {
  const std::uint64_t asked = asked_;
  SyncRound::Options options;
  options.hold = !dirty_ && asked == answered_;
  dirty_ = false;
  RoundReport report;
  Status status = session_.run(options, report);
  const bool cut_short = !status && status.error().code() == Code::kCancelled;
  if (!status && !cut_short) {
    dirty_ = true;
    backoff_.failed(report.retry_after.value_or(std::chrono::seconds(0)));
  } else if (status) {
    backoff_.succeeded();
  }
  if (!options.hold) {
    answered_ = asked;
    last_report_ = report;
    last_status_ = status;
    changed_.notify_all();
  }
  if (!stop.stop_requested() && !cut_short) told_(report, status);
  (void)target_.vault->rest();  // what fails here, the next write tells
}

void Watcher::run(const std::stop_token& stop) {
  Lock busy(target_.busy);
  link_->share(&busy);
  link_->stop_with(stop);
  while (!stop.stop_requested()) {
    wait_out(busy, stop);
    if (stop.stop_requested()) break;
    if (dirty_ && !is_urgent()) let_writing_pause(busy, stop);
    round(stop);
  }
  stopped_ = true;
  changed_.notify_all();
}

}  // namespace thuisbasis
