// SPDX-License-Identifier: EUPL-1.2
#include "platform/https_server/response_head.h"

#include <algorithm>
#include <array>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/serializer.hpp>

namespace thuisbasis {
namespace {

namespace http = boost::beast::http;

constexpr std::array<std::string_view, 4> kFraming{"connection", "content-length", "keep-alive",
                                                   "transfer-encoding"};

bool is_framing(std::string_view name) {
  return std::find(kFraming.begin(), kFraming.end(), name) != kFraming.end();
}

bool is_one_line(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

Bytes serialize_response_head(const HttpResponse& response, bool close) {
  http::response<http::empty_body> message;
  message.version(11);
  message.result(static_cast<unsigned>(response.status));
  for (const HttpHeaders::Field& field : response.headers.fields())
    if (!is_framing(field.name) && is_one_line(field.name) && is_one_line(field.value))
      message.insert(boost::beast::string_view(field.name.data(), field.name.size()),
                     boost::beast::string_view(field.value.data(), field.value.size()));
  // A middlebox that intercepts TLS must not answer the next device from its memory.
  if (message.find(http::field::cache_control) == message.end())
    message.set(http::field::cache_control, "no-store");
  message.set(http::field::content_length, std::to_string(response.body.size()));
  if (close) message.set(http::field::connection, "close");

  Bytes head;
  http::response_serializer<http::empty_body> serializer(message);
  serializer.split(true);
  boost::system::error_code error;
  while (!serializer.is_header_done() && !error)
    serializer.next(error, [&](boost::system::error_code&, const auto& buffers) {
      for (auto part = boost::asio::buffer_sequence_begin(buffers);
           part != boost::asio::buffer_sequence_end(buffers); ++part) {
        const boost::asio::const_buffer buffer(*part);
        append(head, {static_cast<const Byte*>(buffer.data()), buffer.size()});
      }
      serializer.consume(boost::asio::buffer_size(buffers));
    });
  return head;
}

}  // namespace thuisbasis
