// SPDX-License-Identifier: EUPL-1.2
#include "tests/fuzz/message_mutator.h"

#include <array>
#include <random>
#include <string>
#include <vector>

#include "tests/fuzz/fuzz.h"

namespace thuisbasis::fuzzing {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr std::size_t kGrowth = 64;

/// One place of a message's tree that can change.
struct Place {
  Message* message;
  const FieldDescriptor* field;
};

void collect(Message& message, std::vector<Place>& places) {
  const Reflection& reflection = *message.GetReflection();
  const auto& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    places.push_back({&message, field});
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      if (reflection.HasField(message, field)) collect(*reflection.MutableMessage(&message, field), places);
      continue;
    }
    for (int n = 0; n < reflection.FieldSize(message, field); ++n)
      collect(*reflection.MutableRepeatedMessage(&message, field, n), places);
  }
}

class Mutation final {
 public:
  explicit Mutation(std::uint32_t seed) : random_(seed) {}

  void run(Message& message) {
    std::vector<Place> places;
    collect(message, places);
    if (places.empty()) return;
    const Place place = places[below(places.size())];
    if (place.field->is_repeated())
      change_repeated(place);
    else
      change_single(place);
  }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }

  /// Numbers where codecs go wrong: around powers of two, and the neighbours of what stands there.
  std::uint64_t number(std::uint64_t old) {
    switch (below(4)) {
      case 0:
        return old + 1;
      case 1:
        return old - 1;
      case 2:
        return below(8);
      default:
        return (std::uint64_t{1} << below(64)) - below(2);
    }
  }

  std::string bytes(const std::string& old) {
    std::string buffer = old;
    buffer.resize(old.size() + kGrowth);
    buffer.resize(
        LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(buffer.data()), old.size(), buffer.size()));
    return buffer;
  }

  void change_single(const Place& place) {
    Message* message = place.message;
    const FieldDescriptor* field = place.field;
    const Reflection& reflection = *message->GetReflection();
    if (below(8) == 0) return reflection.ClearField(message, field);
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        reflection.MutableMessage(message, field);
        break;
      case FieldDescriptor::CPPTYPE_STRING:
        reflection.SetString(message, field, bytes(reflection.GetString(*message, field)));
        break;
      case FieldDescriptor::CPPTYPE_BOOL:
        reflection.SetBool(message, field, !reflection.GetBool(*message, field));
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        reflection.SetEnumValue(message, field, static_cast<int>(below(16)));
        break;
      case FieldDescriptor::CPPTYPE_UINT32:
        reflection.SetUInt32(message, field,
                             static_cast<std::uint32_t>(number(reflection.GetUInt32(*message, field))));
        break;
      case FieldDescriptor::CPPTYPE_UINT64:
        reflection.SetUInt64(message, field, number(reflection.GetUInt64(*message, field)));
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        reflection.SetInt64(message, field,
                            static_cast<std::int64_t>(
                                number(static_cast<std::uint64_t>(reflection.GetInt64(*message, field)))));
        break;
      default:  // no message of the wire has other types
        break;
    }
  }

  void change_repeated(const Place& place) {
    const Reflection& reflection = *place.message->GetReflection();
    const int size = reflection.FieldSize(*place.message, place.field);
    const auto any = [&] { return static_cast<int>(below(static_cast<std::size_t>(size))); };
    if (size == 0 || below(3) == 0) return add_element(place, size);
    const int one = any();
    reflection.SwapElements(place.message, place.field, one, below(2) == 0 ? size - 1 : any());
    if (below(2) == 0) return reflection.RemoveLast(place.message, place.field);
    change_element(place, one);
  }

  void add_element(const Place& place, int size) {
    Message* message = place.message;
    const FieldDescriptor* field = place.field;
    const Reflection& reflection = *message->GetReflection();
    const int old = size == 0 ? -1 : static_cast<int>(below(static_cast<std::size_t>(size)));
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE: {
        Message* added = reflection.AddMessage(message, field);
        if (old >= 0) added->CopyFrom(reflection.GetRepeatedMessage(*message, field, old));
        break;
      }
      case FieldDescriptor::CPPTYPE_STRING:
        reflection.AddString(
            message, field,
            bytes(old < 0 ? std::string() : reflection.GetRepeatedString(*message, field, old)));
        break;
      case FieldDescriptor::CPPTYPE_UINT64:
        reflection.AddUInt64(message, field,
                             number(old < 0 ? 0 : reflection.GetRepeatedUInt64(*message, field, old)));
        break;
      default:
        break;
    }
  }

  void change_element(const Place& place, int index) {
    Message* message = place.message;
    const Reflection& reflection = *message->GetReflection();
    switch (place.field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        reflection.SetRepeatedString(message, place.field, index,
                                     bytes(reflection.GetRepeatedString(*message, place.field, index)));
        break;
      case FieldDescriptor::CPPTYPE_UINT64:
        reflection.SetRepeatedUInt64(message, place.field, index,
                                     number(reflection.GetRepeatedUInt64(*message, place.field, index)));
        break;
      default:  // a message's own fields are places of their own
        break;
    }
  }

  std::minstd_rand random_;
};

}  // namespace

std::size_t mutate_message(Message& message, MutableByteView buffer, std::size_t size, std::uint32_t seed) {
  if (seed % 4 == 0 || !message.ParseFromArray(buffer.data(), static_cast<int>(size)))
    return LLVMFuzzerMutate(buffer.data(), size, buffer.size());
  Mutation(seed).run(message);
  const std::size_t changed = message.ByteSizeLong();
  if (changed > buffer.size()) return LLVMFuzzerMutate(buffer.data(), size, buffer.size());
  message.SerializeToArray(buffer.data(), static_cast<int>(buffer.size()));
  return changed;
}

}  // namespace thuisbasis::fuzzing
