// One handler for each alternative of a variant: std::visit(Overloaded{[](const A&) {...}, [](const B&) {...}}, variant).
// Without a generic handler among them, an alternative that nobody handles does not compile.
#pragma once

namespace cadre {

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};

}  // namespace cadre
