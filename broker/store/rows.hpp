// Rows of MariaDB as facts: the columns that history and lists read, in one order.
#pragma once

#include <string>
#include <vector>

#include "broker/store/store.hpp"
#include "common/database/link.hpp"

namespace cadre::rows {

// Of the table job, called j; without its body.
inline constexpr const char* job_columns =
    "j.id, j.client, j.submit_key, j.engine, j.queue, j.batch, j.priority, j.attempts_max, j.backoff, j.time_limit, j.stall_limit, "
    "j.memory_limit, j.not_before, j.not_after, j.retry_of, j.accepted_at, j.accepted_wall, j.first_node, j.first_session, j.payload_bytes";
inline constexpr std::size_t job_column_count = 20;

JobFacts job_facts(const db::Rows& rows, std::size_t i);  // from job_columns, which stand first
WallTime wall(const db::Rows& rows, std::size_t i, std::size_t column);
// cause, code, message, node, started, ended, peak_memory, cpu, stderr: nine columns from `c`.
void read_end(const db::Rows& rows, std::size_t i, std::size_t c, AttemptEnd& end, std::string& node);

// "1,2,3"
using Ids = std::vector<JobId>::const_iterator;
std::string list_of(Ids from, Ids to);

}  // namespace cadre::rows
