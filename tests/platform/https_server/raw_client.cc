// SPDX-License-Identifier: EUPL-1.2
#include "tests/platform/https_server/raw_client.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <utility>

namespace thuisbasis::testing {

RawClient::RawClient(std::uint16_t port, const Options& options) {
  std::signal(SIGPIPE, SIG_IGN);
  descriptor_ = ::socket(AF_INET, SOCK_STREAM, 0);
  const timeval patience{10, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (options.receive_buffer_bytes > 0)
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &options.receive_buffer_bytes,
                 sizeof options.receive_buffer_bytes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  is_connected_ = ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  if (!is_connected_ || options.transport == Transport::kPlain) return;
  context_ = SSL_CTX_new(TLS_client_method());
  if (options.tls_1_2_only) SSL_CTX_set_max_proto_version(context_, TLS1_2_VERSION);
  tls_ = SSL_new(context_);
  SSL_set_fd(tls_, descriptor_);
  if (options.resume != nullptr) SSL_set_session(tls_, options.resume);
  is_connected_ = SSL_connect(tls_) == 1;
}

RawClient::~RawClient() {
  close();
  SSL_CTX_free(context_);
}

void RawClient::close() {
  SSL_free(std::exchange(tls_, nullptr));
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

void RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const long sent = tls_ ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                           : ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void RawClient::send_together(std::initializer_list<std::string_view> records) {
  const auto cork = [this](int on) { ::setsockopt(descriptor_, IPPROTO_TCP, TCP_CORK, &on, sizeof on); };
  cork(1);
  for (const std::string_view record : records) send(record);
  cork(0);
}

long RawClient::read_some() {
  std::array<char, 16384> chunk;
  const long got = tls_ ? SSL_read(tls_, chunk.data(), static_cast<int>(chunk.size()))
                        : ::recv(descriptor_, chunk.data(), chunk.size(), 0);
  if (got > 0) buffer_.append(chunk.data(), static_cast<std::size_t>(got));
  if (got <= 0)
    ended_properly_ = tls_ ? SSL_get_error(tls_, static_cast<int>(got)) == SSL_ERROR_ZERO_RETURN : got == 0;
  return got;
}

std::optional<RawAnswer> RawClient::receive() {
  std::size_t head_end;
  while ((head_end = buffer_.find("\r\n\r\n")) == std::string::npos)
    if (read_some() <= 0) return std::nullopt;
  RawAnswer answer;
  answer.head = buffer_.substr(0, head_end + 4);
  answer.status = std::stoi(answer.head.substr(9, 3));
  const std::size_t length = answer.head.find("Content-Length: ");
  const std::size_t size = length == std::string::npos ? 0 : std::stoul(answer.head.substr(length + 16));
  while (buffer_.size() < head_end + 4 + size)
    if (read_some() <= 0) return std::nullopt;
  answer.body = buffer_.substr(head_end + 4, size);
  buffer_.erase(0, head_end + 4 + size);
  return answer;
}

bool RawClient::ends_properly() {
  while (read_some() > 0) {
  }
  return ended_properly_;
}

bool RawClient::is_resumed() const { return SSL_session_reused(tls_) == 1; }

long RawClient::certificate_serial() const {
  X509* certificate = SSL_get1_peer_certificate(tls_);
  const long serial = ASN1_INTEGER_get(X509_get0_serialNumber(certificate));
  X509_free(certificate);
  return serial;
}

ssl_session_st* RawClient::session() const { return SSL_get1_session(tls_); }

}  // namespace thuisbasis::testing
