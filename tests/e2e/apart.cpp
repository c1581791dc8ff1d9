#include "tests/e2e/apart.hpp"

namespace cadre::test {

void Apart::SetUp() {
  if (const auto why = Network::impossible()) GTEST_SKIP() << *why;
  network_.emplace(std::vector<std::string>{"master", "database", "client", "w1", "w2", "w3", "w4"});
  here_.emplace(network_->island("client"));
}

void Apart::build(const std::string& database, Cluster::Options options) {
  const std::string address = network_->address(database);
  certificates_.emplace(address);
  options.broker_host = network_->address("master");
  options.database_tcp = true;
  options.database_host = address;
  options.database_authority = certificates_->authority();
  options.mariadb = {"--ssl-cert=" + certificates_->certificate(), "--ssl-key=" + certificates_->key()};
  options.workers = {"w1", "w2", "w3", "w4"};
  cluster_ = network_->at(database, [&] { return std::make_unique<Cluster>(options); });
}

void Apart::start_all(const std::vector<std::string>& workers) {
  start_master();
  for (const auto& worker : workers) start_worker(worker);
  cluster().wait_for_nodes(workers.size());
}

void Apart::start_with_strays(const std::string& node, int planted) {
  plant(cluster(), node, planted, as_a_stray);
  cluster().execute(fmt::format("INSERT INTO lease (resource, asked) VALUES ('{}', 1)", duty_of(node)));
  start_worker(node);
  ASSERT_TRUE(eventually(20s, [&] { return turns_of({node}) == 1; })) << cluster().worker(node).log();
}

void Apart::add_engines() {
  add_witness(cluster(), file("witness"));
  engine(cluster(), "gate",
         fmt::format("echo \"start $CADRE_JOB_ID $CADRE_JOB_ATTEMPT $$\" >> {0}\nwhile [ ! -e {1} ]; do sleep 0.05; done\n"
                     "echo \"end $CADRE_JOB_ID $CADRE_JOB_ATTEMPT $$\" >> {0}\ncat \"$CADRE_JOB_INPUT\"; echo \" by $CADRE_JOB_ID/$CADRE_JOB_ATTEMPT\"",
                     file("witness").string(), file("gate").string()));
}

void Apart::open_gate() { std::ofstream(file("gate")) << "open"; }

std::size_t Apart::lines(const std::string& kind, const std::string& attempt) {
  std::ifstream in(file("witness"));
  std::size_t found = 0;
  for (std::string what, job, number, pid; in >> what >> job >> number >> pid;) found += what == kind && (attempt.empty() || attempt == number);
  return found;
}

void Apart::expect_kept(LoadGenerator& load, bool once) {
  History history;
  history.accepted = load.finish();
  ASSERT_EQ(load.trouble(), "");
  EXPECT_GT(history.accepted.size(), 20u);
  ASSERT_TRUE(eventually(60s, [&] { return count(cluster(), "job j LEFT JOIN outcome o ON o.job_id = j.id WHERE o.job_id IS NULL") == 0; })) << cluster().broker().log_tail();
  history.read_witness(file("witness"));
  EXPECT_EQ(history.broken(cluster(), once), "");
}

void Apart::wish(const std::string& node) {
  Ran ran;
  ASSERT_TRUE(eventually(20s, [&] { return (ran = cluster().tool(wish_for(node) + " --no-wait")).code == 0; })) << ran.out;
}

std::size_t Apart::in_the_middle_of_its_sweep(const std::string& node) {
  const std::size_t all = orphans(node);
  wish(node);
  EXPECT_TRUE(eventually(20s, [&] { return orphans(node) < all; })) << cluster().worker(node).log();
  return orphans(node);
}

std::uint64_t Apart::epoch_of(const std::string& lease) { return cluster().query(fmt::format("SELECT epoch FROM lease WHERE resource = '{}'", lease)).u64(0, 0); }

std::uint64_t Apart::turns_of(const std::vector<std::string>& nodes) {
  std::uint64_t turns = 0;
  for (const auto& node : nodes) turns += good_turns(cluster(), duty_of(node));
  return turns;
}

std::string Apart::books() {
  const auto rows = cluster().query("SELECT CONCAT(resource, ' ', holder, ' ', epoch, ' ', renewals) FROM lease UNION ALL "
                                    "SELECT CONCAT(duty, ' ', epoch, ' ', ended, ' ', ok) FROM cleanup_run ORDER BY 1");
  std::string all;
  for (std::size_t i = 0; i < rows.size(); ++i) all += rows.text(i, 0) + "\n";
  return all;
}

}  // namespace cadre::test
