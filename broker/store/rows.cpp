#include "broker/store/rows.hpp"

#include <fmt/format.h>

namespace cadre::rows {

std::string list_of(Ids from, Ids to) {
  std::string text;
  for (Ids id = from; id != to; ++id) text += fmt::format("{}{}", text.empty() ? "" : ",", id->value);
  return text;
}

WallTime wall(const db::Rows& rows, std::size_t i, std::size_t column) { return WallTime{Duration{rows.i64(i, column)}}; }

JobFacts job_facts(const db::Rows& rows, std::size_t i) {
  JobFacts facts;
  JobRow& row = facts.row;
  row.id = JobId{rows.u64(i, 0)};
  row.client = rows.text(i, 1);
  row.request.key = rows.text(i, 2);
  row.request.engine = rows.text(i, 3);
  row.request.queue = rows.text(i, 4);
  row.request.batch = rows.text(i, 5);
  row.request.priority = static_cast<int>(rows.i64(i, 6));
  row.request.attempts_max = static_cast<std::uint32_t>(rows.u64(i, 7));
  row.request.backoff = Duration{rows.i64(i, 8)};
  row.request.time_limit = Duration{rows.i64(i, 9)};
  row.request.stall_limit = Duration{rows.i64(i, 10)};
  row.request.memory_limit = rows.u64(i, 11);
  row.request.not_before = wall(rows, i, 12);
  row.request.not_after = wall(rows, i, 13);
  row.request.retry_of = JobId{rows.u64(i, 14)};
  row.accepted_at = ServiceTime{Duration{rows.i64(i, 15)}};
  row.accepted_wall = wall(rows, i, 16);
  row.first = {rows.text(i, 17), SessionId{rows.u64(i, 18)}};
  facts.payload_bytes = rows.u64(i, 19);
  return facts;
}

void read_end(const db::Rows& rows, std::size_t i, std::size_t c, AttemptEnd& end, std::string& node) {
  end.cause = static_cast<Cause>(rows.u64(i, c));
  end.code = static_cast<std::int32_t>(rows.i64(i, c + 1));
  end.message = rows.text(i, c + 2);
  node = rows.text(i, c + 3);
  end.started = wall(rows, i, c + 4);
  end.ended = wall(rows, i, c + 5);
  end.peak_memory = rows.u64(i, c + 6);
  end.cpu = Duration{rows.i64(i, c + 7)};
  end.stderr_tail = rows.text(i, c + 8);
}

}  // namespace cadre::rows
