#include "common/protocol/coalesce.hpp"

#include <map>
#include <utility>

namespace cadre {

namespace {

std::size_t body_bytes(const BodyPtr& body) { return body ? body->size() : 0; }
// The list of names and sizes stands in the header.
std::size_t list_of(const OutputPtr& output) {
  std::size_t sum = 0;
  if (output)
    for (const auto& file : *output) sum += 20 + file.name.size();
  return sum;
}

// What an item adds to the header frame (at most) and to the payload frame.
struct Weight {
  std::size_t header = 0;
  std::size_t payload = 0;
};

Weight weight(const JobRequest& job) { return {500 + job.key.size(), body_bytes(job.body)}; }
Weight weight(const SubmitAnswer& answer) { return {50 + answer.key.size() + answer.reason.size(), 0}; }
Weight weight(const Assignment& job) { return {200, body_bytes(job.body)}; }
Weight weight(const AttemptEnd& end) {
  return {600 + end.message.size() + end.stderr_tail.size() + list_of(end.output), bytes_of(end.output)};
}
Weight weight(const Notice& n) {
  return {600 + n.message.size() + n.stderr_tail.size() + list_of(n.output), bytes_of(n.output)};
}
Weight weight(const Note&) { return {20, 0}; }
Weight weight(const AttemptId&) { return {20, 0}; }
Weight weight(const CancelAnswer&) { return {20, 0}; }

std::vector<JobRequest>* items(Submit& m) { return &m.jobs; }
std::vector<SubmitAnswer>* items(Submitted& m) { return &m.answers; }
std::vector<Assignment>* items(Assign& m) { return &m.jobs; }
std::vector<AttemptEnd>* items(Report& m) { return &m.ends; }
std::vector<Note>* items(Noted& m) { return &m.notes; }
std::vector<AttemptId>* items(Abandon& m) { return &m.attempts; }
std::vector<Notice>* items(Notices& m) { return &m.notices; }
std::vector<CancelAnswer>* items(Cancelled& m) { return &m.answers; }

struct Open {
  std::size_t position = 0;  // in the result
  std::size_t count = 0;
  Weight weight;
};

template <class Batch>
Weight weigh(Batch& batch) {
  Weight sum;
  for (const auto& item : *items(batch)) {
    const Weight one = weight(item);
    sum.header += one.header;
    sum.payload += one.payload;
  }
  return sum;
}

bool fits(const Open& open, std::size_t count, Weight more) {
  return open.count + count <= limits::batch_items_max && open.weight.header + more.header <= limits::header_bytes_max / 2 &&
         open.weight.payload + more.payload <= limits::message_payload_bytes;
}

}  // namespace

std::vector<Send> coalesce(std::vector<Send> sends) {
  if (sends.size() < 2) return sends;
  std::vector<Send> out;
  out.reserve(sends.size());
  std::map<std::pair<PeerId, std::size_t>, Open> open;
  for (auto& send : sends) {
    std::visit(
        [&]<class Batch>(Batch& batch) {
          if constexpr (requires { items(batch); }) {
            const Weight more = weigh(batch);
            auto& last = open[{send.to, send.message.index()}];
            const std::size_t count = items(batch)->size();
            if (last.count > 0 && fits(last, count, more)) {
              auto& into = *items(std::get<Batch>(out[last.position].message));
              for (auto& item : *items(batch)) into.push_back(std::move(item));
              last.count += count;
              last.weight.header += more.header;
              last.weight.payload += more.payload;
              return;
            }
            last = Open{out.size(), count, more};
          }
          out.push_back(std::move(send));
        },
        send.message);
  }
  return out;
}

}  // namespace cadre
