// SPDX-License-Identifier: EUPL-1.2
#include "platform/vault_socket/vault_socket_frame.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "core/base/wire_bytes.h"

namespace thuisbasis {
namespace {

constexpr std::uint8_t kRequestType = 16;

void put(ByteWriter& writer, ByteView bytes) {
  writer.u32(static_cast<std::uint32_t>(bytes.size()));
  writer.raw(bytes);
}

Result<ByteView> take(ByteReader& reader) {
  TB_TRY(const std::uint32_t size, reader.u32());
  return reader.raw(size);
}

Error gone() { return Error(Code::kUnreachable, std::string("vault socket: ") + std::strerror(errno)); }

Status send_all(int socket, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return gone();
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  return {};
}

Status receive_all(int socket, MutableByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t received = ::recv(socket, bytes.data(), bytes.size(), 0);
    if (received < 0 && errno == EINTR) continue;
    if (received == 0) return Error(Code::kUnreachable, "vault socket: the other side went away");
    if (received < 0) return gone();
    bytes = bytes.subspan(static_cast<std::size_t>(received));
  }
  return {};
}

}  // namespace

VaultDescriptor& VaultDescriptor::operator=(VaultDescriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

VaultDescriptor::~VaultDescriptor() {
  if (number_ >= 0) ::close(number_);
}

Result<Bytes> encode_vault_request(const VaultRequest& request) {
  std::size_t size = request.folder.size() + request.input.size();
  for (const std::string& argument : request.arguments) size += argument.size() + 4;
  if (request.arguments.size() > kVaultArgumentsMax || size > kVaultFrameBytesMax - 1024)
    return Error(Code::kTooLarge, "a command of " + std::to_string(size) + " bytes");
  ByteWriter writer;
  writer.u8(kRequestType);
  writer.u32(static_cast<std::uint32_t>(request.arguments.size()));
  for (const std::string& argument : request.arguments) put(writer, as_bytes(argument));
  put(writer, as_bytes(request.folder));
  put(writer, as_bytes(request.language));
  writer.u8(request.terminal ? 1 : 0);
  put(writer, request.input);
  return writer.take();
}

Result<VaultRequest> decode_vault_request(ByteView frame) {
  ByteReader reader(frame);
  TB_TRY(const std::uint8_t type, reader.u8());
  if (type != kRequestType) return Error(Code::kMalformed, "vault socket: not a request");
  TB_TRY(const std::uint32_t count, reader.u32());
  if (count > kVaultArgumentsMax) return Error(Code::kTooLarge, "vault socket: too many arguments");
  VaultRequest request;
  for (std::uint32_t i = 0; i < count; ++i) {
    TB_TRY(const ByteView argument, take(reader));
    request.arguments.push_back(to_string(argument));
  }
  TB_TRY(const ByteView folder, take(reader));
  request.folder = to_string(folder);
  TB_TRY(const ByteView language, take(reader));
  request.language = to_string(language);
  TB_TRY(const std::uint8_t terminal, reader.u8());
  request.terminal = terminal != 0;
  TB_TRY(const ByteView input, take(reader));
  request.input = to_bytes(input);
  TB_CHECK(reader.end());
  return request;
}

Result<Bytes> encode_vault_reply(const VaultReply& reply) {
  if (reply.text.size() > kVaultFrameBytesMax - 1024)
    return Error(Code::kTooLarge, "a reply too long for one frame");
  ByteWriter writer;
  writer.u8(static_cast<std::uint8_t>(reply.type));
  if (reply.type == VaultReply::Type::kExit)
    writer.u32(static_cast<std::uint32_t>(reply.exit_code));
  else
    put(writer, reply.text);
  return writer.take();
}

Result<VaultReply> decode_vault_reply(ByteView frame) {
  ByteReader reader(frame);
  VaultReply reply;
  TB_TRY(const std::uint8_t type, reader.u8());
  if (type < 1 || type > 3) return Error(Code::kMalformed, "vault socket: not a reply");
  reply.type = static_cast<VaultReply::Type>(type);
  if (reply.type == VaultReply::Type::kExit) {
    TB_TRY(const std::uint32_t code, reader.u32());
    reply.exit_code = static_cast<int>(code & 0xff);
  } else {
    TB_TRY(const ByteView text, take(reader));
    reply.text = to_bytes(text);
  }
  TB_CHECK(reader.end());
  return reply;
}

Status send_vault_frame(int socket, ByteView content) {
  ByteWriter head;
  head.u32(static_cast<std::uint32_t>(content.size()));
  TB_CHECK(send_all(socket, head.view()));
  return send_all(socket, content);
}

Result<Bytes> receive_vault_frame(int socket) {
  std::array<Byte, 4> head{};
  TB_CHECK(receive_all(socket, head));
  ByteReader reader(head);
  TB_TRY(const std::uint32_t size, reader.u32());
  if (size > kVaultFrameBytesMax)
    return Error(Code::kTooLarge, "vault socket: a frame of " + std::to_string(size));
  Bytes content(size);
  TB_CHECK(receive_all(socket, content));
  return content;
}

}  // namespace thuisbasis
