// SPDX-License-Identifier: EUPL-1.2
// The head of an HTTP request, as a stranger sends it to the relay.
#include <algorithm>

#include "platform/https_server/request_head.h"
#include "tests/fuzz/fuzz.h"

namespace thuisbasis::fuzzing {
namespace {

bool is_clean(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

std::string head_text(const HttpRequest& request) {
  std::string text = request.method + " " + request.target + " HTTP/1.1\r\n";
  for (const HttpHeaders::Field& field : request.headers.fields())
    text.append(field.name).append(": ").append(field.value).append("\r\n");
  return text + "\r\n";
}

/// However the bytes arrive, the head ends in the same place.
void check_size(ByteView input) {
  const auto whole = head_size(input);
  const std::size_t looked_at = input.size() / 2;
  const auto half = head_size(input.first(looked_at));
  expect((half ? half : head_size(input, looked_at)) == whole, "a head ends where it ends");
}

}  // namespace

void fuzz(ByteView input) {
  check_size(input);
  const auto size = head_size(input);
  const auto parsed = parse_request_head(size ? input.first(*size) : input);
  if (const auto* refusal = std::get_if<HeadRefusal>(&parsed)) {
    expect(refusal->status >= 400 && refusal->status < 600 && !refusal->reason.empty(), "a refusal says why");
    return;
  }
  const RequestHead& head = std::get<RequestHead>(parsed);
  expect(size.has_value(), "only whole heads are taken");
  expect(head.request.target.starts_with('/') && head.request.target.size() <= kTargetBytesMax,
         "a target is a path within its limit");
  expect(is_clean(head.request.method) && is_clean(head.request.target), "no line ends in the first line");
  for (const HttpHeaders::Field& field : head.request.headers.fields())
    expect(is_clean(field.name) && is_clean(field.value), "no line ends in a header");

  const std::string text = head_text(head.request);
  if (text.size() > kHeaderBytesMax) return;
  const auto again = parse_request_head(as_bytes(text));
  const auto* same = std::get_if<RequestHead>(&again);
  expect(same != nullptr && same->request.method == head.request.method &&
             same->request.target == head.request.target && same->request.headers == head.request.headers &&
             same->body_bytes == head.body_bytes && same->keep_alive == head.keep_alive,
         "a head has one reading");
}

}  // namespace thuisbasis::fuzzing
