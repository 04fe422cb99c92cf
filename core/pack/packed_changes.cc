// SPDX-License-Identifier: EUPL-1.2
#include "core/pack/packed_changes.h"

#include <algorithm>

#include "core/pack/change_outline.h"

namespace thuisbasis {
namespace {

/// How a change travels, in the lowest bits of a number; kSalted is added for one with a salt.
constexpr std::uint64_t kOutlined = 0;
constexpr std::uint64_t kWhole = 1;
constexpr std::uint64_t kWithheld = 2;
constexpr std::uint64_t kSalted = 4;
/// Room is made beforehand for so many changes; more have to show themselves first.
constexpr std::uint64_t kChangesExpected = 1024;

/// The fields of a change that can be told field by field and comes out as the same bytes.
std::optional<WireChange> outlined(std::uint64_t number, ByteView bytes) {
  if (bytes.size() > kOutlinedChangeMax) return std::nullopt;
  std::optional<WireChange> change = read_wire_change(bytes);
  if (!change || !has_outline(*change, number) || write_wire_change(*change) != as_text(bytes))
    return std::nullopt;
  return change;
}

class Packer final {
 public:
  void add(std::uint64_t number, const CarriedChange& carried, Outlines outlines) {
    const std::uint64_t salted = carried.salt ? kSalted : 0;
    std::optional<WireChange> change;
    if (!carried.commitment && outlines == Outlines::kAllowed) change = outlined(number, carried.bytes);
    writer_.number(how_, salted | (carried.commitment ? kWithheld : change ? kOutlined : kWhole));
    if (carried.salt) writer_.take_loose(carried.salt->view(), ChangeSalt::kSize);
    if (carried.commitment) {
      writer_.take_loose(carried.commitment->view(), ChangeCommitment::kSize);
    } else if (change) {
      outline_.change(number, *change);
    } else {
      writer_.number(size_, carried.bytes.size());
      writer_.take_text(carried.bytes, carried.bytes.size());
    }
  }
  PackedChanges take() && {
    return {writer_.encoder.finish(), std::move(writer_.loose), std::move(writer_.texts)};
  }

 private:
  OutlineWriter writer_;
  NumberModel how_;
  NumberModel size_;
  ChangeOutline<OutlineWriter> outline_{writer_};
};

class Unpacker final {
 public:
  Unpacker(ByteView outline, ByteView loose, ByteView texts) : reader_(outline, loose, texts) {}

  Result<UnpackedChange> next(std::uint64_t number) {
    UnpackedChange unpacked;
    const std::uint64_t how = reader_.number(how_, 0);
    if ((how & kSalted) != 0) unpacked.salt = loose<ChangeSalt>();
    switch (how & ~kSalted) {
      case kOutlined: {
        reader_.allow(kOutlinedChangeMax);
        WireChange change;
        outline_.change(number, change);
        if (reader_.ok()) unpacked.content = write_wire_change(change);
        break;
      }
      case kWhole: {
        reader_.allow(kPayloadBytesMax);
        const std::uint64_t size = reader_.number(size_, 0);
        unpacked.content = to_string(reader_.take_text({}, size));
        break;
      }
      case kWithheld:
        unpacked.commitment = loose<ChangeCommitment>();
        break;
      default:
        reader_.fail();
    }
    if (!reader_.ok())
      return Error(Code::kMalformed, "packed changes do not tell change " + std::to_string(number));
    total_ += unpacked.content.size();
    if (total_ > kPayloadBytesMax) return Error(Code::kTooLarge, "packed changes would fill too much memory");
    return unpacked;
  }
  bool at_end() const { return reader_.at_end(); }

 private:
  template <typename Fixed>
  std::optional<Fixed> loose() {
    const auto read = Fixed::from(reader_.take_loose({}, Fixed::kSize));
    return read ? std::optional(*read) : std::nullopt;
  }

  OutlineReader reader_;
  NumberModel how_;
  NumberModel size_;
  ChangeOutline<OutlineReader> outline_{reader_};
  std::size_t total_ = 0;
};

}  // namespace

PackedChanges pack_changes(std::uint64_t first, std::span<const CarriedChange> changes, Outlines outlines) {
  Packer packer;
  for (const CarriedChange& change : changes) packer.add(first++, change, outlines);
  return std::move(packer).take();
}

Result<std::vector<UnpackedChange>> unpack_changes(std::uint64_t first, std::uint64_t count, ByteView outline,
                                                   ByteView loose, ByteView texts) {
  Unpacker unpacker(outline, loose, texts);
  std::vector<UnpackedChange> changes;
  changes.reserve(static_cast<std::size_t>(std::min(count, kChangesExpected)));
  for (std::uint64_t i = 0; i < count; ++i) {
    TB_TRY(UnpackedChange change, unpacker.next(first + i));
    changes.push_back(std::move(change));
  }
  if (!unpacker.at_end()) return Error(Code::kMalformed, "packed changes go on behind the last one");
  return changes;
}

}  // namespace thuisbasis
