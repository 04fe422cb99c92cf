// SPDX-License-Identifier: EUPL-1.2
#include "platform/https_server/request_head.h"

#include <algorithm>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <charconv>

namespace thuisbasis {
namespace {

namespace http = boost::beast::http;

constexpr std::string_view kHeadEnd = "\r\n\r\n";

std::string_view view_of(boost::beast::string_view text) { return {text.data(), text.size()}; }

/// Beast unfolds folded lines and lets bare line feeds stand within values; both are where parsers disagree.
bool has_odd_line_ends(std::string_view head) {
  for (std::size_t at = head.find_first_of("\r\n"); at != std::string_view::npos;
       at = head.find_first_of("\r\n", at)) {
    if (head.substr(at, 2) != "\r\n") return true;
    at += 2;
    if (at < head.size() && (head[at] == ' ' || head[at] == '\t')) return true;
  }
  return false;
}

std::optional<HeadRefusal> refuse_beast_error(const boost::system::error_code& error) {
  if (!error) return std::nullopt;
  if (error == http::error::header_limit) return HeadRefusal{431, "too_large"};
  if (error == http::error::bad_version) return HeadRefusal{505, "http_version"};
  return HeadRefusal{400, "malformed"};
}

std::optional<HeadRefusal> check_fields(const HttpHeaders& headers) {
  if (headers.fields().size() > kHeaderFieldsMax) return HeadRefusal{431, "too_large"};
  if (headers.count("transfer-encoding") > 0)
    return headers.count("content-length") > 0 ? HeadRefusal{400, "two_lengths"}
                                               : HeadRefusal{411, "length_required"};
  if (headers.count("content-length") > 1) return HeadRefusal{400, "two_lengths"};
  if (headers.count("host") != 1) return HeadRefusal{400, "one_host"};
  if (headers.count("upgrade") > 0) return HeadRefusal{400, "upgrade"};
  if (headers.count("content-encoding") > 0) return HeadRefusal{415, "content_encoding"};
  if (headers.count("expect") > 0) return HeadRefusal{417, "expect"};
  return std::nullopt;
}

std::optional<HeadRefusal> check_target(std::string_view target) {
  if (target.size() > kTargetBytesMax) return HeadRefusal{414, "too_large"};
  if (!target.starts_with('/') || target.find('#') != std::string_view::npos)
    return HeadRefusal{400, "target"};
  return std::nullopt;
}

std::optional<std::size_t> body_size(const HttpHeaders& headers) {
  const auto text = headers.find("content-length");
  if (!text) return 0;
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), size);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return size;
}

bool asks_to_close(const HttpHeaders& headers) {
  for (const HttpHeaders::Field& field : headers.fields()) {
    if (field.name != "connection") continue;
    std::string lower = field.value;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (lower.find("close") != std::string::npos) return true;
  }
  return false;
}

}  // namespace

std::optional<std::size_t> head_size(ByteView bytes, std::size_t from) {
  const std::size_t start = from < kHeadEnd.size() ? 0 : from - (kHeadEnd.size() - 1);
  const std::size_t end = as_text(bytes).find(kHeadEnd, start);
  if (end == std::string_view::npos) return std::nullopt;
  return end + kHeadEnd.size();
}

std::variant<RequestHead, HeadRefusal> parse_request_head(ByteView head) {
  if (head.size() > kHeaderBytesMax) return HeadRefusal{431, "too_large"};
  if (has_odd_line_ends(as_text(head))) return HeadRefusal{400, "malformed"};
  http::request_parser<http::empty_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(kHeaderBytesMax));
  parser.body_limit(boost::none);
  boost::system::error_code error;
  const std::size_t used = parser.put(boost::asio::buffer(head.data(), head.size()), error);
  if (const auto refusal = refuse_beast_error(error)) return *refusal;
  if (!parser.is_header_done() || used != head.size()) return HeadRefusal{400, "malformed"};

  const auto& message = parser.get();
  if (message.version() != 11) return HeadRefusal{505, "http_version"};
  RequestHead result;
  result.request.method = std::string(view_of(message.method_string()));
  result.request.target = std::string(view_of(message.target()));
  for (const auto& field : message)
    result.request.headers.add(view_of(field.name_string()), view_of(field.value()));
  if (const auto refusal = check_target(result.request.target)) return *refusal;
  if (const auto refusal = check_fields(result.request.headers)) return *refusal;
  const auto size = body_size(result.request.headers);
  if (!size) return HeadRefusal{400, "malformed"};
  result.body_bytes = *size;
  result.keep_alive = !asks_to_close(result.request.headers);
  return result;
}

}  // namespace thuisbasis
