// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <vector>

#include "sync/wire/frames.h"

namespace thuisbasis::testing_support {

/// The frames of an answer, up to the first that cannot be read.
inline std::vector<SyncFrame> frames_of(ByteView body) {
  std::vector<SyncFrame> frames;
  FrameReader reader(body);
  for (;;) {
    auto frame = reader.next();
    if (!frame || !*frame) return frames;
    frames.push_back(std::move(**frame));
  }
}

/// The body of an answer with these frames.
inline Bytes body_of(const std::vector<SyncFrame>& frames) {
  Bytes body;
  for (const SyncFrame& frame : frames) append_frame(body, frame);
  return body;
}

}  // namespace thuisbasis::testing_support
