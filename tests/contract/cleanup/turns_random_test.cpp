// Many holders, and everything that happens to them: pauses of any length, leases that run out, clocks that jump, broken
// leases, lost answers. An oracle keeps its own books of who was granted what, and says who may destroy. The simulator's model
// of the lease table does the same work, and must come to the same.
#include <map>

#include "common/base/mix.hpp"
#include "tests/contract/cleanup/fixture.hpp"
#include "tests/support/lease_table.hpp"

namespace cadre::test {
namespace {

class RandomTurns : public Cleaning {
 protected:
  static constexpr WallTime now = WallTime{std::chrono::hours(24 * 365 * 50)};  // of the model: no time passes but by force
  static LeaseTable::Turn of(const db::Turn& turn) { return {turn.duty, turn.epoch, turn.place, turn.place_epoch}; }
  template <class T>
  static std::string same(const T& turn) { return fmt::format("{} {} {} {}", turn.duty, turn.epoch, turn.place, turn.place_epoch); }
  // With the epochs that the rows have by now.
  LeaseTable model_of() {
    LeaseTable model;
    for (const auto& row : must(db::read_leases(link_)))
      for (std::uint64_t i = 0; i < row.epoch; ++i) model.break_lease(row.resource);
    return model;
  }
  std::uint64_t dice(std::uint64_t sides) { return mix(seed_, ++rolled_) % sides; }
  std::uint64_t seed_ = 0, rolled_ = 0;
};

// What the oracle remembers of each row: the newest grant, and whether it stands.
struct Books {
  std::map<std::string, std::pair<std::string, std::uint64_t>> owner;  // row -> holder, its count of grants
  std::uint64_t grants = 0;
};

TEST_F(RandomTurns, WhoMayDestroyIsWhoWasGrantedLast) {
  constexpr int holders = 5, steps = 1'500;
  constexpr std::uint32_t places = 2;
  const std::vector<std::string> duties{db::records_duty, db::files_duty("n1"), db::files_duty("n2"), db::files_duty("n3")};
  for (const auto& duty : duties) must(db::add_duty(link_, duty));
  std::uint64_t destroyed = 0, refused = 0, together = 0;
  for (seed_ = 1; seed_ <= 3; ++seed_) {
    SCOPED_TRACE("seed " + std::to_string(seed_));
    rolled_ = 0;
    must(link_.execute("UPDATE lease SET expires_at = '1970-01-02 00:00:00', epoch = epoch + 1"));
    struct Held {
      db::Turn turn;
      std::uint64_t duty_grant = 0, place_grant = 0;
    };
    std::vector<std::optional<Held>> hands(holders);  // what each believes to hold, for as long as nobody told it otherwise
    Books books;
    std::map<std::string, std::uint64_t> epochs;
    LeaseTable model = model_of();
    const auto stands = [&](const Held& held) {
      return books.owner[held.turn.duty].second == held.duty_grant && books.owner[db::place_name(held.turn.place)].second == held.place_grant;
    };
    for (int step = 0; step < steps; ++step) {
      const std::size_t who = dice(holders);
      const std::string name = "holder " + std::to_string(who);
      auto& hand = hands[who];
      switch (dice(8)) {
        case 0:
        case 1:
        case 2: {  // asks for a turn; one who holds one has forgotten it (a new life of the process)
          const std::string& duty = duties[dice(duties.size())];
          const auto answer = must(db::take_turn(link_, duty, name + " life " + std::to_string(step), 1h, places));
          const auto modelled = model.take(duty, name, 1h, places, now);
          ASSERT_EQ(modelled.has_value(), std::holds_alternative<db::Turn>(answer)) << duty;
          if (!modelled) break;
          EXPECT_EQ(same(*modelled), same(std::get<db::Turn>(answer)));
          Held held{std::get<db::Turn>(answer)};
          for (const auto& row : {duty, db::place_name(held.turn.place)}) books.owner[row] = {name, ++books.grants};
          held.duty_grant = books.owner[duty].second;
          held.place_grant = books.owner[db::place_name(held.turn.place)].second;
          EXPECT_GT(held.turn.epoch, epochs[duty]) << "epochs grow";
          epochs[duty] = held.turn.epoch;
          if (dice(6) != 0) hand = held;  // else the answer was lost: nobody knows of this grant
          break;
        }
        case 3: {  // the database's clock jumps, or somebody was paused for long: a lease reads expired
          const std::string row = dice(2) == 0 ? duties[dice(duties.size())] : db::place_name(1 + static_cast<std::uint32_t>(dice(places)));
          must(link_.execute("UPDATE lease SET expires_at = '1970-01-02 00:00:00' WHERE resource = ?", {row}));
          model.expire(row);
          break;
        }
        case 4: {  // a person breaks one
          const std::string broken = dice(2) == 0 ? duties[dice(duties.size())] : db::place_name(1 + static_cast<std::uint32_t>(dice(places)));
          if (dice(4) != 0) break;
          must(db::break_lease(link_, broken));
          model.break_lease(broken);
          books.owner[broken] = {"nobody", ++books.grants};
          ++epochs[broken];
          break;
        }
        case 5:
          if (!hand) break;
          EXPECT_EQ(must(db::renew_turn(link_, hand->turn, 1h)), stands(*hand));
          EXPECT_EQ(model.renew(of(hand->turn), 1h, now), stands(*hand));
          break;
        case 6:
          if (!hand) break;
          must(db::give_back(link_, hand->turn));
          model.give_back(of(hand->turn));
          if (dice(3) != 0) hand.reset();  // else it goes on all the same: until the next grant that harms nobody
          break;
        default: {
          if (!hand) break;
          bool ours = false;
          (void)link_.transaction([&]() -> db::Outcome<Done> {
            ours = must(db::still_ours(link_, hand->turn));
            return Done{};
          });
          EXPECT_EQ(model.still_ours(of(hand->turn)), ours);
          EXPECT_EQ(ours, stands(*hand)) << name << " " << hand->turn.duty;
          ++(ours ? destroyed : refused);
          if (!ours) hand.reset();
        }
      }
      std::uint64_t open = 0;
      for (const auto& one : hands) open += one && stands(*one) ? 1 : 0;
      ASSERT_LE(open, places) << "at step " << step;
      together += open == places ? 1 : 0;
    }
  }
  EXPECT_GT(destroyed, 50u);
  EXPECT_GT(refused, 50u);
  EXPECT_GT(together, 50u) << "the bound was reached";
}

}  // namespace
}  // namespace cadre::test
