// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/base/bytes.h"

namespace thuisbasis {

// What travels over a vault's socket: frames of u32 length (of all that follows, big-endian), u8 type,
// content.

inline constexpr std::size_t kVaultFrameBytesMax = std::size_t{64} << 20;
inline constexpr std::size_t kVaultArgumentsMax = 65'536;

/// A command that another process asks the owner of a vault to run.
struct VaultRequest {
  std::vector<std::string> arguments;
  std::string folder;     ///< the asking process's working folder, for relative paths
  std::string language;   ///< "nl" or "en"
  bool terminal = false;  ///< progress may be shown
  Bytes input;            ///< its standard input, where a command reads it
  friend bool operator==(const VaultRequest&, const VaultRequest&) = default;
};

/// One piece of the answer.
struct VaultReply {
  enum class Type : std::uint8_t { kOut = 1, kError = 2, kExit = 3 };
  Type type = Type::kOut;
  Bytes text;         ///< of kOut and kError
  int exit_code = 0;  ///< of kExit, the last one
};

/// An open descriptor that is closed with its owner.
class VaultDescriptor final {
 public:
  explicit VaultDescriptor(int number = -1) : number_(number) {}
  VaultDescriptor(VaultDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  VaultDescriptor& operator=(VaultDescriptor&& other) noexcept;
  ~VaultDescriptor();
  int number() const { return number_; }

 private:
  int number_;
};

/// kTooLarge beyond the limits above.
Result<Bytes> encode_vault_request(const VaultRequest& request);
Result<VaultRequest> decode_vault_request(ByteView frame);  ///< kMalformed, kTooLarge
Result<Bytes> encode_vault_reply(const VaultReply& reply);
Result<VaultReply> decode_vault_reply(ByteView frame);  ///< kMalformed

/// Sends a frame's content behind its length. kUnreachable when the other side went away or does not read.
Status send_vault_frame(int socket, ByteView content);
/// Reads one frame's content. kUnreachable when the other side went away or is silent, kTooLarge.
Result<Bytes> receive_vault_frame(int socket);

}  // namespace thuisbasis
