// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <list>
#include <unordered_map>
#include <utility>

namespace thuisbasis {

/// A map that forgets what was not used for longest once the weights of its values exceed a limit. Never
/// iterated, so its order reaches nothing. Pointers stay valid until the next put(). One thread.
template <typename Key, typename Value>
class LruMap final {
 public:
  explicit LruMap(std::size_t weight_max) : weight_max_(weight_max) {}

  /// Null when absent. Counts as a use.
  Value* find(const Key& key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return nullptr;
    newest_first_.splice(newest_first_.begin(), newest_first_, found->second);
    return &found->second->value;
  }
  /// Puts or replaces; never forgets the value just put.
  Value& put(const Key& key, Value value, std::size_t weight = 1) {
    erase(key);
    newest_first_.push_front(Item{key, std::move(value), weight});
    index_.emplace(key, newest_first_.begin());
    weight_ += weight;
    while (weight_ > weight_max_ && newest_first_.size() > 1) erase(Key(newest_first_.back().key));
    return newest_first_.front().value;
  }
  void erase(const Key& key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return;
    weight_ -= found->second->weight;
    newest_first_.erase(found->second);
    index_.erase(found);
  }
  void clear() {
    index_.clear();
    newest_first_.clear();
    weight_ = 0;
  }
  std::size_t size() const { return index_.size(); }

 private:
  struct Item {
    Key key;
    Value value;
    std::size_t weight;
  };
  std::size_t weight_max_;
  std::size_t weight_ = 0;
  std::list<Item> newest_first_;
  std::unordered_map<Key, typename std::list<Item>::iterator> index_;
};

}  // namespace thuisbasis
