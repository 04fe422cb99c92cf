// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace google::protobuf {
class EnumDescriptor;
}

/// Short names of enum values. Inside this room only.
namespace thuisbasis::enum_names {

/// The value's name without the prefix that its enum's values share, in lower case; empty for an unknown
/// number.
std::string short_name(const google::protobuf::EnumDescriptor& type, int number);
/// Any case, with or without prefix, '-' and ' ' for '_', or a number.
std::optional<int> parse(const google::protobuf::EnumDescriptor& type, std::string_view text);
/// "voorstel, afgesproken, ...": all but the unspecified value, for error texts.
std::string choices(const google::protobuf::EnumDescriptor& type);

}  // namespace thuisbasis::enum_names
