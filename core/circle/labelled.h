// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/base/wire_bytes.h"

namespace thuisbasis {

/// Label and zero byte, ready for more: how infos, associated data and MAC inputs begin (PROTOCOL.md P-5).
inline ByteWriter labelled(std::string_view label) {
  ByteWriter writer;
  writer.raw(as_bytes(label));
  writer.u8(0);
  return writer;
}

}  // namespace thuisbasis
