// What the broker did, in words: one saying for each row, message and request.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "broker/core/effect.hpp"

namespace cadre::script {

using PeerName = std::function<std::string(PeerId)>;

// In the order in which the shell acts: rows, words to peers, questions to the store, the end.
std::vector<std::string> words_of(const Effects& effects, const PeerName& peer);

std::string cause_words(Cause cause, std::int32_t code);

}  // namespace cadre::script
