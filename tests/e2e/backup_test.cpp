// `cadre backup` and `cadre restore`: the master is destroyed and comes back under the same name; the extension is not touched.
#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "tests/e2e/daily.hpp"

namespace cadre::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* app_password = "of the broker alone";

class Backup : public testing::Test {
 protected:
  Backup() {
    Cluster::Options options;
    options.slots = 3;
    options.broker_yaml = "policy:\n  seat_ttl: 1s\n  beat_interval: 200ms\n  free_space_min: 16MiB\n";
    options.schema = "of.a-shop_1";  // a dot, as MariaDB's programs part a table from its schema
    cluster_ = std::make_unique<Cluster>(std::move(options));
    secret("keys/app.password", app_password);
    secret("passphrase", "correct horse battery staple");
    cluster_->execute(fmt::format("ALTER USER cadre_app@localhost IDENTIFIED BY '{}'", app_password));
    replace_in(cluster_->config(), "  check_every: 1s\n", "  check_every: 1s\n  password_file: keys/app.password\n");
    replace_in(cluster_->config(), "worker:\n", "worker:\n  spool: master-spool\n");  // else a restore makes the machine's own
    engine(*cluster_, "hold", fmt::format("echo $CADRE_JOB_ID >> {0}/started; until [ -e {0}/go ]; do sleep 0.05; done; echo held", cluster_->desk().string()));
    engine(*cluster_, "linger", fmt::format("echo $CADRE_JOB_ID >> {0}/started; until [ -e {0}/end ]; do sleep 0.05; done; touch {0}/ended", cluster_->desk().string()));
    up(*cluster_, 1);
  }
  fs::path directory() const { return cluster_->directory(); }
  void secret(const std::string& name, const std::string& text) {
    std::ofstream(directory() / name) << text << "\n";
    fs::permissions(directory() / name, fs::perms::owner_read | fs::perms::owner_write);
  }
  JobId submit(const std::string& engine_name, const std::string& key, const std::string& payload = "") {
    Client client = cluster_->client();
    JobRequest request = job(engine_name, payload);
    request.key = key;
    const auto answer = client.submit({std::move(request)}, 20s);
    if (!answer) throw std::runtime_error(answer.error());
    return answer->front().job;
  }
  Notice end_of(JobId id) {
    Client client = cluster_->client();
    const auto end = client.wait({id}, Watch::result, 20s);
    if (!end) throw std::runtime_error(end.error());
    return end->front();
  }
  Ran backup() { return cluster_->tool(fmt::format("backup {0}/backup --passphrase-file {0}/passphrase", directory().string())); }
  Ran restore(const std::string& file = "backup", const std::string& passphrase = "passphrase") {
    return cluster_->tool(fmt::format("restore {0}/{1} --passphrase-file {0}/{2}", directory().string(), file, passphrase));
  }
  // What burns: the machine's database and what the master alone has. The extension's files lie in the same directory.
  void destroy_the_master() {
    cluster_->broker().kill9();
    for (const char* file : {"master.yaml", "keys/server.key", "keys/admin.key", "keys/admin.pub", "keys/app.password", "keys/purge.password"}) ASSERT_TRUE(fs::remove(directory() / file)) << file;
    new_database();
  }
  void new_database() {
    cluster_->mariadb().kill9();
    PrivateMariadb fresh;
    fresh.stop();
    fs::remove_all(cluster_->mariadb().directory() / "data");
    ASSERT_EQ(run(fmt::format("cp -a {}/data {}/data", fresh.directory().string(), cluster_->mariadb().directory().string())).code, 0);
    cluster_->mariadb().start();
  }
  bool started(std::ptrdiff_t count) const {
    return eventually(10s, [&] { return std::ranges::count(content(cluster_->desk() / "started"), '\n') >= count; });
  }

