#include "src/sources/shm/shm_source.h"

#include "coroutine/combinators.h"
#include "src/no_signal.h"
#include "src/sources/shm/emulator.h"

#include <spdlog/spdlog.h>

#include <system_error>

namespace covnc {

namespace {

constexpr Duration kNoticesEnd = std::chrono::milliseconds(100);
constexpr Duration kLivedWell = std::chrono::seconds(5);

} // namespace

ShmSource::ShmSource(EventLoop& loop, Endpoint socket) : loop_(loop), endpoint_(std::move(socket))
{}

std::unique_ptr<ShmSource> ShmSource::parse(EventLoop& loop, std::string_view path)
{
    if (path.empty()) {
        throw std::invalid_argument("shm: lacks the path of a socket: shm:/run/covnc/emulator");
    }
    try {
        return std::make_unique<ShmSource>(loop, Endpoint::parse("unix:" + std::string(path)));
    } catch (const EndpointError& error) {
        throw std::invalid_argument("shm: " + std::string(error.what()));
    }
}

std::string ShmSource::describe() const
{
    return "shm:" + endpoint_.path();
}

Task<> ShmSource::run(Display& display)
{
    try {
        listen(display);
        for (;;) {
            const TimePoint started = loop_.now();
            const std::string reason = co_await show_next(display);
            report_end(display, reason, loop_.now() - started);
        }
    } catch (const std::system_error& error) {
        throw SourceError(error.what());
    }
}

void ShmSource::listen(Display& display)
{
    if (!listener_) {
        listener_ = std::move(Listener::open(loop_, endpoint_, SOCK_SEQPACKET).front());
        show_no_signal(display, describe(), "waiting for an emulator");
    }
}

Task<std::string> ShmSource::show_next(Display& display)
{
    if (!next_.fd) {
        next_ = co_await listener_->accept_descriptor();
    }
    shm::Emulator emulator(loop_, std::move(next_.fd), display);
    try {
        co_await run_until_first_ends(emulator.run(), refuse_others());
    } catch (const Disconnected&) {
        co_return "the emulator has ended";
    } catch (const shm::ProtocolError& error) {
        co_return error.what();
    }
    co_return "";
}

// Emulators that come and go all the time are one line.
void ShmSource::report_end(Display& display, const std::string& reason, Duration lifetime)
{
    if (reason != last_reason_ || lifetime > kLivedWell) {
        spdlog::warn("source {}: no signal: {}", describe(), reason);
        last_reason_ = reason;
    }
    show_no_signal(display, describe(), reason);
}

// An emulator that is started again may be back before we have noticed that it had gone.
Task<> ShmSource::refuse_others()
{
    for (bool is_first = true;; is_first = false) {
        next_ = co_await listener_->accept_descriptor();
        co_await loop_.sleep_for(kNoticesEnd);
        if (is_first) { // they try again and again
            spdlog::warn("an emulator ({}) is refused: there is one already", next_.peer);
        }
        shm::say_bye(next_.fd.get(), "another emulator is connected");
        next_.fd.reset();
    }
}

} // namespace covnc
