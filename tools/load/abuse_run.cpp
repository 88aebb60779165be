#include "tools/load/abuse_run.h"

#include "coroutine/combinators.h"
#include "coroutine/signals.h"
#include "tools/load/descriptor_limit.h"
#include "tools/load/process_watch.h"

#include <algorithm>
#include <fmt/format.h>
#include <system_error>

namespace covnc::load {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kLearning = seconds(2);
constexpr Duration kQuietTyping = seconds(5);
constexpr Duration kAttackLimit = seconds(20);
constexpr Duration kNewcomerLimit = seconds(10);
constexpr Duration kBeforeNewcomer = seconds(3); // comes to a crowd
constexpr Duration kImpatientLimit = seconds(2); // once nobody new was let in
constexpr Duration kSettling = seconds(5);
constexpr Duration kLongest = std::chrono::minutes(5); // then no further attack starts
constexpr Duration kSample = milliseconds(100);

// What a server may keep: pools and caches that have grown, but nothing for each connection.
constexpr std::uint64_t kMemoryMore = std::uint64_t{16} << 20U;
constexpr std::size_t kDescriptorsMore = 8;

double seconds_since(TimePoint begin, TimePoint now)
{
    return std::chrono::duration<double>(now - begin).count();
}

Task<> wait_for_signal(SignalSet& signals)
{
    co_await signals.next();
}

} // namespace

AbuseRun::AbuseRun(EventLoop& loop,
                   const LoadSettings& settings,
                   std::vector<const CatalogueEntry*> attacks,
                   AbuseFigures& figures,
                   const Tick& tick)
    : loop_(loop),
      settings_(settings),
      attacks_(std::move(attacks)),
      figures_(figures),
      tick_(tick),
      login_(loop, settings),
      probe_(loop, settings, login_),
      typist_state_{loop, settings, typed_, nobody_, login_}
{
    typist_state_.is_counting = true;
    for (const CatalogueEntry* entry : attacks_) {
        AttackFigures attack;
        attack.name = entry->name;
        attack.what = entry->what;
        attack.replays = entry->replays;
        figures_.attacks.push_back(std::move(attack));
    }
    figures_.watches_process = settings.server_pid.has_value();
}

Task<> AbuseRun::run()
{
    started_ = loop_.now();
    figures_.was_interrupted = true;
    co_await run_until_first_ends(background(), phases());
    figures_.was_interrupted = false;
}

Task<> AbuseRun::background()
{
    TaskScope scope(co_await current_context());
    scope.spawn(probe_.run());
    scope.spawn(watch());
    if (settings_.probe) {
        scope.spawn(type());
    }
    co_await scope.join();
}

Task<> AbuseRun::watch()
{
    TimePoint last_tick = loop_.now();
    for (;;) {
        co_await loop_.sleep_for(kSample);
        probe_.remember_memory(use_now().memory_bytes);
        figures_.seconds = seconds_since(started_, loop_.now());
        if (loop_.now() - last_tick >= seconds(1)) {
            last_tick = loop_.now();
            tick_(figures_);
        }
    }
}

// A viewer that types where the settings say, and comes back when it is thrown out.
Task<> AbuseRun::type()
{
    co_await types_.wait();
    Viewer::Role role;
    role.kind = parse_mix("zrle").front().value;
    role.is_probe = true;
    for (;;) {
        Viewer viewer(typist_state_, role);
        co_await viewer.run();
        co_await loop_.sleep_for(seconds(1));
    }
}

Task<> AbuseRun::phases()
{
    co_await learn();
    co_await attack_all();
    if (!is_gone_) {
        co_await settle();
    }
}

// Whether the display stands still, and what it shows; how fast it is when nothing is wrong.
Task<> AbuseRun::learn()
{
    const bool came = co_await probe_.next_picture(kNewcomerLimit);
    if (!came) {
        throw std::runtime_error("the server sends no picture");
    }
    const Picture first = probe_.latest();
    figures_.is_still = true;
    figures_.size = first.size;
    const TimePoint end = loop_.now() + kLearning;
    while (loop_.now() < end) {
        const bool goes_on = co_await probe_.next_picture(kNewcomerLimit);
        figures_.is_still = figures_.is_still && goes_on && probe_.latest() == first;
    }
    if (figures_.is_still) {
        probe_.expect(first);
    }
    if (settings_.probe) {
        types_.set();
        co_await loop_.sleep_for(kQuietTyping);
        figures_.quiet_key_to_pixel = std::exchange(typed_.key_to_pixel[""], {});
    }
    figures_.quiet_delay = probe_.take_delays();
    figures_.before = use_now();
}

