// When a duty is due. What is expected is written as a clock on the wall and as UTC, by hand, from the tables that people
// have in their calendars; a second, slow reading of cron (minute by minute) keeps the quick one honest.
#include <algorithm>
#include <sstream>

#include <date/tz.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "common/cleanup/quartz.hpp"
#include "common/cleanup/schedule.hpp"

namespace cadre::cleanup {
namespace {

// "2026-03-29T01:00", UTC.
WallTime utc(const std::string& text) {
  std::istringstream in(text);
  date::sys_time<std::chrono::minutes> time;
  in >> date::parse("%FT%R", time);
  EXPECT_FALSE(in.fail()) << text;
  return WallTime{Duration{time.time_since_epoch()}};
}

std::string say(WallTime time) {
  return date::format("%FT%R", date::floor<std::chrono::minutes>(date::sys_time<Duration>{time.time_since_epoch()}));
}

Schedule schedule(std::string_view text, std::string_view zone = "UTC") {
  auto parsed = Schedule::parse(text, zone);
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error());
  return *std::move(parsed);
}

std::string error(std::string_view text, std::string_view zone = "UTC") {
  const auto parsed = Schedule::parse(text, zone);
  return parsed ? "it is fine" : parsed.error();
}

using Times = std::vector<std::string>;
Times fires(std::string_view text, std::string_view zone, const std::string& after, std::size_t count) {
  Times said;
  for (const WallTime time : schedule(text, zone).upcoming(utc(after), count)) said.push_back(say(time));
  return said;
}

// --- the language ---------------------------------------------------------------------------------------------------

TEST(Schedule, reads_a_line_of_cron) {
  EXPECT_EQ(fires("30 2 * * *", "UTC", "2026-11-24T02:29", 2), (Times{"2026-11-24T02:30", "2026-11-25T02:30"}));
  EXPECT_EQ(fires("*/20 8-9 * * *", "UTC", "2026-11-24T08:20", 6),
            (Times{"2026-11-24T08:40", "2026-11-24T09:00", "2026-11-24T09:20", "2026-11-24T09:40", "2026-11-25T08:00",
                   "2026-11-25T08:20"}));
  EXPECT_EQ(fires("5,50-58/4 23 31 DEC *", "UTC", "2026-12-31T23:04", 5),
            (Times{"2026-12-31T23:05", "2026-12-31T23:50", "2026-12-31T23:54", "2026-12-31T23:58", "2027-12-31T23:05"}));
}

TEST(Schedule, is_due_strictly_after_the_time_asked_for) {
  const Schedule daily = schedule("30 2 * * *");
  EXPECT_EQ(say(daily.next(utc("2026-11-24T02:30"))), "2026-11-25T02:30");
  EXPECT_EQ(say(daily.next(utc("2026-11-24T02:30") - Duration{1})), "2026-11-24T02:30");
}

TEST(Schedule, knows_sunday_by_three_names) {
  for (const char* line : {"0 3 * * 0", "0 3 * * 7", "0 3 * * Sun", "\t0  03 * *  SUN ", "0 3 * * 7-7"})
    EXPECT_EQ(fires(line, "UTC", "2026-11-24T00:00", 2), (Times{"2026-11-29T03:00", "2026-12-06T03:00"})) << line;
  EXPECT_EQ(fires("0 3 * * sat-sun", "UTC", "2026-11-24T00:00", 3),
            (Times{"2026-11-28T03:00", "2026-11-29T03:00", "2026-12-05T03:00"}));
  EXPECT_EQ(fires("0 3 * * sun-sun", "UTC", "2026-11-24T00:00", 1), (Times{"2026-11-29T03:00"}));
}

// Vixie's rule: two restricted day fields widen each other, a field that begins with a star narrows.
TEST(Schedule, takes_either_day_where_both_are_named) {
  EXPECT_EQ(fires("0 3 1 * mon", "UTC", "2026-11-24T00:00", 3),
            (Times{"2026-11-30T03:00", "2026-12-01T03:00", "2026-12-07T03:00"}));
  EXPECT_EQ(fires("0 3 */2 * mon", "UTC", "2026-11-24T00:00", 2), (Times{"2026-12-07T03:00", "2026-12-21T03:00"}));
}

TEST(Schedule, has_words_for_the_usual) {
  EXPECT_EQ(fires("@hourly", "UTC", "2026-12-31T22:59", 3),
            (Times{"2026-12-31T23:00", "2027-01-01T00:00", "2027-01-01T01:00"}));
  EXPECT_EQ(fires("@daily", "UTC", "2026-12-31T22:59", 1), (Times{"2027-01-01T00:00"}));
  EXPECT_EQ(fires("@weekly", "UTC", "2026-11-24T00:00", 1), (Times{"2026-11-29T00:00"}));
  EXPECT_EQ(fires("@monthly", "UTC", "2026-11-24T00:00", 1), (Times{"2026-12-01T00:00"}));
  EXPECT_EQ(fires("@Yearly", "UTC", "2026-11-24T00:00", 2), (Times{"2027-01-01T00:00", "2028-01-01T00:00"}));
}

TEST(Schedule, keeps_intervals_on_multiples_since_1970_so_that_all_nodes_agree) {
  EXPECT_EQ(fires("every 6h", "Europe/Berlin", "2026-03-29T00:00", 3),
            (Times{"2026-03-29T06:00", "2026-03-29T12:00", "2026-03-29T18:00"}));
  EXPECT_EQ(fires("every 30min", "UTC", "2026-03-29T00:01", 2), (Times{"2026-03-29T00:30", "2026-03-29T01:00"}));
  EXPECT_EQ(fires("every 1 d", "UTC", "2026-03-29T00:01", 1), (Times{"2026-03-30T00:00"}));
  EXPECT_EQ(fires("every 6h", "UTC", "1969-12-31T13:00", 3),
            (Times{"1969-12-31T18:00", "1970-01-01T00:00", "1970-01-01T06:00"}));
  EXPECT_EQ(schedule("every 6h").period(utc("2026-03-29T00:01")), Duration{6h});
}

TEST(Schedule, finds_a_leap_day_over_the_year_2100_which_has_none) {
  EXPECT_EQ(fires("0 0 29 2 *", "UTC", "2092-03-01T00:00", 3),
            (Times{"2096-02-29T00:00", "2104-02-29T00:00", "2108-02-29T00:00"}));
}

// The bound of the search: 40 years is the longest anybody waits, and every day of the week has its leap day.
TEST(Schedule, finds_the_rarest_day_within_its_bound) {
  int longest = 0;
  for (const unsigned weekday : {0u, 1u, 2u, 3u, 4u, 5u, 6u}) {
    Cron cron = *Cron::parse("0 0 29 2 *");
    cron.weekdays = 1u << weekday;
    LocalMinute at = date::local_days{date::year{1990} / 1 / 1};
    for (int i = 0; i < 30; ++i) {
      const auto found = cron.first_in(at + 1min, date::local_days{date::year{9999} / 1 / 1});
      ASSERT_TRUE(found);
      if (i > 0) longest = std::max(longest, static_cast<int>((*found - at) / date::days{1}));
      at = *found;
    }
  }
  EXPECT_EQ(longest, 40 * 365 + 9);
  EXPECT_LT(longest, search_days_max);
  EXPECT_EQ(fires("0 0 29 2 */7", "UTC", "2089-01-01T00:00", 1), (Times{"2128-02-29T00:00"}));
}

TEST(Schedule, says_how_far_apart_its_times_are) {
  EXPECT_EQ(schedule("*/15 * * * *").period(utc("2026-11-24T00:01")), Duration{15min});
  EXPECT_EQ(schedule("0 3 * * mon,tue").period(utc("2026-11-24T00:00")), Duration{6 * 24h});
  EXPECT_EQ(schedule("0 12 * * *", "Europe/Berlin").period(utc("2026-03-27T12:00")), Duration{23h});
}

TEST(Schedule, remembers_what_it_was_read_from) {
  const Schedule daily = schedule("@daily", "Europe/Berlin");
  EXPECT_EQ(daily.text(), "@daily");
  EXPECT_EQ(daily.time_zone(), "Europe/Berlin");
}

TEST(Schedule, ends_with_the_calendar) {
  const Schedule hourly = schedule("@hourly", "Europe/Berlin");
  EXPECT_EQ(hourly.next(WallTime::max()), never);
  EXPECT_EQ(hourly.upcoming(WallTime::max() - 1us, 2), (std::vector<WallTime>{never, never}));
  EXPECT_GT(hourly.next(WallTime::min()), utc("1899-12-31T23:59"));
  EXPECT_EQ(say(schedule("every 1d").next(WallTime::min())), "1900-01-02T00:00");
}

// --- what is refused ------------------------------------------------------------------------------------------------

TEST(Schedule, names_the_field_what_was_wanted_and_what_was_found) {
  for (const auto& [text, expected] : std::vector<std::pair<std::string, std::string>>{
           {"60 3 * * *", "minute: wanted 0 to 59, found \"60\""},
           {"0 24 * * *", "hour: wanted 0 to 23, found \"24\""},
           {"0 3 32 * *", "day of month: wanted 1 to 31, found \"32\""},
           {"0 3 0 * *", "day of month: wanted 1 to 31, found \"0\""},
           {"0 3 * 13 *", "month: wanted 1 to 12 or jan to dec, found \"13\""},
           {"0 3 * june *", "month: wanted 1 to 12 or jan to dec, found \"june\""},
           {"0 3 * * 8", "day of week: wanted 0 to 7 or sun to sat, found \"8\""},
           {"0 3 * * mon,,tue", "day of week: wanted 0 to 7 or sun to sat, found \"\""},
           {"-5 3 * * *", "minute: wanted 0 to 59, found \"-5\""},
           {"5- 3 * * *", "minute: wanted 0 to 59, found \"5-\""},
           {"*/0 3 * * *", "minute: wanted a step of 1 to 59, found \"*/0\""},
           {"0 */24 * * *", "hour: wanted a step of 1 to 23, found \"*/24\""},
           {"0/15 * * * *", "minute: a step needs a range; for \"0/15\" write \"0-59/15\""},
           {"0 22-2 * * *", "hour: \"22-2\" runs backwards; write \"22-23,0-2\""},
           {"0 3 * * fri-mon", "day of week: \"fri-mon\" runs backwards; write \"5-7,0-1\""},
           {"@reboot", "wanted @hourly, @daily, @weekly, @monthly or @yearly, found \"@reboot\""},
           {"", "wanted \"every 6h\", \"@daily\" or the five fields minute, hour, day of month, month, day of week; found 0 words"},
           {"daily", "wanted \"every 6h\", \"@daily\" or the five fields minute, hour, day of month, month, day of week; found 1 word"},
           {"every 59s", "every: wanted 1min to 366d, as \"every 30min\", \"every 6h\" or \"every 1d\"; found \"59s\""},
           {"every 367d", "every: wanted 1min to 366d, as \"every 30min\", \"every 6h\" or \"every 1d\"; found \"367d\""},
           {"every day", "every: wanted 1min to 366d, as \"every 30min\", \"every 6h\" or \"every 1d\"; found \"day\""},
           {"0 0 31 2 *", "it can never fire: day of month is \"31\", and no month of \"2\" is so long"},
           {"0 0 30 feb *", "it can never fire: day of month is \"30\", and no month of \"feb\" is so long"},
           {"0 0 31 feb,4,6,9,nov *", "it can never fire: day of month is \"31\", and no month of \"feb,4,6,9,nov\" is so long"}})
    EXPECT_EQ(error(text), "schedule \"" + text + "\": " + expected);
  EXPECT_EQ(error("0 0 31 2 sun"), "it is fine");  // the Sundays of February
}

TEST(Schedule, knows_no_time_zone_that_the_system_does_not) {
  for (const char* zone : {"Mars/Base", "", "../../etc/passwd", "europe/berlin", "CEST"})
    EXPECT_EQ(error("@daily", zone), "schedule \"@daily\": there is no time zone \"" + std::string(zone) +
                                         "\"; wanted a name like \"Europe/Berlin\" or \"UTC\"");
}

TEST(Schedule, reads_any_text_without_falling_over) {
  EXPECT_TRUE(rc::check([] {
    const auto letters = rc::gen::elementOf(std::string("0123456789*/,-?LW#@ \tsunjanevry.dhm"));
    const std::string text = *rc::gen::container<std::string>(letters);
    if (const auto parsed = Schedule::parse(text, "UTC")) RC_ASSERT(parsed->next(utc("2026-11-24T00:00")) != never);
  }));
}

// --- Quartz, which the users of the old product write ------------------------------------------------------------------

TEST(Quartz, is_refused_with_the_line_that_means_the_same) {
  EXPECT_EQ(error("0 0 3 ? * SUN"),
            "schedule \"0 0 3 ? * SUN\": it is a Quartz line (seconds first), and Cadre takes cron: write \"0 3 * * SUN\"");
}

TEST(Quartz, is_translated_as_it_counts) {
  for (const auto& [quartz, cron] : std::vector<std::pair<std::string, std::string>>{
           {"0 0 3 ? * 1", "0 3 * * SUN"},
           {"0 0 3 ? * 7", "0 3 * * SAT"},
           {"0 0 3 ? * 2-6", "0 3 * * MON-FRI"},
           {"0 0 3 ? * 2,4,FRI *", "0 3 * * MON,WED,FRI"},
           {"0 0 3 ? * FRI-MON", "0 3 * * FRI,SAT,SUN,MON"},
           {"0 0 3 ? * 1/2", "0 3 * * */2"},
           {"0 0 3 ? * 2/2", "0 3 * * MON-SAT/2"},
           {"00 0/15 * * * ?", "*/15 * * * *"},
           {"0 5/15 8-18/2 * * ?", "5-59/15 8-18/2 * * *"},
           {"0 0/60 22-2 1/10 JAN,6 ?", "0 22,23,0,1,2 */10 1,6 *"}}) {
    const auto line = cron_from_quartz(quartz);
    ASSERT_TRUE(line) << quartz << ": " << line.error();
    EXPECT_EQ(*line, cron);
    EXPECT_EQ(error(cron), "it is fine");
    EXPECT_NE(error(quartz).find("it is a Quartz line (seconds first), and Cadre takes cron: write \"" + cron + "\""),
              std::string::npos) << error(quartz);
  }
}

TEST(Quartz, has_times_that_cron_cannot_say) {
  for (const auto& [quartz, why] : std::vector<std::pair<std::string, std::string>>{
           {"30 0 3 * * ?", "its seconds are \"30\", and duties start on the minute"},
           {"*/10 * * * * ?", "its seconds are \"*/10\", and duties start on the minute"},
           {"0 0 3 L * ?", "cron cannot say day of month \"L\" (the last of the month)"},
           {"0 0 3 L-3 * ?", "cron cannot say day of month \"L-3\" (the last of the month)"},
           {"0 0 3 15W * ?", "cron cannot say day of month \"15W\" (the nearest working day)"},
           {"0 0 3 LW * ?", "cron cannot say day of month \"LW\" (the nearest working day)"},
           {"0 0 3 ? * 6#3", "cron cannot say day of week \"6#3\" (the n-th such weekday of the month)"},
           {"0 0 3 ? * friL", "cron cannot say day of week \"friL\" (the last of the month)"},
           {"0 0 3 * * ? 2026", "cron has no field for the year \"2026\""},
           {"0 0 3 ? * 8", "day of week: wanted 1 to 7, found \"8\""},
           {"0 0 3 31 2 ?", "it can never fire: day of month is \"31\", and no month of \"2\" is so long"}})
    EXPECT_EQ(error(quartz),
              "schedule \"" + quartz + "\": it is a Quartz line (seconds first), and has no equal in cron: " + why);
}

TEST(Quartz, is_known_by_its_signs_without_seconds_too) {
  EXPECT_EQ(error("0 3 ? * 2"),
            "schedule \"0 3 ? * 2\": it is a Quartz line (it has ?, L, W or #), and Cadre takes cron: write \"0 3 * * MON\"");
  EXPECT_EQ(error("0 3 L * *"), "schedule \"0 3 L * *\": it is a Quartz line (it has ?, L, W or #), and has no equal in "
                                "cron: cron cannot say day of month \"L\" (the last of the month)");
}

TEST(Quartz, is_not_seen_in_cron) {
  for (const char* line : {"0 3 * jul wed", "0 3 * * *", "@daily", "every 6h", "0 3 ? *", "a b c d e f"})
    EXPECT_FALSE(quartz_refusal(line)) << line;
}

// --- summer time ----------------------------------------------------------------------------------------------------

// Berlin, 29 March 2026: 02:00 CET is 03:00 CEST, 01:00 UTC.
TEST(SummerTime, brings_a_time_that_is_jumped_over_at_the_jump) {
  EXPECT_EQ(fires("30 2 * * *", "Europe/Berlin", "2026-03-28T00:00", 3),
            (Times{"2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"}));
}

TEST(SummerTime, brings_several_times_that_are_jumped_over_once) {
  EXPECT_EQ(fires("*/15 2,3 * * *", "Europe/Berlin", "2026-03-28T23:00", 5),
            (Times{"2026-03-29T01:00", "2026-03-29T01:15", "2026-03-29T01:30", "2026-03-29T01:45", "2026-03-30T00:00"}));
}

// Berlin, 25 October 2026: 03:00 CEST is 02:00 CET, 01:00 UTC. 02:30 is 00:30 UTC and again 01:30.
TEST(SummerTime, counts_a_time_that_is_shown_twice_the_first_time_only) {
  const Times once{"2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30"};
  EXPECT_EQ(fires("30 2 * * *", "Europe/Berlin", "2026-10-24T00:00", 3), once);
  for (const char* asked : {"2026-10-25T00:30", "2026-10-25T00:59", "2026-10-25T01:00", "2026-10-25T01:29", "2026-10-25T01:30"})
    EXPECT_EQ(fires("30 2 * * *", "Europe/Berlin", asked, 1), Times{once.back()}) << asked;
  EXPECT_EQ(fires("0 2,3 * * *", "Europe/Berlin", "2026-10-24T12:00", 3),
            (Times{"2026-10-25T00:00", "2026-10-25T02:00", "2026-10-26T01:00"}));
}

TEST(SummerTime, does_not_touch_what_runs_every_hour) {
  EXPECT_EQ(fires("*/30 * * * *", "Europe/Berlin", "2026-03-29T00:00", 3),
            (Times{"2026-03-29T00:30", "2026-03-29T01:00", "2026-03-29T01:30"}));
  EXPECT_EQ(fires("*/30 * * * *", "Europe/Berlin", "2026-10-25T00:00", 4),
            (Times{"2026-10-25T00:30", "2026-10-25T01:00", "2026-10-25T01:30", "2026-10-25T02:00"}));
}

// Lord Howe moves by half an hour: 4 October 2026, 02:00 +10:30 is 02:30 +11, 15:30 UTC the day before.
TEST(SummerTime, may_be_half_an_hour) {
  EXPECT_EQ(fires("15 2 * * *", "Australia/Lord_Howe", "2026-10-02T12:00", 3),
            (Times{"2026-10-02T15:45", "2026-10-03T15:30", "2026-10-04T15:15"}));
  EXPECT_EQ(fires("45 1 * * *", "Australia/Lord_Howe", "2026-04-03T12:00", 3),
            (Times{"2026-04-03T14:45", "2026-04-04T14:45", "2026-04-05T15:15"}));
}

// Havana's clock jumps at midnight: 8 March 2026, 00:00 is 01:00, 05:00 UTC. The day begins late.
TEST(SummerTime, may_take_midnight) {
  EXPECT_EQ(fires("@daily", "America/Havana", "2026-03-07T12:00", 2), (Times{"2026-03-08T05:00", "2026-03-09T04:00"}));
}

// Samoa went over the date line: the 29th of December 2011 (-10) was followed by the 31st (+14).
TEST(SummerTime, is_no_word_for_a_day_left_out) {
  EXPECT_EQ(fires("0 3 * * *", "Pacific/Apia", "2011-12-28T18:00", 3),
            (Times{"2011-12-29T13:00", "2011-12-30T13:00", "2011-12-31T13:00"}));
  EXPECT_EQ(fires("0 3 30 * *", "Pacific/Apia", "2011-12-01T00:00", 1), (Times{"2012-01-29T13:00"}));
}

class EveryDay : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(SummerTime, EveryDay,
                         testing::Values("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana",
                                         "Africa/Casablanca", "Asia/Kathmandu"));

// Ten years of a daily duty at any minute of the day: one a day, 3653 in all, never two within 22 hours, never a day without.
TEST_P(EveryDay, has_its_run) {
  EXPECT_TRUE(rc::check([] {
    const int minute = *rc::gen::inRange(0, 24 * 60);
    const Schedule daily = schedule(std::to_string(minute % 60) + " " + std::to_string(minute / 60) + " * * *", GetParam());
    const WallTime begin = utc("2026-01-01T12:00") + Duration{24h} * *rc::gen::inRange(0, 300);
    WallTime last = daily.next(begin);
    const WallTime first = last;
    for (int day = 1; day <= 3653; ++day) {
      const WallTime due = daily.next(last);
      RC_ASSERT(due - last >= Duration{22h});
      RC_ASSERT(due - last <= Duration{26h});
      last = due;
    }
    const Duration drift = last - first - Duration{24h} * 3653;
    RC_ASSERT(drift <= Duration{1h});
    RC_ASSERT(drift >= Duration{-1h});
  }));
}

// A restart asks with another time: whatever lies between two times of a schedule has the same next one.
TEST_P(EveryDay, is_the_same_after_a_restart) {
  const std::vector<Schedule> all{schedule("30 2 * * *", GetParam()), schedule("*/20 1-3 * * *", GetParam()),
                                  schedule("*/45 * * * *", GetParam()), schedule("every 7h", GetParam()),
                                  schedule("15 0 1,15 * sun", GetParam())};
  EXPECT_TRUE(rc::check([&] {
    const Schedule& any = *rc::gen::elementOf(all);
    const WallTime at = utc("2026-01-01T00:00") + Duration{1s} * *rc::gen::inRange(0, 5 * 366 * 86400);
    const WallTime due = any.next(at);
    RC_ASSERT(due > at);
    const Duration into{*rc::gen::inRange<Duration::rep>(0, (due - at).count())};
    RC_ASSERT(any.next(at + into) == due);
  }));
}

// --- the oracle: one who watches a clock on the wall, minute by minute -------------------------------------------------

// A field as a person reads it: its numbers, and whether it was written as a star.
struct Field {
  std::string text;
  std::vector<int> numbers;
  bool has(auto number) const { return std::count(numbers.begin(), numbers.end(), static_cast<int>(number)) != 0; }
};

Field every(int step, int low, int high) {
  Field field{step == 1 ? "*" : "*/" + std::to_string(step), {}};
  for (int number = low; number <= high; number += step) field.numbers.push_back(number);
  return field;
}

Field any_list(int low, int high) {
  Field field;
  for (int left = *rc::gen::inRange(1, 6); left > 0; --left) {
    field.numbers.push_back(*rc::gen::inRange(low, high + 1));
    field.text += (field.text.empty() ? "" : ",") + std::to_string(field.numbers.back());
  }
  return field;
}

Field any_field(int low, int high) {
  const int step = *rc::gen::element(0, 0, 1, 1, 2, 5);
  return step == 0 ? any_list(low, high) : every(step, low, high);
}

// Half of them where something happens: in the small hours, when clocks are changed, and on days that are not left out.
Field any_hour() { return *rc::gen::arbitrary<bool>() ? any_list(0, 3) : any_field(0, 23); }
Field any_day(int low, int high) { return *rc::gen::arbitrary<bool>() ? every(1, low, high) : any_field(low, high); }

struct Watcher {
  Field minute, hour, day, month, weekday;

