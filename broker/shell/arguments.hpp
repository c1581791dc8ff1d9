// What stands in the arguments of a question; what is missing or of another kind counts as not said.
#pragma once

#include <cstdint>
#include <string>

#include "broker/shell/views.hpp"

namespace cadre {

inline std::string text(const views::Json& arguments, const char* name) {
  const auto place = arguments.find(name);
  return place != arguments.end() && place->is_string() ? place->get<std::string>() : "";
}

inline std::uint64_t number(const views::Json& arguments, const char* name, std::uint64_t fallback) {
  const auto place = arguments.find(name);
  return place != arguments.end() && place->is_number_unsigned() ? place->get<std::uint64_t>() : fallback;
}

inline constexpr const char* lost_seat = "the broker has lost its seat; try again";

}  // namespace cadre
