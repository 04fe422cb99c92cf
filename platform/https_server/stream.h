// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <memory>

#include "core/base/bytes.h"

struct ssl_st;
struct ssl_ctx_st;

namespace thuisbasis {

/// What one attempt on a non-blocking stream came to.
struct StreamStep {
  enum class Kind : std::uint8_t { kMoved, kWantRead, kWantWrite, kClosed, kFailed };
  Kind kind = Kind::kFailed;
  std::size_t bytes = 0;  ///< with kMoved
};

/// Bytes over a non-blocking socket, through OpenSSL directly on its descriptor or plain. Does not own the
/// descriptor. One thread, in which SIGPIPE must be blocked: OpenSSL writes without MSG_NOSIGNAL.
class Stream final {
 public:
  /// `context` null: plain. A context is kept alive by the stream itself.
  Stream(int descriptor, ssl_ctx_st* context);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  StreamStep handshake();  ///< kMoved when done
  StreamStep read(MutableByteView out);
  StreamStep write(ByteView bytes);
  /// Sends TLS's close_notify if the stream is fit for it: without it OpenSSL clients refuse to resume.
  void close_notify();
  bool is_resumed() const;
  /// Bytes have left the socket that read() has not given yet: the socket does not announce them again.
  bool has_buffered() const;

 private:
  struct FreeTls {
    void operator()(ssl_st* tls) const;
  };
  StreamStep step_of(int result);
  int descriptor_;
  std::unique_ptr<ssl_st, FreeTls> tls_;
  bool is_broken_ = false;  // after a fatal error OpenSSL must not be asked for anything
};

}  // namespace thuisbasis
