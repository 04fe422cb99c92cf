// SPDX-License-Identifier: EUPL-1.2
#include "core/verify/merkle.h"

#include <array>
#include <bit>

#include "core/verify/hash.h"

namespace thuisbasis {
namespace {

constexpr std::array<Byte, 1> kLeafPrefix{0};
constexpr std::array<Byte, 1> kNodePrefix{1};

Sha256Digest node(const Sha256Digest& left, const Sha256Digest& right) {
  return Sha256().add(kNodePrefix).add(left.view()).add(right.view()).finish();
}

/// One level up: pairs are joined, an odd last one rises as it is. The same tree as RFC 6962's recursive
/// definition.
std::vector<Sha256Digest> level_above(std::span<const Sha256Digest> level) {
  std::vector<Sha256Digest> above;
  above.reserve(level.size() / 2 + 1);
  for (std::size_t i = 0; i + 1 < level.size(); i += 2) above.push_back(node(level[i], level[i + 1]));
  if (level.size() % 2 == 1) above.push_back(level.back());
  return above;
}

/// All levels, leaves first, root last.
std::vector<std::vector<Sha256Digest>> levels_of(std::span<const Sha256Digest> leaf_hashes) {
  std::vector<std::vector<Sha256Digest>> levels{{leaf_hashes.begin(), leaf_hashes.end()}};
  while (levels.back().size() > 1) levels.push_back(level_above(levels.back()));
  return levels;
}

std::vector<Sha256Digest> path_in(const std::vector<std::vector<Sha256Digest>>& levels, std::size_t index) {
  std::vector<Sha256Digest> path;
  for (const auto& level : levels) {
    const std::size_t sibling = index ^ 1;
    if (level.size() > 1 && sibling < level.size()) path.push_back(level[sibling]);
    index /= 2;
  }
  return path;
}

}  // namespace

Sha256Digest merkle_leaf(ByteView leaf) { return Sha256().add(kLeafPrefix).add(leaf).finish(); }

Sha256Digest merkle_root(std::span<const Sha256Digest> leaf_hashes) {
  if (leaf_hashes.empty()) return sha256({});
  return levels_of(leaf_hashes).back().front();
}

std::vector<Sha256Digest> merkle_path(std::span<const Sha256Digest> leaf_hashes, std::size_t index) {
  return path_in(levels_of(leaf_hashes), index);
}

std::vector<std::vector<Sha256Digest>> merkle_paths(std::span<const Sha256Digest> leaf_hashes) {
  const auto levels = levels_of(leaf_hashes);
  std::vector<std::vector<Sha256Digest>> paths;
  paths.reserve(leaf_hashes.size());
  for (std::size_t i = 0; i < leaf_hashes.size(); ++i) paths.push_back(path_in(levels, i));
  return paths;
}

Result<Sha256Digest> merkle_root_from_path(const Sha256Digest& leaf_hash, std::uint64_t index,
                                           std::uint64_t count, std::span<const Sha256Digest> path) {
  if (index >= count) return Error(Code::kMalformed, "Merkle leaf beyond its tree");
  Sha256Digest hash = leaf_hash;
  std::uint64_t last = count - 1;
  for (const Sha256Digest& sibling : path) {
    if (last == 0) return Error(Code::kMalformed, "Merkle path is too long");
    if (index % 2 == 1 || index == last) {
      hash = node(sibling, hash);
      // An odd last node rose without a sibling on every level up to this one.
      const int risen = index % 2 == 1 ? 0 : std::countr_zero(index);
      index >>= risen;
      last >>= risen;
    } else {
      hash = node(hash, sibling);
    }
    index >>= 1;
    last >>= 1;
  }
  if (last != 0) return Error(Code::kMalformed, "Merkle path is too short");
  return hash;
}

}  // namespace thuisbasis
