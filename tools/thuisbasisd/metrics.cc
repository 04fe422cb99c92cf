// SPDX-License-Identifier: EUPL-1.2
#include "tools/thuisbasisd/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <limits>

#include "sync/wire/frames.h"

namespace thuisbasis::daemon {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

class Families final {
 public:
  MetricFamily& add(const std::string& name, const std::string& help, MetricType type) {
    MetricFamily family;
    family.name = "thuisbasisd_" + name;
    family.help = help;
    family.type = type;
    all.push_back(std::move(family));
    return all.back();
  }
  void counter(const std::string& name, const std::string& help, std::uint64_t value) {
    count(add(name, help, MetricType::Counter), value);
  }
  void gauge(const std::string& name, const std::string& help, std::uint64_t value) {
    ClientMetric metric;
    metric.gauge.value = static_cast<double>(value);
    add(name, help, MetricType::Gauge).metric.push_back(metric);
  }
  static void count(MetricFamily& family, std::uint64_t value, const char* label = nullptr,
                    std::string_view text = {}) {
    ClientMetric metric;
    metric.counter.value = static_cast<double>(value);
    if (label != nullptr) metric.label.push_back({label, std::string(text)});
    family.metric.push_back(std::move(metric));
  }

  std::vector<MetricFamily> all;
};

void add_relay(Families& families, const RelayView& view) {
  const RelayCounters& counters = view.counters;
  MetricFamily& requests = families.add("requests_total", "Requests by route", MetricType::Counter);
  Families::count(requests, counters.sync_requests, "route", "sync");
  Families::count(requests, counters.live_requests, "route", "live");
  Families::count(requests, counters.device_registrations, "route", "device");
  MetricFamily& problems =
      families.add("requests_refused_total", "Requests refused as a whole", MetricType::Counter);
  for (const auto& [code, count] : counters.problems)
    Families::count(problems, count, "reason", code_name(code).substr(1));
  MetricFamily& refusals = families.add("pushes_refused_total", "Pushed items refused", MetricType::Counter);
  for (std::uint32_t reason = 1; reason < RelayCounters::kRefusalReasons; ++reason)
    Families::count(refusals, counters.refusals[reason], "reason",
                    refusal_reason_name(static_cast<RefusalReason>(reason)));
  families.counter("bundles_stored_total", "Bundles made durable", counters.bundles_stored);
  families.counter("entries_stored_total", "Membership entries made durable", counters.entries_stored);
  families.counter("stored_bytes_total", "Bytes of bundles and entries made durable", counters.bytes_stored);
  families.counter("pushes_repeated_total", "Items that were here already", counters.items_resent);
  families.counter("items_delivered_total", "Bundles and entries in answers", counters.items_delivered);
  families.counter("commit_groups_total", "Commit groups", counters.groups);
  families.counter("commit_group_requests_total", "Requests in commit groups", counters.group_requests);
  families.counter("commit_groups_failed_total", "Commit groups that were not stored",
                   counters.groups_failed);
  families.counter("live_wakeups_total", "Held requests answered with news", counters.live_wakeups);
  families.counter("live_timeouts_total", "Held requests answered without", counters.live_timeouts);
  families.counter("cursors_missed_total", "Devices asked for all cursors", counters.cursors_missed);
  families.counter("logs_differed_total", "Devices that remembered other logs than these",
                   counters.logs_differed);
  families.counter("relay_epochs_missed_total", "Requests under another relay epoch", counters.epochs_missed);
  families.counter("rate_limited_total", "Requests over a device's rate", counters.rate_limited);
  families.gauge("held_requests", "Requests that wait for news", view.held_requests);
  families.gauge("database_bytes", "Size of the database file", view.file_bytes);
  families.gauge("wal_bytes", "Size of the write-ahead log", view.wal_bytes);
}

void add_commits(Families& families, const CommitTimes& commits) {
  ClientMetric metric;
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < commits.counts.size(); ++i) {
    cumulative += commits.counts[i];
    const bool is_last = i == CommitTimes::kBoundsSeconds.size();
    metric.histogram.bucket.push_back(
        {cumulative, is_last ? std::numeric_limits<double>::infinity() : CommitTimes::kBoundsSeconds[i]});
  }
  metric.histogram.sample_count = cumulative;
  metric.histogram.sample_sum = commits.sum_seconds;
  families.add("commit_seconds", "Time of a commit, its fsync included", MetricType::Histogram)
      .metric.push_back(std::move(metric));
}

void add_server(Families& families, const HttpsServerStats& server) {
  families.gauge("connections", "Open connections", server.connections_open);
  families.gauge("requests_open", "Requests read and not answered yet", server.requests_open);
  families.counter("connections_accepted_total", "Connections accepted", server.connections_accepted);
  families.counter("connections_refused_total", "Connections over a limit", server.connections_refused);
  families.counter("connections_evicted_total", "Idle connections that made room",
                   server.connections_evicted);
  families.counter("connections_timed_out_total", "Connections that were too slow",
                   server.connections_timed_out);
  families.counter("tls_handshakes_total", "TLS handshakes", server.handshakes);
  families.counter("tls_handshakes_resumed_total", "TLS handshakes resumed", server.handshakes_resumed);
  families.counter("tls_handshakes_failed_total", "TLS handshakes failed", server.handshakes_failed);
  families.counter("http_requests_total", "HTTP requests", server.requests);
  families.counter("http_requests_refused_total", "HTTP requests malformed, too large or without a route",
                   server.requests_refused);
  families.counter("received_bytes_total", "Bytes received inside TLS", server.bytes_received);
  families.counter("sent_bytes_total", "Bytes sent inside TLS", server.bytes_sent);
}

}  // namespace

std::string metrics_text(const RelayView& relay, const HttpsServerStats& server, bool is_draining) {
  Families families;
  add_relay(families, relay);
  add_commits(families, relay.commits);
  add_server(families, server);
  families.gauge("draining", "1 while the daemon stops", is_draining ? 1 : 0);
  return prometheus::TextSerializer().Serialize(families.all);
}

}  // namespace thuisbasis::daemon