  bool wants(date::local_time<std::chrono::minutes> time) const {
    const auto midnight = date::floor<date::days>(time);
    const date::year_month_day today{midnight};
    const bool by_date = day.has(static_cast<unsigned>(today.day()));
    const bool by_weekday = weekday.has(date::weekday{midnight}.c_encoding());
    const bool either = day.text[0] != '*' && weekday.text[0] != '*';
    return minute.has((time - midnight) / 1min % 60) && hour.has((time - midnight) / 1h) &&
           month.has(static_cast<unsigned>(today.month())) && (either ? by_date || by_weekday : by_date && by_weekday);
  }

  // Remembers the latest time that the clock has shown: what it jumps over is due now, what it shows again is not.
  std::vector<WallTime> watch(const date::time_zone& zone, date::sys_time<std::chrono::minutes> begin, int minutes) const {
    std::vector<WallTime> due;
    auto shown = date::floor<std::chrono::minutes>(zone.to_local(begin));
    for (auto time = begin + 1min; time <= begin + minutes * 1min; time += 1min) {
      const auto now = date::floor<std::chrono::minutes>(zone.to_local(time));
      bool wanted = hour.numbers.size() >= 24 && wants(now);
      if (hour.numbers.size() < 24) {
        for (auto missed = shown + 1min; missed <= now; missed += 1min) wanted = wanted || wants(missed);
      }
      if (wanted) due.push_back(WallTime{Duration{time.time_since_epoch()}});
      shown = std::max(shown, now);
    }
    return due;
  }
};

// Two days on either side of a change of the clock, or of any other moment.
TEST(Schedule, agrees_with_one_who_watches_the_clock) {
  const std::vector<std::pair<std::string, std::string>> moments{
      {"Europe/Berlin", "2026-03-29T01:00"},       {"Europe/Berlin", "2026-10-25T01:00"},
      {"America/New_York", "2026-03-08T07:00"},    {"America/New_York", "2026-11-01T06:00"},
      {"Australia/Lord_Howe", "2026-10-03T15:30"}, {"Australia/Lord_Howe", "2026-04-04T15:00"},
      {"America/Havana", "2026-03-08T05:00"},      {"America/Havana", "2026-11-01T05:00"},
      {"UTC", "2028-02-29T00:00"},                 {"Asia/Kathmandu", "2026-12-31T18:15"}};
  EXPECT_TRUE(rc::check([&] {
    const auto& [zone, moment] = *rc::gen::elementOf(moments);
    const Watcher watcher{any_field(0, 59), any_hour(), any_day(1, 31), any_day(1, 12), any_day(0, 6)};
    const auto parsed = Schedule::parse(watcher.minute.text + " " + watcher.hour.text + " " + watcher.day.text + " " +
                                            watcher.month.text + " " + watcher.weekday.text, zone);
    if (!parsed) return;  // a 31 February
    const date::sys_time<std::chrono::minutes> change{date::floor<std::chrono::minutes>(utc(moment).time_since_epoch())};
    auto due = watcher.watch(*date::locate_zone(zone), change - 48h, 4 * 1440);
    const WallTime asked = utc(moment) + 1s * *rc::gen::inRange(-3 * 3600, 3 * 3600);
    due.erase(due.begin(), std::upper_bound(due.begin(), due.end(), asked));
    auto told = parsed->upcoming(asked, due.size() + 1);
    RC_ASSERT(told.back() > utc(moment) + 48h);
    told.pop_back();
    RC_ASSERT(told == due);
  }));
}

}  // namespace
}  // namespace cadre::cleanup