Task<> AbuseRun::attack_all()
{
    TaskScope slow(co_await current_context());
    for (std::size_t i = 0; i < attacks_.size(); ++i) {
        if (attacks_[i]->pace == Pace::kSlow) {
            slow.spawn(attack(attacks_[i], &figures_.attacks[i]));
        }
    }
    bool beside_slow = true;
    for (std::size_t i = 0; i < attacks_.size(); ++i) {
        if (beside_slow && attacks_[i]->pace == Pace::kCrowd) {
            co_await slow.join();
            beside_slow = false;
        }
        if (loop_.now() - started_ > kLongest) {
            figures_.problems.emplace_back("five minutes are over; not all attacks were tried");
            break;
        }
        if (attacks_[i]->pace != Pace::kSlow && !is_gone_) {
            co_await attack(attacks_[i], &figures_.attacks[i]);
        }
    }
    co_await slow.join();
}

Task<> AbuseRun::attack(const CatalogueEntry* entry, AttackFigures* figures)
{
    Case the_case(*entry, *figures);
    const TimePoint began = loop_.now();
    figures->is_running = true;
    figures->before = use_now();
    probe_.open(the_case.window);
    probe_.allow_changes(entry->changes_picture ? 1 : 0);
    bool was_cancelled = false;
    try {
        co_await perform(the_case);
        figures->seconds = seconds_since(began, loop_.now());
        co_await check(the_case);
    } catch (const Cancelled&) {
        was_cancelled = true;
    }
    probe_.allow_changes(entry->changes_picture ? -1 : 0);
    probe_.close(the_case.window);
    figures->is_running = false;
    if (was_cancelled) {
        throw Cancelled{};
    }
    judge(the_case);
}

Task<> AbuseRun::perform(Case& the_case)
{
    Attack attack(loop_, settings_, login_, the_case.figures.reactions);
    try {
        if (the_case.entry.pace == Pace::kCrowd) {
            Task<> crowd = the_case.entry.run(attack);
            co_await with_timeout(kAttackLimit,
                                  when_all(std::move(crowd), come_meanwhile(the_case)));
        } else {
            co_await with_timeout(kAttackLimit, the_case.entry.run(attack));
        }
    } catch (const TimedOut&) {
        the_case.figures.was_cut_short = true;
    } catch (const std::exception& error) {
        attack.note(std::string("the attack failed: ") + error.what());
    }
    if (the_case.entry.pace != Pace::kSlow) {
        take_keys(the_case);
    }
}

// A crowd must not keep others out.
Task<> AbuseRun::come_meanwhile(Case& the_case)
{
    co_await loop_.sleep_for(kBeforeNewcomer);
    co_await newcomer(the_case);
}

// Somebody new must get in, see what all see, and the probe must get another picture.
Task<> AbuseRun::check(Case& the_case)
{
    const std::optional<Picture> picture = co_await newcomer(the_case);
    if (is_process_gone()) {
        is_gone_ = true;
        the_case.window.fail(Verdict::kDied, "the server's process is gone");
        co_return;
    }
    const bool probe_is_served = co_await probe_.next_picture(kNewcomerLimit);
    lets_newcomers_in_ = picture.has_value();
    if (!probe_is_served) {
        is_gone_ = !picture;
        const bool is_deaf = is_gone_ && nobody_listens_;
        the_case.window.fail(is_deaf ? Verdict::kDied : Verdict::kStalled,
                             is_deaf ? "nobody listens any more"
                                     : "the probe got no more pictures");
        co_return;
    }
    if (picture && the_case.entry.changes_picture) {
        co_await accept_changes(the_case);
    } else if (picture && !probe_.is_expected(*picture)) {
        the_case.window.fail(Verdict::kWrongPixels,
                             "a newcomer's picture: " +
                                 difference_text(*probe_.expected(), *picture));
    }
}

// Where the display stood still it does so again, and all see the same.
Task<> AbuseRun::accept_changes(Case& the_case)
{
    constexpr int kTries = 5;
    if (!probe_.expected()) {
        co_return;
    }
    std::string difference;
    for (int i = 0; i < kTries; ++i) {
        const std::optional<Picture> picture = co_await newcomer(the_case);
        const bool is_served = co_await probe_.next_picture(kNewcomerLimit);
        if (!picture || !is_served) {
            co_return;
        }
        probe_.expect(picture);
        if (*picture == probe_.latest()) {
            co_return;
        }
        difference = difference_text(*picture, probe_.latest());
    }
    the_case.window.fail(Verdict::kWrongPixels,
                         "the probe and a newcomer see different pictures: " + difference);
}

