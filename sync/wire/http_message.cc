// SPDX-License-Identifier: EUPL-1.2
#include "sync/wire/http_message.h"

#include <algorithm>
#include <charconv>

namespace thuisbasis {
namespace {

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

constexpr std::chrono::seconds kRetryAfterMax = std::chrono::hours(24);

}  // namespace

void HttpHeaders::add(std::string_view name, std::string_view value) {
  fields_.push_back({lower_case(name), std::string(value)});
}

void HttpHeaders::set(std::string_view name, std::string_view value) {
  remove(name);
  add(name, value);
}

void HttpHeaders::remove(std::string_view name) {
  const std::string lower = lower_case(name);
  std::erase_if(fields_, [&](const Field& field) { return field.name == lower; });
}

std::optional<std::string_view> HttpHeaders::find(std::string_view name) const {
  const std::string lower = lower_case(name);
  std::optional<std::string_view> value;
  for (const Field& field : fields_) {
    if (field.name != lower) continue;
    if (value) return std::nullopt;
    value = field.value;
  }
  return value;
}

std::size_t HttpHeaders::count(std::string_view name) const {
  const std::string lower = lower_case(name);
  return static_cast<std::size_t>(
      std::count_if(fields_.begin(), fields_.end(), [&](const Field& field) { return field.name == lower; }));
}

std::string_view HttpRequest::path() const { return std::string_view(target).substr(0, target.find('?')); }

std::string_view HttpRequest::query() const {
  const std::size_t mark = target.find('?');
  return mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1);
}

HttpResponse sync_response(Bytes frames) {
  HttpResponse response;
  response.headers.add("content-type", kSyncMediaType);
  response.headers.add(kProtocolHeader, kProtocolHeaderValue);
  response.body = std::move(frames);
  return response;
}

HttpRequest sync_request_message(std::string_view method, std::string target, Bytes body) {
  HttpRequest request{std::string(method), std::move(target), {}, std::move(body)};
  if (!request.body.empty()) request.headers.add("content-type", kSyncMediaType);
  request.headers.add(kProtocolHeader, kProtocolHeaderValue);
  return request;
}

std::string media_type(const HttpHeaders& headers) {
  std::string_view value = headers.find("content-type").value_or("");
  value = value.substr(0, value.find(';'));
  while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
  return lower_case(value);
}

std::optional<std::chrono::seconds> retry_after(const HttpHeaders& headers) {
  const auto value = headers.find("retry-after");
  if (!value) return std::nullopt;
  std::uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), seconds);
  if (error != std::errc() || end != value->data() + value->size()) return std::nullopt;
  return std::min(std::chrono::seconds(seconds), kRetryAfterMax);
}

}  // namespace thuisbasis
