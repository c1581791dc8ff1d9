// The text format of Prometheus, to the letter. That promtool reads the pages of real processes is tried in tests/e2e.
#include "common/monitor/metrics_page.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <array>
#include <cmath>
#include <limits>

namespace cadre::monitor {
namespace {

using Kind = MetricsPage::Kind;

TEST(MetricsPage, WritesAFamilyOnceAndItsSamplesBelow) {
  MetricsPage page;
  page.family("cadre_jobs", Kind::gauge, "Open jobs.");
  page.value({{"queue", "a"}, {"state", "ready"}}, std::uint64_t{3});
  page.value({{"queue", "b"}, {"state", "ready"}}, std::uint64_t{0});
  page.one("cadre_db_up", Kind::gauge, "Is it there?", std::uint64_t{1});
  page.one("cadre_age_seconds", Kind::gauge, "An age.", Duration{1500ms});
  EXPECT_EQ(page.take(),
            "# HELP cadre_jobs Open jobs.\n# TYPE cadre_jobs gauge\n"
            "cadre_jobs{queue=\"a\",state=\"ready\"} 3\n"
            "cadre_jobs{queue=\"b\",state=\"ready\"} 0\n"
            "# HELP cadre_db_up Is it there?\n# TYPE cadre_db_up gauge\ncadre_db_up 1\n"
            "# HELP cadre_age_seconds An age.\n# TYPE cadre_age_seconds gauge\ncadre_age_seconds 1.5\n");
}

TEST(MetricsPage, ShowsNoFamilyWithoutSamples) {
  MetricsPage page;
  page.family("cadre_nobody_total", Kind::counter, "Never.");
  page.family("cadre_jobs_total", Kind::counter, "Jobs.");
  page.value({}, std::uint64_t{1});
  EXPECT_EQ(page.take(), "# HELP cadre_jobs_total Jobs.\n# TYPE cadre_jobs_total counter\ncadre_jobs_total 1\n");
}

TEST(MetricsPage, KeepsALineALine) {
  MetricsPage page;
  page.family("m", Kind::gauge, "a\\b \"c\"\nd");
  page.value({{"l", "a\\b \"c\"\nd"}}, std::uint64_t{1});
  EXPECT_EQ(page.take(), "# HELP m a\\\\b \"c\"\\nd\n# TYPE m gauge\nm{l=\"a\\\\b \\\"c\\\"\\nd\"} 1\n")
      << "in help a quote is a quote";
}

TEST(MetricsPage, WritesNumbersThatReadBackAsTheSame) {
  EXPECT_TRUE(rc::check([](double number) {
    MetricsPage page;
    page.one("m", Kind::gauge, "h", number);
    const std::string text = page.take();
    const double back = std::stod(text.substr(text.rfind(' ') + 1));
    RC_ASSERT(back == number);
  }));
  MetricsPage page;
  page.family("m", Kind::gauge, "h");
  for (const double odd :
       {std::nan(""), std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()})
    page.value({}, odd);
  page.value({}, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(page.take(), "# HELP m h\n# TYPE m gauge\nm NaN\nm +Inf\nm -Inf\nm 18446744073709551615\n");
}

TEST(MetricsPage, CountsBucketsUpward) {
  static constexpr std::array<Duration, 2> bounds{500us, 1s};
  Histogram h(bounds);
  for (const Duration d : {Duration{100us}, Duration{200us}, Duration{900ms}, Duration{2s}}) h.add(d);
  MetricsPage page;
  page.family("wait_seconds", Kind::histogram, "h");
  page.value({{"queue", "q"}}, h);
  EXPECT_EQ(page.take(),
            "# HELP wait_seconds h\n# TYPE wait_seconds histogram\n"
            "wait_seconds_bucket{queue=\"q\",le=\"0.0005\"} 2\nwait_seconds_bucket{queue=\"q\",le=\"1\"} 3\n"
            "wait_seconds_bucket{queue=\"q\",le=\"+Inf\"} 4\n"
            "wait_seconds_sum{queue=\"q\"} 2.9003\nwait_seconds_count{queue=\"q\"} 4\n");
}

}  // namespace
}  // namespace cadre::monitor