  // What was accepted after the backup, as the extension told of it; what was over and done before, nobody can tell of.
  void expect_told(JobId held, JobId ended) {
    const auto told = [&] {
      std::map<std::string, std::string> all;
      const Ran ran = cluster_->tool("job missing --json");
      if (ran.code == 0) for (const auto& one : Json::parse(ran.out)) all[one["job"]] = one["node"].get<std::string>() + " " + one["end"].get<std::string>();
      return all;
    };
    const std::map<std::string, std::string> wanted{{to_string(held), "w1 running"}, {to_string(ended), "w1 succeeded"}};
    EXPECT_TRUE(eventually(10s, [&] { return told() == wanted; })) << cluster_->tool("job missing").out << cluster_->broker().log_tail();
    EXPECT_TRUE(says(cluster_->tool("status").out, {"told of 2 attempts", "cadre job missing"}));
  }

  std::unique_ptr<Cluster> cluster_;
};

TEST_F(Backup, TheMasterComesBackAndTheExtensionGoesOn) {
  const JobId ended = submit("echo", "ended", "the result");
  EXPECT_EQ(end_of(ended).state, JobState::done);
  const JobId running = submit("hold", "running");
  ASSERT_TRUE(started(1));
  const Ran made = backup();
  ASSERT_EQ(made.code, 0) << made.out;
  const JobId later = submit("echo", "later", "after the backup");
  EXPECT_EQ(end_of(later).state, JobState::done);
  const JobId held = submit("hold", "held"), ends = submit("linger", "ends");
  ASSERT_TRUE(started(3));

  destroy_the_master();
  std::ofstream(cluster_->desk() / "end") << "now";  // its worker keeps the report until a broker has it
  ASSERT_TRUE(eventually(10s, [&] { return fs::exists(cluster_->desk() / "ended"); }));
  const Ran back = restore();
  ASSERT_EQ(back.code, 0) << back.out;
  EXPECT_TRUE(says(back.out, {"made      file " + (directory() / "keys/server.key").string(), "cluster test-cluster", "Jobs accepted after"}));
  const Ran again = restore();
  EXPECT_EQ(again.code, 0) << again.out;
  EXPECT_TRUE(says(again.out, {"nothing changed"}));

  cluster_->start_broker();
  cluster_->wait_for_nodes(1);
  EXPECT_GT(Json::parse(cluster_->tool("status --json").out)["epoch"].get<std::uint64_t>(), 4096u) << "who works by what was before is fenced off";
  std::ofstream(cluster_->desk() / "go") << "now";
  const Notice end = end_of(running);
  EXPECT_EQ(end.state, JobState::done);
  EXPECT_EQ(end.attempt, 1u) << "the worker held it all the time";
  EXPECT_EQ(std::ranges::count(content(cluster_->desk() / "started"), '\n'), 3) << "nothing was run twice";
  EXPECT_EQ(end_of(ended).output->front().bytes, "the result");
  EXPECT_EQ(submit("echo", "ended", "the result"), ended) << "its key is known";
  const JobId anew = submit("echo", "later", "after the backup");
  EXPECT_GT(anew, later) << "no id is given out twice";
  EXPECT_EQ(end_of(anew).state, JobState::done);
  expect_told(held, ends);
  cluster_->broker().kill9();
  cluster_->start_broker();
  expect_told(held, ends);
}

// Without a word to the cluster, without its configuration, and nothing is left of it.
TEST_F(Backup, IsTriedInAServerOfItsOwn) {
  end_of(submit("echo", "ended", "fine"));
  submit("nobody-has-this", "open");
  ASSERT_EQ(backup().code, 0);
  std::string elsewhere = (fs::temp_directory_path() / "cadre-trial-XXXXXX").string();
  ASSERT_NE(::mkdtemp(elsewhere.data()), nullptr);
  fs::permissions(elsewhere, fs::perms(0755));  // the trial's server of a root is another user's
  const auto check = [&](const std::string& file, const std::string& options) {
    return run(fmt::format("cd {0} && TMPDIR={0} {1} {3} --config none.yaml restore --check {2}/{4} --passphrase-file {2}/passphrase 2>&1", elsewhere, binary("cadre"), directory().string(), options, file));
  };
  const auto nothing_left = [&] { return fs::is_empty(elsewhere); };
  const Ran tried = check("backup", "--json");
  ASSERT_EQ(tried.code, 0) << tried.out;
  const Json told = Json::parse(tried.out.substr(tried.out.find('{')));
  EXPECT_EQ(told["jobs"], 2) << tried.out;
  EXPECT_EQ(told["open_jobs"], 1);
  EXPECT_GE(told["keys"], 2);
  EXPECT_EQ(told["schema"], "of.a-shop_1");
  EXPECT_TRUE(nothing_left()) << "the trial's server left something behind";

  std::string bytes = content(directory() / "backup");
  bytes[bytes.size() - 100] ^= 1;
  std::ofstream(directory() / "damaged") << bytes;
  const Ran damaged = check("damaged", "");
  EXPECT_EQ(damaged.code, 65) << damaged.out;
  EXPECT_TRUE(nothing_left());
  fs::remove_all(elsewhere);
}

