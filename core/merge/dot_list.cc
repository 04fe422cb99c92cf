// SPDX-License-Identifier: EUPL-1.2
#include "core/merge/dot_list.h"

#include "core/base/wire_bytes.h"

namespace thuisbasis {
namespace {

Status read_author(ByteReader& reader, std::vector<Dot>& dots) {
  Dot dot;
  TB_TRY(dot.author.device, reader.id<DeviceId>());
  TB_TRY(dot.author.instance, reader.id<InstanceId>());
  if (!dots.empty() && !(dots.back().author < dot.author))
    return Error(Code::kMalformed, "authors of a dot list are not in order");
  TB_TRY(const std::uint64_t count, reader.varint());
  if (count == 0 || count > reader.remaining()) return Error(Code::kMalformed, "count of a dot list");
  for (std::uint64_t i = 0; i < count; ++i) {
    TB_TRY(const std::uint64_t step, reader.varint());
    if (step == 0 || step > UINT64_MAX - dot.number) return Error(Code::kMalformed, "step of a dot list");
    dot.number += step;
    dots.push_back(dot);
  }
  return {};
}

}  // namespace

Bytes encode_dots(const std::vector<Dot>& sorted) {
  ByteWriter writer;
  for (auto first = sorted.begin(); first != sorted.end();) {
    const auto last =
        std::find_if(first, sorted.end(), [&](const Dot& dot) { return dot.author != first->author; });
    writer.raw(first->author.device.view());
    writer.raw(first->author.instance.view());
    writer.varint(static_cast<std::uint64_t>(last - first));
    for (std::uint64_t before = 0; first != last; ++first) {
      writer.varint(first->number - before);
      before = first->number;
    }
  }
  return writer.take();
}

Result<std::vector<Dot>> decode_dots(ByteView bytes) {
  ByteReader reader(bytes);
  std::vector<Dot> dots;
  while (reader.remaining() > 0) TB_CHECK(read_author(reader, dots));
  return dots;
}

void normalise(std::vector<Dot>& dots) {
  std::sort(dots.begin(), dots.end());
  dots.erase(std::unique(dots.begin(), dots.end()), dots.end());
}

}  // namespace thuisbasis
