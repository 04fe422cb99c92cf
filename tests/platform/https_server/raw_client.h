// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct ssl_st;
struct ssl_ctx_st;
struct ssl_session_st;

namespace thuisbasis::testing {

struct RawAnswer {
  int status = 0;
  std::string head;
  std::string body;
};

/// A blocking client that sends whatever bytes a test wants, with TLS or without. Every read gives up after
/// ten seconds.
class RawClient final {
 public:
  enum class Transport : bool { kPlain, kTls };
  struct Options {
    Transport transport = Transport::kTls;
    bool tls_1_2_only = false;
    int receive_buffer_bytes = 0;  ///< 0: the system's
    ssl_session_st* resume = nullptr;
  };
  explicit RawClient(std::uint16_t port) : RawClient(port, Options()) {}
  RawClient(std::uint16_t port, const Options& options);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool is_connected() const { return is_connected_; }  ///< handshake included
  void send(std::string_view bytes);
  /// Sends each in a TLS record of its own, and all records in one piece.
  void send_together(std::initializer_list<std::string_view> records);
  /// One answer by its Content-Length; nothing when the connection ends before it is whole.
  std::optional<RawAnswer> receive();
  /// Reads to the end; true if the server ended it properly (TLS: with close_notify).
  bool ends_properly();
  void close();
  bool is_resumed() const;
  long certificate_serial() const;
  /// To resume with; the caller frees it. After at least one answer.
  ssl_session_st* session() const;

 private:
  long read_some();
  int descriptor_ = -1;
  ssl_ctx_st* context_ = nullptr;
  ssl_st* tls_ = nullptr;
  bool is_connected_ = false;
  bool ended_properly_ = false;
  std::string buffer_;
};

}  // namespace thuisbasis::testing
