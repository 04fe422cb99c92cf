// SPDX-License-Identifier: EUPL-1.2
#include "sync/wire/live_query.h"

#include <algorithm>
#include <charconv>

#include "sync/wire/http_message.h"

namespace thuisbasis {
namespace {

constexpr std::string_view kEpoch = "?epoch=";
constexpr std::string_view kCursors = "&cursors=";
constexpr std::string_view kWait = "&wait=";

/// Cuts `prefix` and the text behind it, up to the next '&', off the front of `rest`.
Result<std::string_view> take_value(std::string_view& rest, std::string_view prefix) {
  if (!rest.starts_with(prefix))
    return Error(Code::kMalformed, "live query lacks " + std::string(prefix.substr(1)));
  rest.remove_prefix(prefix.size());
  const std::string_view value = rest.substr(0, rest.find('&'));
  rest.remove_prefix(value.size());
  return value;
}

}  // namespace

std::string live_target(const LiveQuery& query) {
  std::string target(kLivePath);
  target.append(kEpoch).append(query.relay_epoch.text());
  target.append(kCursors).append(query.cursor_hash.text());
  target.append(kWait).append(std::to_string(query.wait_ms));
  return target;
}

Result<LiveQuery> parse_live_target(std::string_view target) {
  if (!target.starts_with(kLivePath)) return Error(Code::kMalformed, "not a live target");
  std::string_view rest = target.substr(kLivePath.size());
  LiveQuery query;
  TB_TRY(const std::string_view epoch, take_value(rest, kEpoch));
  TB_TRY(query.relay_epoch, RelayEpoch::parse(epoch));
  TB_TRY(const std::string_view cursors, take_value(rest, kCursors));
  TB_TRY(query.cursor_hash, Sha256Digest::parse(cursors));
  TB_TRY(const std::string_view wait, take_value(rest, kWait));
  const auto [end, error] = std::from_chars(wait.data(), wait.data() + wait.size(), query.wait_ms);
  if (error != std::errc() || end != wait.data() + wait.size() || !rest.empty())
    return Error(Code::kMalformed, "live query: wait");
  query.wait_ms = std::min(query.wait_ms, kLiveWaitMsMax);
  return query;
}

}  // namespace thuisbasis