Task<std::optional<Picture>> AbuseRun::newcomer(Case& the_case)
{
    const TimePoint began = loop_.now();
    const TimePoint end = began + (lets_newcomers_in_ ? kNewcomerLimit : kImpatientLimit);
    std::optional<Picture> picture;
    std::string failure;
    while (!picture && loop_.now() < end && !is_process_gone()) {
        PictureViewer viewer(loop_, settings_, login_);
        try {
            co_await with_timeout(end - loop_.now(), take_one_picture(viewer));
            picture = viewer.picture();
            nobody_listens_ = false;
        } catch (const std::system_error& error) {
            failure = error.what();
            nobody_listens_ = true;
        } catch (const std::exception& error) {
            failure = error.what();
            nobody_listens_ = false;
        }
        if (!picture) {
            co_await loop_.sleep_for(kSample);
        }
    }
    Duration& longest = the_case.figures.newcomer_delay;
    longest = std::max(longest, loop_.now() - began);
    if (!picture) {
        the_case.window.fail(Verdict::kNoNewcomer, "nobody new gets in: " + failure);
    }
    co_return picture;
}

Task<> AbuseRun::take_one_picture(PictureViewer& viewer)
{
    co_await viewer.connect(kNewcomerLimit);
    co_await run_until_first_ends(viewer.read_messages(), viewer.whole_picture());
}

void AbuseRun::judge(Case& the_case)
{
    AttackFigures& figures = the_case.figures;
    ProbeWindow& window = the_case.window;
    if (figures.reactions.let_in > 0) {
        window.fail(Verdict::kLetIn, "an attacker was let in");
    }
    const bool was_compared = probe_.expected() && !the_case.entry.changes_picture;
    figures.verdict = is_good(window.verdict) && was_compared ? Verdict::kRight : window.verdict;
    figures.problem = window.problem;
    figures.pictures = window.pictures;
    figures.worst_delay = window.worst_delay;
    figures.after = use_now();
    figures.most_memory_bytes = std::max(
        {window.most_memory_bytes, figures.before.memory_bytes, figures.after.memory_bytes});
}

void AbuseRun::take_keys(Case& the_case)
{
    Histogram keys = std::exchange(typed_.key_to_pixel[""], {});
    // Where the attack types itself the typist has taken others' keys for its own.
    if (!the_case.entry.changes_picture) {
        the_case.figures.key_to_pixel = std::move(keys);
    }
    the_case.figures.unanswered_keys = std::exchange(typed_.errors["no reaction to a key"], 0);
}

// Memory and descriptors come back, with a few seconds to tidy up.
Task<> AbuseRun::settle()
{
    figures_.memory_limit_bytes = figures_.before.memory_bytes * 5 / 4 + kMemoryMore;
    figures_.descriptor_limit = figures_.before.descriptors + kDescriptorsMore;
    const TimePoint end = loop_.now() + kSettling;
    for (;;) {
        figures_.after = use_now();
        const bool is_tidy = figures_.after.memory_bytes <= figures_.memory_limit_bytes &&
                             figures_.after.descriptors <= figures_.descriptor_limit;
        if (is_tidy || loop_.now() >= end) {
            break;
        }
        co_await loop_.sleep_for(kSample);
    }
    judge_process();
}

void AbuseRun::judge_process()
{
    const auto megabytes = [](std::uint64_t bytes) { return static_cast<double>(bytes) / 1e6; };
    if (figures_.after.memory_bytes > figures_.memory_limit_bytes) {
        figures_.problems.push_back(
            fmt::format("memory did not come back: {:.1f} MB before, {:.1f} MB after, {:.1f} MB "
                        "allowed",
                        megabytes(figures_.before.memory_bytes),
                        megabytes(figures_.after.memory_bytes),
                        megabytes(figures_.memory_limit_bytes)));
    }
    if (figures_.after.descriptors > figures_.descriptor_limit) {
        figures_.problems.push_back(
            fmt::format("descriptors did not come back: {} before, {} after, {} allowed",
                        figures_.before.descriptors,
                        figures_.after.descriptors,
                        figures_.descriptor_limit));
    }
}

ServerUse AbuseRun::use_now() const
{
    ServerUse use;
    if (settings_.server_pid) {
        use.memory_bytes = read_process(*settings_.server_pid).value_or(ProcessUse{}).memory_bytes;
        use.descriptors = count_descriptors(*settings_.server_pid);
    }
    return use;
}

bool AbuseRun::is_process_gone() const
{
    return settings_.server_pid && !read_process(*settings_.server_pid);
}

AbuseFigures run_abuse(const LoadSettings& settings, const AbuseRun::Tick& tick)
{
    constexpr std::size_t kMostConnections = 800; // of the largest crowd, and the probes
    std::vector<const CatalogueEntry*> attacks = chosen_attacks(settings.abuse);
    raise_descriptor_limit(kMostConnections);
    EventLoop loop;
    SignalSet signals(loop, {SIGINT, SIGTERM});
    AbuseFigures figures;
    AbuseRun run(loop, settings, std::move(attacks), figures, tick);
    loop.run(run_until_first_ends(run.run(), wait_for_signal(signals)));
    return figures;
}

} // namespace covnc::load
