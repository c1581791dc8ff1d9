// What a forecast needs to know, read from the database without walking what is kept: a few thousand jobs, by ranges of
// their primary key with constants for bounds, and the sizes of the tables.
//
// Ids grow with the accept, but not without gaps: each term of a broker begins a new range, and a purge leaves few of many.
// So the ranges of all terms are cut into equal pieces; at a place in each piece, always the same one, some jobs in a row are
// read, and they stand for as many as the piece has, judged by how close together they lie.
#pragma once

#include "common/cleanup/forecast.hpp"
#include "common/database/link.hpp"

namespace cadre::cleanup {

struct SampleLimits {
  std::size_t pieces = 128;            // about so many, each for all that is kept and for the window
  std::uint64_t jobs_in_a_row = 16;
  std::size_t terms_max = 256;         // older ones are one piece
  Duration window = std::chrono::hours(7 * 24);
};

// `room` stays absent. A window of zero: the cluster is too young to say anything about a day.
db::Outcome<Growth> read_growth(db::Link& link, const SampleLimits& limits = {});

}  // namespace cadre::cleanup
