// Only for the files of Office: a connection that is made when it is wanted.
#pragma once

#include "common/cleanup/office.hpp"

namespace cadre::cleanup {

// One try more where the connection had ended since the last question; a few where locks were in the way.
template <class T>
Result<T> Office::with_link(const std::function<db::Outcome<T>(db::Link&)>& work) {
  constexpr int tries_max = 3;
  for (int tries = 0;; ++tries) {
    const bool fresh = !link_;
    if (fresh) {
      auto made = db::Link::connect(settings_);
      if (const auto* trouble = trouble_of(made)) return Error{"the database is away: " + trouble->message};
      link_.emplace(std::move(std::get<db::Link>(made)));
    }
    auto done = work(*link_);
    const auto* trouble = trouble_of(done);
    if (trouble == nullptr) return std::get<T>(std::move(done));
    if (trouble->kind == db::Kind::away) link_.reset();
    const bool again = trouble->kind == db::Kind::again || (trouble->kind == db::Kind::away && !fresh);
    if (!again || tries >= tries_max) return Error{trouble->message};
  }
}

}  // namespace cadre::cleanup
