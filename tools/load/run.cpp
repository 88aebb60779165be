#include "tools/load/run.h"

#include "coroutine/combinators.h"
#include "coroutine/signals.h"
#include "coroutine/task_scope.h"
#include "tools/load/descriptor_limit.h"
#include "tools/load/process_watch.h"
#include "tools/load/verify.h"
#include "tools/load/viewer.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <unistd.h>

namespace covnc::load {

namespace {

constexpr Duration kQuiet = std::chrono::milliseconds(700);
constexpr Duration kLook = std::chrono::milliseconds(50);
constexpr Duration kQuietLimit = std::chrono::seconds(15);

Duration seconds_of(double seconds)
{
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

// Which share each of `count` viewers belongs to: at every moment as close to the shares as can be.
// Beyond the shares: -1.
template <typename T>
std::vector<int> deal(const std::vector<Share<T>>& shares, std::size_t count)
{
    std::vector<double> owed(shares.size() + 1);
    double rest = 100;
    for (const Share<T>& share : shares) {
        rest -= share.percent;
    }
    std::vector<int> dealt(count);
    for (int& who : dealt) {
        for (std::size_t i = 0; i < owed.size(); ++i) {
            owed[i] += i < shares.size() ? shares[i].percent : rest;
        }
        const auto most = std::max_element(owed.begin(), owed.end());
        *most -= 100;
        const auto index = static_cast<std::size_t>(most - owed.begin());
        who = index < shares.size() ? static_cast<int>(index) : -1;
    }
    return dealt;
}

std::string name_of(const LinkProfile& link)
{
    const auto ms = [](Duration time) {
        return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
    };
    std::string name;
    if (link.bandwidth != 0) {
        name = std::to_string(link.bandwidth * 8 / 1000) + " kbit/s";
    }
    if (link.delay != Duration::zero()) {
        name += (name.empty() ? "" : ", ") + ms(2 * link.delay) + " ms";
    }
    if (link.jitter != Duration::zero()) {
        name += (name.empty() ? "" : ", ") + ms(link.jitter) + " ms jitter";
    }
    if (link.stall_share > 0) {
        name += (name.empty() ? "" : ", ") +
                std::to_string(static_cast<int>(link.stall_share * 100)) + " % stalls";
    }
    return name;
}

class Run
{
public:
    Run(EventLoop& loop, const LoadSettings& settings, Figures& figures, LoadObserver& observer)
        : loop_(loop),
          settings_(settings),
          figures_(figures),
          observer_(observer),
          login_(loop, settings),
          state_{loop, settings, figures, observer, login_}
    {
        make_viewers();
    }

    Task<> run()
    {
        started_ = loop_.now();
        TaskScope scope(co_await current_context());
        scope.spawn(keep_timeline());
        std::exception_ptr failure;
        try {
            co_await phases(scope);
        } catch (...) {
            failure = std::current_exception();
        }
        stop_counting();
        co_await scope.cancel_and_join();
        for (const std::unique_ptr<Viewer>& viewer : viewers_) {
            figures_.viewers.push_back(viewer->figures());
        }
        if (failure) {
            std::rethrow_exception(failure);
        }
    }

private:
    void make_viewers()
    {
        const std::vector<int> kinds = deal(settings_.mix, settings_.clients);
        std::vector<int> links = deal(settings_.links, settings_.clients);
        // Kinds, links and lives are independent of each other; the same in each run.
        std::mt19937 random(1);
        std::shuffle(links.begin(), links.end(), random);
        std::vector<Share<int>> lives;
        lives.push_back({settings_.reconnects.percent, 0});
        std::vector<int> comes_back = deal(lives, settings_.clients);
        std::shuffle(comes_back.begin(), comes_back.end(), random);
        std::map<std::string, int> probes;
        std::map<std::string, int> shown;
        for (std::size_t i = 0; i < settings_.clients; ++i) {
            Viewer::Role role;
            role.kind = settings_.mix[static_cast<std::size_t>(kinds[i])].value;
            if (links[i] >= 0) {
                role.link = settings_.links[static_cast<std::size_t>(links[i])].value;
                role.link_name = name_of(role.link);
            }
            if (comes_back[i] == 0 && settings_.reconnects.percent > 0) {
                role.life = seconds_of(settings_.reconnects.value);
            }
            role.seed = static_cast<std::uint32_t>(i) * 7919U + 1;
            role.is_shown = settings_.shows_pictures && shown[role.link_name]++ == 0;
            role.is_probe =
                settings_.probe && role.life == Duration::max() && probes[role.link_name]++ == 0;
            viewers_.push_back(std::make_unique<Viewer>(state_, std::move(role)));
        }
        if (settings_.depth == Depth::kVerify) {
            Viewer::Role role;
            role.kind = parse_mix("raw").front().value;
            role.is_reference = true;
            reference_ = std::make_unique<Viewer>(state_, std::move(role));
        }
    }

    Task<> phases(TaskScope& scope)
    {
        if (reference_) {
            scope.spawn(reference_->run());
        }
        for (std::size_t i = 0; i < viewers_.size(); ++i) {
            const double share = static_cast<double>(i) / static_cast<double>(viewers_.size());
            const TimePoint due = started_ + seconds_of(settings_.ramp * share);
            if (due > loop_.now()) {
                co_await loop_.sleep_until(due);
            }
            scope.spawn(viewers_[i]->run());
        }
        co_await loop_.sleep_until(started_ + seconds_of(settings_.ramp));
        co_await wait_for_first_frames();
        start_counting();
        co_await loop_.sleep_for(seconds_of(settings_.seconds));
        stop_counting();
        if (reference_) {
            co_await verify();
        }
    }

    // Until everybody has had one, where the settings give time for that.
    Task<> wait_for_first_frames()
    {
        const TimePoint limit = loop_.now() + seconds_of(settings_.patience);
        while (figures_.first_frame.count() < viewers_.size() && loop_.now() < limit) {
            co_await loop_.sleep_for(kLook);
        }
    }

    void start_counting()
    {
        state_.is_counting = true;
        observer_.counting_starts();
        counting_since_ = loop_.now();
        own_before_ = read_process(getpid()).value_or(ProcessUse{}).cpu_seconds;
        if (settings_.server_pid) {
            if (const auto use = read_process(*settings_.server_pid)) {
                figures_.server.emplace();
                figures_.server->cpu_seconds = -use->cpu_seconds;
                figures_.server->memory_before_bytes = use->memory_bytes;
            }
        }
    }

    void stop_counting()
    {
        if (!state_.is_counting) {
            return;
        }
        state_.is_counting = false;
        observer_.counting_ends();
        figures_.seconds = std::chrono::duration<double>(loop_.now() - counting_since_).count();
        figures_.own_cpu_seconds =
            read_process(getpid()).value_or(ProcessUse{}).cpu_seconds - own_before_;
        if (figures_.server) {
            const auto use = read_process(*settings_.server_pid);
            figures_.server->cpu_seconds += use ? use->cpu_seconds : -figures_.server->cpu_seconds;
        }
    }

    Task<> verify()
    {
        state_.is_settling = true;
        VerifyFigures result;
        const TimePoint limit = loop_.now() + kQuietLimit;
        while (!result.went_quiet && loop_.now() < limit) {
            co_await loop_.sleep_for(kQuiet / 7);
            result.went_quiet = loop_.now() - state_.last_pixels >= kQuiet;
        }
        if (result.went_quiet && reference_->decoder() != nullptr) {
            result = compare_with(*reference_, viewers_);
            result.went_quiet = true;
        }
        figures_.verify = std::move(result);
    }

    Task<> keep_timeline()
    {
        TimelinePoint last;
        std::uint64_t updates = 0;
        std::uint64_t bytes = 0;
        double cpu = 0;
        for (TimePoint due = started_;;) {
            due += std::chrono::seconds(1);
            co_await loop_.sleep_until(due);
            TimelinePoint point;
            point.seconds = std::chrono::duration<double>(loop_.now() - started_).count();
            const double time = point.seconds - last.seconds;
            point.connected = figures_.connected;
            point.updates_per_second = static_cast<double>(figures_.updates - updates) / time;
            point.bytes_per_second = static_cast<double>(figures_.bytes - bytes) / time;
            updates = figures_.updates;
            bytes = figures_.bytes;
            if (settings_.server_pid) {
                const ProcessUse use = read_process(*settings_.server_pid).value_or(ProcessUse{});
                point.server_cpu_percent = cpu == 0 ? 0 : (use.cpu_seconds - cpu) / time * 100;
                point.server_memory_bytes = use.memory_bytes;
                cpu = use.cpu_seconds;
                if (figures_.server) {
                    std::uint64_t& most = figures_.server->memory_most_bytes;
                    most = std::max(most, use.memory_bytes);
                }
            }
            figures_.timeline.push_back(point);
            last = point;
            observer_.second_passed(figures_);
        }
    }

    EventLoop& loop_;
    const LoadSettings& settings_;
    Figures& figures_;
    LoadObserver& observer_;
    ViewerLogin login_;
    LoadState state_;
    std::vector<std::unique_ptr<Viewer>> viewers_;
    std::unique_ptr<Viewer> reference_;
    TimePoint started_{};
    TimePoint counting_since_{};
    double own_before_ = 0;
};

Task<> wait_for_signal(SignalSet& signals)
{
    co_await signals.next();
}

} // namespace

Figures run_load(const LoadSettings& settings, LoadObserver& observer)
{
    raise_descriptor_limit(settings.clients);
    EventLoop loop;
    SignalSet signals(loop, {SIGINT, SIGTERM});
    Figures figures;
    Run run(loop, settings, figures, observer);
    loop.run(run_until_first_ends(run.run(), wait_for_signal(signals)));
    return figures;
}

} // namespace covnc::load
