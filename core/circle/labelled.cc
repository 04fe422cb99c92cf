// SPDX-License-Identifier: EUPL-1.2
#include "core/circle/labelled.h"

namespace thuisbasis {

ByteWriter labelled(std::string_view label) {
  ByteWriter writer;
  writer.raw(as_bytes(label));
  writer.u8(0);
  return writer;
}

}  // namespace thuisbasis
