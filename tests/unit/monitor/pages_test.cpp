// What is answered, from what was published, and when. Above all: a loop that hangs is not talked over.
#include "common/monitor/pages.hpp"

#include <gtest/gtest.h>

namespace cadre::monitor {
namespace {

const Instant t0 = Instant{} + 1h;

Published published(std::vector<Check> checks) {
  return {t0, std::move(checks),
          [](MetricsPage& page) { page.one("cadre_jobs", MetricsPage::Kind::gauge, "Jobs.", std::uint64_t{7}); }};
}

Reply ask(const char* path, const Published* what, Instant now = t0, bool verbose = false, const char* method = "GET") {
  return page({method, path, verbose}, what, now);
}

TEST(Pages, SayOkInOneWordAndEachCheckWhereAsked) {
  const auto good = published({{"database", ""}, {"lease", ""}});
  EXPECT_EQ(ask("/readyz", &good).code, 200u);
  EXPECT_EQ(ask("/readyz", &good).body, "ok\n");
  EXPECT_EQ(ask("/readyz", &good, t0, true).body, "[+]loop ok\n[+]database ok\n[+]lease ok\nreadyz check passed\n");
  EXPECT_EQ(ask("/healthz", &good, t0, true).body, "[+]loop ok\nhealthz check passed\n");
}

TEST(Pages, NameWhatFailsAndWhyAlsoWhereNotAsked) {
  const auto bad = published({{"database", "it is away"}, {"lease", ""}});
  EXPECT_EQ(ask("/readyz", &bad).code, 503u);
  EXPECT_EQ(ask("/readyz", &bad).body, "[-]database: it is away\nreadyz check failed\n");
  EXPECT_EQ(ask("/readyz", &bad, t0, true).body,
            "[+]loop ok\n[-]database: it is away\n[+]lease ok\nreadyz check failed\n");
  EXPECT_EQ(ask("/healthz", &bad).code, 200u) << "who waits for a database is alive: restarting it would help nobody";
}

TEST(Pages, DoNotRepeatWhatALoopThatHangsSaidLast) {
  const auto good = published({{"database", ""}});
  EXPECT_EQ(ask("/readyz", &good, t0 + stale_after).code, 200u);
  const Reply late = ask("/readyz", &good, t0 + stale_after + 1s, true);
  EXPECT_EQ(late.code, 503u);
  EXPECT_EQ(late.body.find("database"), std::string::npos) << late.body;
  EXPECT_NE(late.body.find("[-]loop: it has not turned for 6s"), std::string::npos) << late.body;
  EXPECT_EQ(ask("/metrics", &good, t0 + stale_after + 1s).code, 503u) << "old numbers would look like new ones";
  EXPECT_EQ(ask("/healthz", &good, t0 + stale_after + 1s).code, 200u) << "it may come back";
  EXPECT_EQ(ask("/healthz", &good, t0 + dead_after + 1s).code, 503u);
}

TEST(Pages, GiveAStartThatTriesSomethingSlowItsTime) {
  auto starting = published({{"database", "it has not answered yet"}});
  starting.fresh_for = 1min;
  EXPECT_EQ(ask("/readyz", &starting, t0 + 50s).body, "[-]database: it has not answered yet\nreadyz check failed\n");
  EXPECT_EQ(ask("/healthz", &starting, t0 + 50s).code, 200u);
  EXPECT_EQ(ask("/healthz", &starting, t0 + 61s).code, 503u);
}

TEST(Pages, AreNotReadyBeforeTheFirstWord) {
  EXPECT_EQ(ask("/readyz", nullptr).code, 503u);
  EXPECT_EQ(ask("/metrics", nullptr).code, 503u);
  EXPECT_EQ(ask("/healthz", nullptr).code, 200u);
}

TEST(Pages, ShowNumbersInTheFormatOfPrometheus) {
  const auto good = published({});
  const Reply reply = ask("/metrics", &good);
  EXPECT_EQ(reply.code, 200u);
  EXPECT_EQ(reply.type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_NE(reply.body.find("\ncadre_jobs 7\n"), std::string::npos) << reply.body;
}

TEST(Pages, AreReadOnlyAndFew) {
  const auto good = published({});
  EXPECT_EQ(ask("/metrics", &good, t0, false, "POST").code, 405u);
  EXPECT_EQ(ask("/readyz", &good, t0, false, "HEAD").code, 200u);
  EXPECT_EQ(ask("/metrics/", &good).code, 404u);
  EXPECT_EQ(ask("/../etc/passwd", &good).code, 404u);
  EXPECT_NE(ask("/nothing", &good).body.find("/readyz?verbose"), std::string::npos) << "it names those that are";
  EXPECT_EQ(ask("/", &good).code, 200u);
}

}  // namespace
}  // namespace cadre::monitor
