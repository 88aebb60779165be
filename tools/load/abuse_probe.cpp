#include "tools/load/abuse_probe.h"

#include "coroutine/combinators.h"

#include <algorithm>
#include <fmt/format.h>

namespace covnc::load {

namespace {

constexpr Duration kBetweenPictures = std::chrono::milliseconds(50);
constexpr Duration kBeforeReturn = std::chrono::milliseconds(200);

} // namespace

void ProbeWindow::fail(Verdict why, const std::string& text)
{
    if (is_good(verdict) || why == Verdict::kDied) {
        verdict = why;
        problem = text;
    }
}

void Probe::close(ProbeWindow& window)
{
    windows_.remove(&window);
}

void Probe::remember_memory(std::uint64_t bytes)
{
    for (ProbeWindow* window : windows_) {
        window->most_memory_bytes = std::max(window->most_memory_bytes, bytes);
    }
}

void Probe::fail(Verdict why, const std::string& text)
{
    for (ProbeWindow* window : windows_) {
        window->fail(why, text);
    }
}

Task<> Probe::run()
{
    for (;;) {
        std::string failure;
        try {
            co_await connection();
        } catch (const std::exception& error) {
            failure = error.what();
            if (!was_connected_) {
                throw;
            }
        }
        fail(Verdict::kThrownOut, "the probe was thrown out: " + failure);
        co_await loop_.sleep_for(kBeforeReturn);
    }
}

Task<> Probe::connection()
{
    PictureViewer viewer(loop_, settings_, login_);
    co_await viewer.connect(kStall);
    was_connected_ = true;
    co_await run_until_first_ends(viewer.read_messages(), look(viewer), notice_stalls(viewer));
}

Task<> Probe::look(PictureViewer& viewer)
{
    for (;;) {
        co_await viewer.whole_picture();
        seen(viewer);
        co_await loop_.sleep_for(kBetweenPictures);
    }
}

void Probe::seen(const PictureViewer& viewer)
{
    ++pictures_;
    delays_.add(viewer.delay());
    latest_ = viewer.picture();
    for (ProbeWindow* window : windows_) {
        ++window->pictures;
        window->worst_delay = std::max(window->worst_delay, viewer.delay());
    }
    if (!is_expected(latest_)) {
        fail(Verdict::kWrongPixels, "the probe's picture: " + difference_text(*expected_, latest_));
    }
    pictured_.set();
}

// What never comes has no delay to count afterwards.
Task<> Probe::notice_stalls(PictureViewer& viewer)
{
    for (;;) {
        co_await loop_.sleep_for(kBetweenPictures);
        const Duration waiting = viewer.waiting();
        for (ProbeWindow* window : windows_) {
            window->worst_delay = std::max(window->worst_delay, waiting);
        }
        if (waiting > kStall) {
            fail(Verdict::kStalled, "the probe got no picture for 5 s");
        }
    }
}

Task<bool> Probe::next_picture(Duration limit)
{
    bool came = true;
    try {
        // The next may have been asked for before: the one behind it.
        co_await with_timeout(limit, wait_for_picture(pictures_ + 2));
    } catch (const TimedOut&) {
        came = false;
    }
    co_return came;
}

Task<> Probe::wait_for_picture(std::uint64_t wanted)
{
    while (pictures_ < wanted) {
        pictured_.reset();
        co_await pictured_.wait();
    }
}

bool Probe::is_expected(const Picture& picture) const
{
    return !expected_ || changes_ > 0 || picture == *expected_;
}

std::string difference_text(const Picture& wanted, const Picture& got)
{
    if (wanted.size != got.size) {
        return fmt::format("{}x{} instead of {}x{}",
                           got.size.width,
                           got.size.height,
                           wanted.size.width,
                           wanted.size.height);
    }
    std::size_t different = 0;
    std::size_t first = 0;
    for (std::size_t i = 0; i < wanted.pixels.size(); ++i) {
        if (wanted.pixels[i] != got.pixels[i] && different++ == 0) {
            first = i;
        }
    }
    const auto width = static_cast<std::size_t>(std::max(wanted.size.width, 1));
    return fmt::format("{} of {} pixels differ, the first at {},{}",
                       different,
                       wanted.pixels.size(),
                       first % width,
                       first / width);
}

} // namespace covnc::load
