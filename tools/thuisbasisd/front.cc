// SPDX-License-Identifier: EUPL-1.2
#include "tools/thuisbasisd/front.h"

#include <filesystem>

#include "tools/thuisbasisd/log.h"
#include "tools/thuisbasisd/metrics.h"

namespace thuisbasis::daemon {
namespace {

constexpr std::string_view kHealthPath = "/healthz";
constexpr std::string_view kReadyPath = "/readyz";
constexpr std::string_view kMetricsPath = "/metrics";

HttpResponse text_response(int status, std::string_view text) {
  HttpResponse response;
  response.status = status;
  response.headers.add("content-type", "text/plain; charset=utf-8");
  response.headers.add("cache-control", "no-store");
  response.body = to_bytes(as_bytes(text));
  return response;
}

/// Lets a responder travel in a std::function, which must be copyable.
std::shared_ptr<Responder> shared(Responder responder) {
  return std::make_shared<Responder>(std::move(responder));
}

}  // namespace

std::vector<Route> Front::public_routes() {
  return {{"POST", std::string(kSyncPath), kSyncBodyBytesMax},
          {"GET", std::string(kLivePath), 0},
          {"POST", std::string(kDevicePath), kSmallBodyBytesMax},
          {"GET", std::string(kHealthPath), 0},
          {"GET", std::string(kReadyPath), 0}};
}

std::vector<Route> Front::local_routes() {
  return {{"GET", std::string(kHealthPath), 0},
          {"GET", std::string(kReadyPath), 0},
          {"GET", std::string(kMetricsPath), 0}};
}

void Front::handle(HttpRequest request, Responder responder) {
  const std::string_view path = request.path();
  if (path == kHealthPath) return responder.answer(text_response(200, "ok\n"));
  if (path == kReadyPath) return answer_ready(std::move(responder));
  if (path == kMetricsPath) return answer_metrics(std::move(responder));
  relay_.submit(std::move(request), std::move(responder));
}

void Front::answer_ready(Responder responder) {
  if (draining_) return responder.answer(text_response(503, "stopping\n"));
  relay_.probe([this, to = shared(std::move(responder))](const Status& written) {
    const bool space = has_disk_space();
    note_readiness(written && space);
    if (!written) return to->answer(text_response(503, "storage does not write\n"));
    if (!space) return to->answer(text_response(503, "disk is nearly full\n"));
    to->answer(text_response(200, "ready\n"));
  });
}

void Front::answer_metrics(Responder responder) {
  relay_.look([this, to = shared(std::move(responder))](const RelayView& view) {
    const HttpsServer* server = server_;
    HttpResponse response = text_response(
        200, metrics_text(view, server != nullptr ? server->stats() : HttpsServerStats{}, draining_));
    response.headers.set("content-type", "text/plain; version=0.0.4; charset=utf-8");
    to->answer(std::move(response));
  });
}

bool Front::has_disk_space() const {
  std::error_code error;
  const auto space = std::filesystem::space(data_dir_, error);
  return !error && space.available >= space.capacity / 100 * disk_free_percent_min_;
}

void Front::note_readiness(bool ready) {
  if (was_ready_.exchange(ready) == ready) return;
  if (ready)
    log_info(Event::kReady);
  else
    log_warning(Event::kNotReady);
}

}  // namespace thuisbasis::daemon
