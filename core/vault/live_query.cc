// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/live_query.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

namespace thuisbasis {
namespace {

bool matches(const LiveFilter& filter, const RecordNews& news) {
  return (!filter.kind || *filter.kind == news.kind) && (!filter.circle || *filter.circle == news.circle) &&
         (!filter.record || *filter.record == news.record);
}

/// Two events of one record within a transaction, told as one.
RecordEvent merged(RecordEvent first, RecordEvent then) {
  return first == RecordEvent::kCreated && then == RecordEvent::kChanged ? RecordEvent::kCreated : then;
}

}  // namespace

LiveQueries::Id LiveQueries::subscribe(LiveFilter filter, LiveListener& listener) {
  subscriptions_.push_back({next_id_, filter, &listener});
  return next_id_++;
}

void LiveQueries::unsubscribe(Id id) {
  std::erase_if(subscriptions_, [id](const Subscription& subscription) { return subscription.id == id; });
}

void LiveQueries::touched(const RecordNews& news) {
  if (subscriptions_.empty()) return;
  touched_.push_back(news);
}

void LiveQueries::committed() {
  if (touched_.empty()) return;
  std::vector<RecordNews> news = std::exchange(touched_, {});
  std::stable_sort(news.begin(), news.end(), [](const RecordNews& a, const RecordNews& b) {
    return std::tie(a.kind, a.record) < std::tie(b.kind, b.record);
  });
  std::vector<RecordNews> coalesced;
  for (const RecordNews& next : news) {
    if (!coalesced.empty() && coalesced.back().kind == next.kind && coalesced.back().record == next.record) {
      coalesced.back().event = merged(coalesced.back().event, next.event);
      coalesced.back().local = coalesced.back().local && next.local;
    } else {
      coalesced.push_back(next);
    }
  }
  // A listener may unsubscribe itself or others: walk a copy, and ask whether each still stands.
  const std::vector<Subscription> standing = subscriptions_;
  for (const Subscription& subscription : standing) {
    const bool stands = std::any_of(subscriptions_.begin(), subscriptions_.end(),
                                    [&](const Subscription& other) { return other.id == subscription.id; });
    if (!stands) continue;
    std::vector<RecordNews> mine;
    std::copy_if(coalesced.begin(), coalesced.end(), std::back_inserter(mine),
                 [&](const RecordNews& one) { return matches(subscription.filter, one); });
    if (!mine.empty()) subscription.listener->on_records(mine);
  }
}

void LiveQueries::rolled_back() { touched_.clear(); }

}  // namespace thuisbasis
