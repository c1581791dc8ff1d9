// Machines that are apart, on links that are cut, lossy and slow: turns of clean-up stay one at a time, who is cut off deletes
// nothing, and what was accepted ends once. Needs root (network namespaces) and /dev/net/tun; without, it is skipped and says so.
#include "tests/e2e/apart.hpp"

namespace cadre::test {
namespace {

using namespace std::string_literals;

const std::vector<std::string> four = {"w1", "w2", "w3", "w4"};
constexpr std::size_t batch_max = 64;     // names that go under one word of the broker
constexpr Weather slow{.delay = 5ms};     // a sweep that asks before each batch takes so long that it can be met in its middle

Cluster::Options cleaning(const std::string& more, const std::string& lease_ttl = "5s") {
  Cluster::Options options;
  options.broker_yaml = cleaning_yaml(more, lease_ttl);
  options.slots = 4;
  return options;
}

void change(Cluster::Options& options, const std::string& from, const std::string& to) { options.broker_yaml.replace(options.broker_yaml.find(from), from.size(), to); }

// All five duties are wanted at the same moment; the database is on a machine of its own.
TEST_F(Apart, AllDutiesAtOnceAreDoneOneAfterTheOther) {
  constexpr int planted = 1'200;
  auto options = cleaning("  records_by: master\n");
  change(options, "turn_ttl: 3s", "turn_ttl: 10s");
  build("database", options);
  start_master();
  for (const auto& node : four) start_with_strays(node, planted);
  done_jobs(cluster(), 1'000);
  network().weather(slow);
  Watcher watcher(cluster(), four, planted, as_a_stray);
  for (const char* node : {"", "w1", "w2", "w3", "w4"}) wish(node);
  EXPECT_TRUE(eventually(40s, [&] { return turns_of(four) == 8 && good_turns(cluster(), "cleanup/records") == 1; })) << cluster().tool("cleanup status").out << cluster().broker().log();
  watcher.end();
  EXPECT_EQ(watcher.trouble, "");
  EXPECT_EQ(watcher.together, std::vector<std::string>{});
  EXPECT_EQ(watcher.held.size(), 5u) << "each was seen in its turn";
  EXPECT_EQ(watcher.removing.size(), four.size()) << "each was seen removing";
  for (const auto& [one, a] : watcher.removing)
    for (const auto& [other, b] : watcher.removing)
      EXPECT_TRUE(one == other || a.last < b.first || b.last < a.first) << one << " and " << other << " removed files at the same time";
  for (const auto& node : four) EXPECT_EQ(orphans(node), 0u) << node;
  EXPECT_EQ(count(cluster(), "job"), 0u);
  EXPECT_EQ(count(cluster(), "cleanup_run WHERE duty = 'cleanup/records' AND node <> 'master'"), 0u);
}

// The holder of a turn is cut off in the middle of its sweep: it stops, another has its turn, its jobs run elsewhere; and back
// again it deletes nothing more under the turn that is over.
TEST_F(Apart, AHolderThatIsCutOffDeletesNoMoreThanItsBatch) {
  build("database", cleaning("", "3s"));
  add_engines();
  start_master();
  for (const auto& node : four) start_with_strays(node, node == "w1" ? 6'000 : 1);
  Client client = cluster().client();
  const auto gated = submit_jobs(client, 8, "kept", "gate");
  ASSERT_TRUE(eventually(20s, [&] { return client.poll(10ms), lines("start") == gated.size(); }));
  const std::uint64_t of_w1 = count(cluster(), "job WHERE engine = 'gate' AND (first_node = 'w1' OR id IN (SELECT job_id FROM attempt WHERE node = 'w1'))");
  ASSERT_GT(of_w1, 0u);
  LoadGenerator load(cluster().client_settings(), steady());
  Watcher watcher(cluster(), {}, 0);
  network().weather(slow);
  in_the_middle_of_its_sweep("w1");
  for (const char* node : {"w2", "w3", "w4"}) wish(node);

  network().cut("w1");
  const Instant cut = os::boot_now();
  const std::size_t left = orphans("w1");
  const std::uint64_t epoch = epoch_of("cleanup/files/w1");
  ASSERT_GT(left, 10 * batch_max) << "it was to be cut off in the middle of it";
  EXPECT_TRUE(eventually(20s, [&] { return turns_of({"w2", "w3", "w4"}) > 3; })) << cluster().broker().log_tail();
  EXPECT_GE(os::boot_now() - cut, turn_ttl - 1s) << "its turn was its own until then";
  EXPECT_TRUE(cluster().worker("w1").says("the turn ended before everything was removed", 4s)) << cluster().worker("w1").log();
  const std::size_t stayed = orphans("w1");
  EXPECT_LE(left - stayed, batch_max);
  EXPECT_TRUE(eventually(20s, [&] { return lines("start", "2") >= of_w1; })) << "its jobs run elsewhere";

  network().heal("w1");
  const auto welcomes = [&] {
    const std::string log = cluster().worker("w1").log();
    std::size_t found = 0;
    for (auto at = log.find("welcome"); at != std::string::npos; at = log.find("welcome", at + 1)) ++found;
    return found;
  };
  EXPECT_TRUE(eventually(20s, [&] { return welcomes() > 1; })) << cluster().worker("w1").log();
  EXPECT_TRUE(eventually(20s, [&] { return turns_of({"w2", "w3", "w4"}) == 6; })) << cluster().tool("cleanup status").out;
  EXPECT_EQ(orphans("w1"), stayed) << "the turn was over";
  EXPECT_EQ(epoch_of("cleanup/files/w1"), epoch);
  open_gate();
  const auto ends = client.wait(gated, Watch::result, 30s);
  ASSERT_TRUE(ends) << ends.error();
  for (const auto& end : *ends) EXPECT_EQ(end.state, JobState::done);

  // Left alone it would ask again a minute after its last word had got no answer (common/cleanup/DESIGN.md 6).
  network().weather({});
  EXPECT_EQ(cluster().worker("w1").stop(20s), 0);
  start_worker("w1");
  EXPECT_EQ(orphans("w1"), stayed);
  EXPECT_TRUE(eventually(20s, [&] { return turns_of({"w1"}) == 2; })) << "the wish was not granted yet: " << cluster().worker("w1").log();
  wish("w1");
  EXPECT_TRUE(eventually(20s, [&] { return turns_of({"w1"}) == 3; })) << cluster().worker("w1").log();
  EXPECT_FALSE(std::filesystem::exists(orphan(cluster(), "w1", as_a_stray)));
  EXPECT_GT(epoch_of("cleanup/files/w1"), epoch);
  watcher.end();
  EXPECT_EQ(watcher.trouble, "");
  EXPECT_EQ(watcher.together, std::vector<std::string>{});
  expect_kept(load, false);
}

// The broker is cut off from the database, and from nobody else: whoever has a turn stops, nothing is granted, nothing is
// accepted; what runs goes on. When the link is back, all goes on by itself.
TEST_F(Apart, ABrokerWithoutItsDatabaseLetsNobodyDeleteAndAcceptsNothing) {
  build("database", cleaning("  records_by: master\n", "3s"));
  add_engines();
  start_master();
  for (const char* node : {"w2", "w3", "w1"}) start_with_strays(node, node == "w1"s ? 6'000 : 1);
  done_jobs(cluster(), 200);
  Client client = cluster().client();
  const auto gated = submit_jobs(client, 6, "kept", "gate");
  ASSERT_TRUE(eventually(20s, [&] { return client.poll(10ms), lines("start") == gated.size(); }));
  LoadGenerator load(cluster().client_settings(), steady());
  network().weather(slow);
  in_the_middle_of_its_sweep("w1");
  for (const char* node : {"", "w2", "w3"}) wish(node);

  network().cut("database");
  const Instant cut = os::boot_now();
  const std::size_t left = orphans("w1");
  ASSERT_GT(left, 10 * batch_max) << "it was to be cut off in the middle of it";
  // What had reached the database by then has been carried out.
  ASSERT_TRUE(eventually(5s, [&] { return client.poll(10ms), os::boot_now() - cut >= 1s; }));
  const std::string books_then = books();
  const std::uint64_t jobs_then = count(cluster(), "job"), ends_then = count(cluster(), "outcome");
  const std::size_t accepted_then = load.accepted();
  JobRequest late = job("witness", "while it is away");
  late.queue = "kept";
  ASSERT_FALSE(client.submit({late}, 2s)) << "nothing could be stored, and it was answered";
  open_gate();
  ASSERT_TRUE(eventually(20s, [&] { return client.poll(10ms), os::boot_now() - cut >= turn_ttl + 2500ms; })) << "longer than turns and leases live";
  EXPECT_EQ(load.accepted(), accepted_then);
  EXPECT_GE(lines("end"), gated.size()) << "engines went on";
  EXPECT_LE(left - orphans("w1"), batch_max);
  EXPECT_EQ(books(), books_then);
  EXPECT_EQ(count(cluster(), "job"), jobs_then);
  EXPECT_EQ(count(cluster(), "outcome"), ends_then);

  network().heal("database");
  network().weather({});
  EXPECT_TRUE(eventually(30s, [&] { return load.accepted() > accepted_then; })) << cluster().broker().log_tail();
  start_with_strays("w4", 1);  // the others wait for a minute before they ask again (common/cleanup/DESIGN.md 6)
  EXPECT_TRUE(eventually(30s, [&] { return good_turns(cluster(), "cleanup/records") == 1; })) << cluster().tool("cleanup status").out;
  EXPECT_EQ(count(cluster(), "job WHERE queue = 'default' AND engine = 'echo'"), 0u) << "what was wished for is done: the 200 are gone";
  const auto ends = client.wait(gated, Watch::result, 30s);
  ASSERT_TRUE(ends) << ends.error();
  for (const auto& end : *ends) EXPECT_EQ(end.state, JobState::done);
  expect_kept(load, true);
}

// The database is on an extension: that one purges records and nobody else, though the master and another have the password
// too, and the other even the socket. Cut off from the master it looks on, but service time stands still there, so nothing
// becomes old enough that was not before.
TEST_F(Apart, AnExtensionWithTheDatabasePurgesAloneAndOnlyWhatWasOldWhenItWasCutOff) {
  constexpr Duration keep_done = 3s;
  auto options = cleaning("");
  change(options, "keep_done: 0s", "keep_done: 3s");
  change(options, "turn_ttl: 3s", "turn_ttl: 10s");
  build("w4", options);
  for (const char* node : {"w1", "w4"})
    cluster().write_worker_file(node, fmt::format("purge:\n  socket: {}\n  password_file: keys/purge.password\n", cluster().mariadb().settings().socket));
  start_all(four);
  Client client = cluster().client();
  const auto jobs = [&] { return count(cluster(), "job"); };
  done_jobs(cluster(), 1'500);
  ASSERT_TRUE(eventually(20s, [&] { return client.poll(100ms), wish(""), jobs() == 0; })) << cluster().tool("cleanup status").out << cluster().worker("w4").log();

  done_jobs(cluster(), 300);
  network().cut("w4");
  const Instant cut = os::boot_now();
  const std::uint64_t turns = good_turns(cluster(), "cleanup/records");
  ASSERT_EQ(jobs(), 300u) << "cut off before they were old";
  // It goes on having its turns, as it needs no word of the broker for them.
  const auto wished = [&] { cluster().execute("UPDATE lease SET asked = epoch + 1 WHERE resource = 'cleanup/records'"); };
  EXPECT_FALSE(client.submit({job("echo", "while it is away")}, 1s)) << "nothing could be stored, and it was answered";
  EXPECT_TRUE(eventually(20s, [&] { return client.poll(100ms), wished(), os::boot_now() - cut >= 2 * keep_done && good_turns(cluster(), "cleanup/records") >= turns + 3; }))
      << cluster().worker("w4").log();
  EXPECT_EQ(jobs(), 300u) << "service time stood still";

  network().heal("w4");
  EXPECT_TRUE(eventually(30s, [&] { return client.poll(100ms), wished(), jobs() == 0; })) << cluster().tool("cleanup status").out << cluster().worker("w4").log();
  EXPECT_EQ(count(cluster(), "cleanup_run WHERE duty = 'cleanup/records' AND node <> 'w4'"), 0u);
  const Ran status = cluster().tool("cleanup status");
  EXPECT_TRUE(says(status.out, {"records: w4 purges"}));
  EXPECT_TRUE(cluster().worker("w1").says("the database calls its host 'w4', this one is 'w1'", 1s)) << cluster().worker("w1").log();
  EXPECT_TRUE(cluster().broker().says("the database is reached by TCP, which does not prove that it runs here", 1s)) << cluster().broker().log();
  expect_service(cluster());
}

// The broker does not see the volume of a database on an extension; it hears of it, and stops submits as it would at home.
TEST_F(Apart, ABrokerHearsOfTheRoomThatAnExtensionsDatabaseHas) {
  auto options = cleaning("");
  change(options, "free_space_min: 16MiB", "free_space_min: 1024TiB");
  build("w4", options);
  cluster().write_worker_file("w4", fmt::format("purge:\n  socket: {}\n  password_file: keys/purge.password\n", cluster().mariadb().settings().socket));
  start_all({"w1"});
  Client client = cluster().client();
  const auto accepted = client.submit({job("echo")}, 10s);
  ASSERT_TRUE(accepted && accepted->front().job) << "nobody tells yet";
  start_worker("w4");
  EXPECT_TRUE(cluster().broker().says("database_volume_low", 20s)) << cluster().broker().log();
  EXPECT_TRUE(says(cluster().broker().log(), {" on w4, has ", "(policy.free_space_min)"}));
  EXPECT_TRUE(says(cluster().tool("cleanup status").out, {" on w4 has ", "submits are put off"}));
  const auto put_off = client.submit({job("echo")}, 2s);
  EXPECT_TRUE(!put_off || !put_off->front().job) << "it was accepted";
}

// On all links each frame is late by 10 to 30 ms, and one of twenty is lost: what is accepted ends once, and turns of clean-up
// stay one at a time.
TEST_F(Apart, WhereFramesAreLostAndLateAllJobsEndOnceAndTurnsStayApart) {
  constexpr int planted = 100;
  auto options = cleaning("  records_by: master\n");
  change(options, "turn_ttl: 3s", "turn_ttl: 30s");
  change(options, "seat_ttl: 1s", "seat_ttl: 5s");
  options.slots = 16;
  build("database", options);
  add_engines();
  start_master();
  for (const auto& node : four) start_with_strays(node, planted);
  done_jobs(cluster(), 100);
  Watcher watcher(cluster(), four, planted, as_a_stray);
  for (const char* node : {"", "w1", "w2", "w3", "w4"}) wish(node);
  network().weather({.delay = 20ms, .jitter = 10ms, .lost_per_mille = 50});
  LoadGenerator load(cluster().client_settings(), steady(120));
  EXPECT_TRUE(eventually(60s, [&] { return turns_of(four) == 8 && good_turns(cluster(), "cleanup/records") == 1; })) << cluster().tool("cleanup status").out << cluster().broker().log_tail();
  EXPECT_TRUE(eventually(60s, [&] { return load.accepted() >= 240; })) << load.accepted();
  watcher.end();
  EXPECT_EQ(watcher.trouble, "");
  EXPECT_EQ(watcher.together, std::vector<std::string>{});
  EXPECT_EQ(watcher.held.size(), 5u) << "each was seen in its turn";
  for (const auto& node : four) EXPECT_EQ(orphans(node), 0u) << node;
  expect_kept(load, false);
  const auto traffic = network().traffic();
  EXPECT_GT(traffic.lost, traffic.carried / 40) << "frames were lost";
  EXPECT_EQ(traffic.crowded, 0u);
}

// Looking up a job that has ended takes many words with the database. A client that loses patience and waits for the same jobs
// anew, again and again, makes nobody else wait for all of these.
TEST_F(Apart, RepeatedWaitsDoNotPileUpAtASlowDatabase) {
  build("database", cleaning(""));
  start_all({"w1"});
  Client client = cluster().client();
  const auto ended = submit_jobs(client, 60, "kept");
  ASSERT_TRUE(client.wait(ended, Watch::notice, 30s));
  network().weather(slow);
  for (int again = 0; again < 30; ++again) (void)client.wait(ended, Watch::notice, 50ms);
  Client other = cluster().client();
  const auto answer = other.ask("job.show", fmt::format("{{\"job\":\"{}\"}}", to_string(ended.back())), 60s);
  EXPECT_TRUE(answer) << answer.error();
}

}  // namespace
}  // namespace cadre::test
