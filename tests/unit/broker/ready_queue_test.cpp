// The queue against a model that sorts: whatever comes and goes, each lane begins with its most urgent, oldest job.
#include <algorithm>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "broker/core/ready_queue.hpp"

namespace cadre {
namespace {

Job job(std::uint64_t id, std::uint32_t engine, int priority) {
  Job made;
  made.id = JobId{id};
  made.engine = Name{engine};
  made.priority = static_cast<std::int8_t>(priority);
  return made;
}

bool goes_before(const Job& a, const Job& b) { return a.priority != b.priority ? a.priority > b.priority : a.id < b.id; }

class Model {
 public:
  void insert(const Job& one) { jobs_.push_back(one); }
  void erase(JobId id) { std::erase_if(jobs_, [&](const Job& one) { return one.id == id; }); }
  const std::vector<Job>& jobs() const { return jobs_; }
  std::vector<Job> lane(Name engine) const {
    std::vector<Job> lane;
    std::copy_if(jobs_.begin(), jobs_.end(), std::back_inserter(lane), [&](const Job& one) { return one.engine == engine; });
    std::sort(lane.begin(), lane.end(), goes_before);
    return lane;
  }

 private:
  std::vector<Job> jobs_;
};

void compare(const ReadyQueue& queue, const Model& model) {
  RC_ASSERT(queue.size() == model.jobs().size());
  for (std::uint32_t engine = 0; engine < 3; ++engine) {
    const auto wanted = model.lane(Name{engine});
    const auto found = queue.lanes().find(Name{engine});
    RC_ASSERT((found == queue.lanes().end()) == wanted.empty());
    if (wanted.empty()) continue;
    RC_ASSERT(found->second.jobs.size() == wanted.size());
    auto place = found->second.jobs.begin();
    for (std::size_t i = 0; i < wanted.size(); ++i, ++place) {
      RC_ASSERT(place->id == wanted[i].id);
      RC_ASSERT(queue.ahead_of(wanted[i], 1'000) == i);
    }
  }
}

TEST(ReadyQueue, keeps_the_order_of_urgency_and_age_whatever_comes_and_goes) {
  EXPECT_TRUE(rc::check([] {
    ReadyQueue queue;
    Model model;
    std::uint64_t newest = 0;
    const auto steps = *rc::gen::inRange(1, 200);
    for (int step = 0; step < steps; ++step) {
      if (model.jobs().empty() || *rc::gen::inRange(0, 3) > 0) {
        const Job one = job(++newest, *rc::gen::inRange(0u, 3u), *rc::gen::inRange(-2, 3));
        queue.insert(one);
        model.insert(one);
      } else {
        const Job one = model.jobs()[*rc::gen::inRange<std::size_t>(0, model.jobs().size())];
        queue.erase(one);
        model.erase(one.id);
      }
    }
    compare(queue, model);
  }));
}

TEST(ReadyQueue, counts_those_ahead_only_up_to_what_was_asked) {
  ReadyQueue queue;
  for (std::uint64_t id = 1; id <= 10; ++id) queue.insert(job(id, 0, 0));
  EXPECT_EQ(queue.ahead_of(job(10, 0, 0), 100), 9u);
  EXPECT_EQ(queue.ahead_of(job(10, 0, 0), 4), 4u);
  EXPECT_EQ(queue.ahead_of(job(11, 7, 0), 100), 0u);
}

}  // namespace
}  // namespace cadre
