// SPDX-License-Identifier: EUPL-1.2
#include "core/base/wire_bytes.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <limits>

#include "core/base/ids.h"

namespace thuisbasis {
namespace {

Code code_of(const Result<std::uint64_t>& result) { return result ? Code{} : result.error().code(); }

Bytes varint(std::uint64_t value) {
  ByteWriter writer;
  writer.varint(value);
  return writer.take();
}

TEST(WireBytes, ComeBackAsTheyWereWritten) {
  EXPECT_TRUE(rc::check([](std::uint8_t a, std::uint16_t b, std::uint32_t c, std::uint64_t d, std::uint64_t e,
                           const Bytes& f, const std::array<Byte, 16>& g) {
    ByteWriter writer;
    writer.u8(a);
    writer.u16(b);
    writer.u32(c);
    writer.u64(d);
    writer.varint(e);
    writer.sized(f);
    writer.raw(RecordId(g).view());
    ByteReader reader(writer.view());
    RC_ASSERT(reader.u8().value() == a);
    RC_ASSERT(reader.u16().value() == b);
    RC_ASSERT(reader.u32().value() == c);
    RC_ASSERT(reader.u64().value() == d);
    RC_ASSERT(reader.varint().value() == e);
    RC_ASSERT(to_bytes(reader.sized().value()) == f);
    RC_ASSERT(reader.id<RecordId>().value() == RecordId(g));
    RC_ASSERT(reader.end().has_value());
  }));
}

TEST(WireBytes, AreBigEndian) {
  ByteWriter writer;
  writer.u16(0x0102);
  writer.u32(0x03040506);
  writer.u64(0x0708090a0b0c0d0e);
  EXPECT_EQ(to_hex(writer.view()), "0102030405060708090a0b0c0d0e");
}

TEST(WireBytes, RefuseEveryCutAndStayWhereTheyWere) {
  ByteWriter writer;
  writer.u64(1);
  const Bytes whole = writer.take();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    ByteReader reader(ByteView(whole).first(size));
    EXPECT_EQ(code_of(reader.u64()), Code::kMalformed) << size;
    EXPECT_EQ(reader.remaining(), size) << "a failed read takes nothing";
  }
  ByteReader nothing({});
  EXPECT_FALSE(nothing.u8());
  EXPECT_FALSE(nothing.u16());
  EXPECT_FALSE(nothing.u32());
  EXPECT_FALSE(nothing.varint());
  EXPECT_FALSE(nothing.sized());
  EXPECT_FALSE(nothing.id<RecordId>());
  EXPECT_TRUE(nothing.raw(0));
}

TEST(WireBytes, SayWhatIsLeftOver) {
  const Bytes bytes(3);
  ByteReader reader(bytes);
  ASSERT_TRUE(reader.u8());
  const Status status = reader.end();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), Code::kMalformed);
  EXPECT_EQ(status.error().context(), "2 bytes left over");
}

TEST(Varint, IsTheShortestFormAtEveryPowerOfTwo) {
  for (unsigned bit = 0; bit < 64; ++bit) {
    const std::uint64_t value = std::uint64_t{1} << bit;
    for (const std::uint64_t v : {value - 1, value, value + 1}) {
      const Bytes bytes = varint(v);
      EXPECT_EQ(ByteReader(bytes).varint().value(), v);
      std::size_t needed = 1;
      while (needed < 10 && v >> (7 * needed) != 0) ++needed;
      EXPECT_EQ(bytes.size(), needed) << v;
    }
  }
  EXPECT_EQ(to_hex(varint(300)), "ac02");
  EXPECT_EQ(to_hex(varint(std::numeric_limits<std::uint64_t>::max())), "ffffffffffffffffff01");
}

TEST(Varint, RefusesLongFormsOverflowAndMissingEnds) {
  for (const char* const text : {
           "8000",                    // zero in two bytes
           "ff00",                    // 127 in two bytes
           "80808000",                // zero in four
           "ffffffffffffffffff02",    // 65 bits
           "ffffffffffffffffff7f",    // 70 bits
           "80808080808080808080",    // never ends within ten
           "ffffffffffffffffffff01",  // eleven bytes
           "80",                      // cut
           "ffffffffffffffffff",      // cut before the tenth
       }) {
    const Bytes bytes = from_hex(text).value();
    EXPECT_EQ(code_of(ByteReader(bytes).varint()), Code::kMalformed) << text;
  }
}

TEST(Varint, ReencodesToTheSameBytesWheneverItIsAccepted) {
  EXPECT_TRUE(rc::check([](const Bytes& bytes) {
    ByteReader reader(bytes);
    const auto value = reader.varint();
    if (!value) return;
    RC_ASSERT(varint(*value) ==
              Bytes(bytes.begin(), bytes.end() - static_cast<std::ptrdiff_t>(reader.remaining())));
  }));
}

TEST(Sized, RefusesALengthThatRunsPastTheEndHoweverLarge) {
  for (const std::uint64_t length : {std::uint64_t{4}, std::uint64_t{1} << 32, ~std::uint64_t{0}}) {
    Bytes bytes = varint(length);
    append(bytes, Bytes(3));
    ByteReader reader(bytes);
    EXPECT_FALSE(reader.sized()) << length;
  }
}

TEST(WireBytes, ReadAnyBytesWithoutHarm) {
  EXPECT_TRUE(rc::check([](const Bytes& bytes, const std::vector<std::uint8_t>& steps) {
    ByteReader reader(bytes);
    for (const std::uint8_t step : steps) {
      const std::size_t before = reader.remaining();
      switch (step % 6) {
        case 0:
          (void)reader.u8();
          break;
        case 1:
          (void)reader.u16();
          break;
        case 2:
          (void)reader.u64();
          break;
        case 3:
          (void)reader.varint();
          break;
        case 4:
          (void)reader.sized();
          break;
        default:
          (void)reader.raw(step);
          break;
      }
      RC_ASSERT(reader.remaining() <= before);
    }
  }));
}

}  // namespace
}  // namespace thuisbasis
