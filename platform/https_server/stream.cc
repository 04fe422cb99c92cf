// SPDX-License-Identifier: EUPL-1.2
#include "platform/https_server/stream.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace thuisbasis {
namespace {

using Kind = StreamStep::Kind;

StreamStep plain_step(ssize_t moved, Kind want) {
  if (moved > 0) return {Kind::kMoved, static_cast<std::size_t>(moved)};
  if (moved == 0) return {Kind::kClosed, 0};
  if (errno == EAGAIN || errno == EINTR) return {want, 0};
  return {Kind::kFailed, 0};
}

int clamp_size(std::size_t size) { return static_cast<int>(std::min<std::size_t>(size, INT_MAX)); }

}  // namespace

void Stream::FreeTls::operator()(ssl_st* tls) const { SSL_free(tls); }

Stream::Stream(int descriptor, ssl_ctx_st* context) : descriptor_(descriptor) {
  if (context == nullptr) return;
  tls_.reset(SSL_new(context));
  is_broken_ = !tls_ || SSL_set_fd(tls_.get(), descriptor) != 1;
  if (!is_broken_) SSL_set_accept_state(tls_.get());
}

Stream::~Stream() = default;

StreamStep Stream::step_of(int result) {
  if (result > 0) return {Kind::kMoved, static_cast<std::size_t>(result)};
  switch (SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {Kind::kWantRead, 0};
    case SSL_ERROR_WANT_WRITE:
      return {Kind::kWantWrite, 0};
    case SSL_ERROR_ZERO_RETURN:
      return {Kind::kClosed, 0};
    default:
      is_broken_ = true;
      return {Kind::kFailed, 0};
  }
}

StreamStep Stream::handshake() {
  if (is_broken_) return {};
  if (!tls_) return {Kind::kMoved, 0};
  ERR_clear_error();
  return step_of(SSL_do_handshake(tls_.get()));
}

StreamStep Stream::read(MutableByteView out) {
  if (is_broken_) return {};
  if (!tls_) return plain_step(::recv(descriptor_, out.data(), out.size(), 0), Kind::kWantRead);
  ERR_clear_error();
  return step_of(SSL_read(tls_.get(), out.data(), clamp_size(out.size())));
}

StreamStep Stream::write(ByteView bytes) {
  if (is_broken_) return {};
  if (!tls_)
    return plain_step(::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL), Kind::kWantWrite);
  ERR_clear_error();
  return step_of(SSL_write(tls_.get(), bytes.data(), clamp_size(bytes.size())));
}

bool Stream::has_buffered() const { return tls_ && SSL_has_pending(tls_.get()) == 1; }

void Stream::close_notify() {
  if (!tls_ || is_broken_ || SSL_in_init(tls_.get())) return;
  ERR_clear_error();
  SSL_shutdown(tls_.get());
  ERR_clear_error();
}

bool Stream::is_resumed() const { return tls_ && SSL_session_reused(tls_.get()) == 1; }

}  // namespace thuisbasis
