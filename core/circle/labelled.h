// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/base/wire_bytes.h"

namespace thuisbasis {

/// Label and zero byte, ready for more: how infos, associated data and MAC inputs begin (PROTOCOL.md P-5).
ByteWriter labelled(std::string_view label);

}  // namespace thuisbasis
