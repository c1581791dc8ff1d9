// Turns of clean-up as rows of the table `lease` (law 2): a right to do a duty, held by one life of a process until a time
// on the database's clock, under an epoch that grows at every grant. Taking, renewing and giving back are one statement
// each, and a reading where it matters what came of it.
//
// A turn holds two rows: that of its duty ("cleanup/records", "cleanup/files/NODE"), and one of the places
// ("cleanup/place/1" ...), of which as many are used as turns may be open at once in the cluster. Both change in one
// statement under their row locks, so nobody counts anything and the bound holds whatever happens at the same time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/base/time.hpp"
#include "common/database/link.hpp"

namespace cadre::db {

inline constexpr const char* records_duty = "cleanup/records";
inline constexpr std::uint32_t places_max = 8;  // rows that the schema has
std::string files_duty(std::string_view node);  // "cleanup/files/NODE"
std::string place_name(std::uint32_t place);    // from 1

struct Turn {
  std::string duty;
  std::uint64_t epoch = 0;
  std::uint32_t place = 0;
  std::uint64_t place_epoch = 0;
};

struct LeaseRow {
  std::string resource, holder;    // the last holder, also where it is free
  std::uint64_t epoch = 0;
  std::uint64_t renewals = 0;      // grows at every grant and renewal
  std::int64_t asked = 0;          // a person wants a turn of this epoch or a later one; 0: nobody has ever asked
  std::int64_t seconds_left = 0;   // on the database's clock; 0 and less: free
  bool held() const { return seconds_left > 0; }
};

// Who has what was asked for. Where the duty is free, it is the last place that was tried.
struct Held {
  std::vector<LeaseRow> by;
};

// What a taker knows by its own clock: rows whose count of renewals has not moved for 1.5 TTL, and that count. They may
// be taken although the database's clock, which may have been set back, calls them valid (guarantees.md R7).
using Unmoved = std::map<std::string, std::uint64_t>;

Outcome<std::variant<Turn, Held>> take_turn(Link& link, const std::string& duty, const std::string& holder, Duration ttl,
                                            std::uint32_t places, const Unmoved& unmoved = {});
// False: it is somebody else's by now, or was broken by a person.
Outcome<bool> renew_turn(Link& link, const Turn& turn, Duration ttl);
Outcome<Done> give_back(Link& link, const Turn& turn);

// First in every transaction that destroys: locks the row until its end, so that a grant to another waits for us, or we
// see that it has happened. False: the turn is over.
Outcome<bool> still_ours(Link& link, const Turn& turn);

Outcome<std::vector<LeaseRow>> read_leases(Link& link);
// Frees a lease whatever its holder does; the holder finds out at its next step, because the epoch has moved. False:
// there is no such lease.
Outcome<bool> break_lease(Link& link, const std::string& resource);
// For a node that is seen for the first time.
Outcome<Done> add_duty(Link& link, const std::string& duty);

}  // namespace cadre::db