TEST_F(Backup, KeysAreTheBrokersAgainAlsoWhereTheirDirectoryWasLost) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root gives files to another user";
  const auto of_nobody = [this](const char* name) { return run(fmt::format("stat -c %U:%a {}", (directory() / name).string())).out; };
  ASSERT_EQ(run(fmt::format("cp -r {0}/keys {0}/apart && chown nobody {0}/apart/*", directory().string())).code, 0);
  replace_in(cluster_->config(), "secret_key_file: keys/server.key", "secret_key_file: apart/server.key");
  ASSERT_EQ(backup().code, 0);
  fs::remove_all(directory() / "apart");
  fs::remove(cluster_->config());
  cluster_->broker().kill9();
  new_database();
  const Ran back = restore();
  ASSERT_EQ(back.code, 0) << back.out;
  EXPECT_EQ(of_nobody("apart"), "nobody:700\n");
  EXPECT_EQ(of_nobody("apart/server.key"), "nobody:600\n");
}

TEST_F(Backup, IsRefusedWithAnotherPassphraseOrAByteChangedOrCutOff) {
  ASSERT_EQ(backup().code, 0);
  EXPECT_EQ(backup().code, 73) << "it overwrites nothing";
  const std::string sealed = content(directory() / "backup");
  EXPECT_EQ(sealed.find(app_password), std::string::npos);
  EXPECT_EQ(fs::status(directory() / "backup").permissions(), fs::perms::owner_read | fs::perms::owner_write);
  destroy_the_master();
  secret("other", "incorrect horse battery staple");
  std::string changed = sealed;
  changed[changed.size() / 2] ^= 1;
  std::ofstream(directory() / "changed") << changed;
  std::ofstream(directory() / "short") << sealed.substr(0, sealed.size() - 21);
  for (const auto& [file, passphrase, word] : {std::tuple{"backup", "other", "passphrase is another one"}, {"changed", "passphrase", "the file was changed"}, {"short", "passphrase", "cut off"}}) {
    const Ran refused = restore(file, passphrase);
    EXPECT_EQ(refused.code, 65) << refused.out;
    EXPECT_TRUE(says(refused.out, {word, "nothing was changed"}));
    EXPECT_FALSE(fs::exists(cluster_->config()));
  }
  EXPECT_EQ(restore().code, 0);
}

TEST_F(Backup, ARestoreThatWasInterruptedBeginsAgainAndOneOverALivingClusterIsRefused) {
  const JobId ended = submit("echo", "ended", "the result");
  EXPECT_EQ(end_of(ended).state, JobState::done);
  ASSERT_EQ(backup().code, 0);
  const Ran living = restore();
  EXPECT_EQ(living.code, 65) << living.out;
  EXPECT_TRUE(says(living.out, {"is not empty, and a restore overwrites nothing"}));
  destroy_the_master();
  ASSERT_EQ(restore().code, 0);
  // As it is when the power fails before the last statement, with something missing.
  cluster_->execute("RENAME TABLE cluster TO cluster_being_restored");
  cluster_->execute("DROP TABLE outcome");
  cluster_->start_broker();
  EXPECT_TRUE(cluster_->broker().says("has no Cadre tables", 10s)) << cluster_->broker().log();
  const Ran again = restore();
  ASSERT_EQ(again.code, 0) << again.out;
  cluster_->start_broker();
  cluster_->wait_for_nodes(1);
  EXPECT_EQ(end_of(ended).output->front().bytes, "the result");
}

}  // namespace
}  // namespace cadre::test
