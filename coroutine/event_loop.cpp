#include "coroutine/event_loop.h"

#include "coroutine/descriptor.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <system_error>

namespace covnc {

namespace {

constexpr Duration kForever = Duration::max();

[[noreturn]] void throw_errno(const char* what)
{
    throw std::system_error(errno, std::generic_category(), what);
}

} // namespace

void Timer::arm(TimePoint when)
{
    disarm();
    if (when != TimePoint::max()) {
        entry_ = loop_.timers_.emplace(when, this);
    }
}

void Timer::disarm() noexcept
{
    if (entry_) {
        loop_.timers_.erase(*entry_);
        entry_.reset();
    }
}

EventLoop::EventLoop(Clock* clock)
    : clock_(clock != nullptr ? clock : &real_clock_),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      wakeup_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
    if (!epoll_ || !wakeup_) {
        throw_errno("cannot create the event loop");
    }
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;
    event.data.ptr = nullptr; // the one entry that is no Descriptor
    if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wakeup_.get(), &event) != 0) {
        throw_errno("cannot register the wakeup descriptor");
    }
}

EventLoop::~EventLoop() = default;

void EventLoop::post(std::function<void()> function)
{
    bool was_empty = false;
    {
        const std::lock_guard lock(posts_mutex_);
        was_empty = posts_.empty();
        posts_.push_back(std::move(function));
    }
    if (was_empty) {
        const std::uint64_t one = 1;
        // The counter cannot overflow and the descriptor is ours: nothing to check.
        [[maybe_unused]] const auto written = ::write(wakeup_.get(), &one, sizeof one);
    }
}

void EventLoop::turn()
{
    collect_events();
    resume_ready();
}

void EventLoop::resume_ready()
{
    // Only what is ready now: whoever becomes ready meanwhile waits for the next turn, so that
    // coroutines that wake each other cannot keep descriptors and timers from being looked at.
    WaiterList batch;
    batch.splice(ready_);
    while (!batch.is_empty()) {
        const std::coroutine_handle<> handle = batch.pop_front().handle_;
        handle.resume();
    }
}

void EventLoop::collect_events()
{
    if (clock_ != &real_clock_ && time_to_next_event() > Duration::zero()) {
        // A virtual clock jumps where nothing but time could wake us.
        collect_descriptors(Duration::zero());
        if (ready_.is_empty() && expected_posts_ == 0 && !timers_.empty()) {
            clock_->skip_to(timers_.begin()->first);
        }
    }
    collect_descriptors(time_to_next_event());
    fire_timers();
}

Duration EventLoop::time_to_next_event() const
{
    if (!ready_.is_empty()) {
        return Duration::zero();
    }
    if (timers_.empty()) {
        return kForever;
    }
    return std::max(timers_.begin()->first - clock_->now(), Duration::zero());
}

void EventLoop::collect_descriptors(Duration timeout)
{
    constexpr std::size_t kBatch = 256;
    std::array<epoll_event, kBatch> events; // NOLINT(cppcoreguidelines-pro-type-member-init)
    const auto seconds = std::chrono::floor<std::chrono::seconds>(timeout);
    const timespec limit{seconds.count(), (timeout - seconds).count()};
    const int count = epoll_pwait2(
        epoll_.get(), events.data(), kBatch, timeout == kForever ? nullptr : &limit, nullptr);
    if (count < 0 && errno != EINTR) {
        throw_errno("epoll_pwait2");
    }
    if (timeout > Duration::zero()) {
        ++wakeups_;
    }
    bool has_posts = false;
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        if (event.data.ptr == nullptr) {
            has_posts = true;
        } else {
            static_cast<Descriptor*>(event.data.ptr)->dispatch(event.events);
        }
    }
    // Last: what they do, or what goes with them, may destroy a Descriptor of this batch.
    if (has_posts) {
        run_posts();
    }
}

void EventLoop::fire_timers()
{
    const TimePoint now = clock_->now();
    while (!timers_.empty() && timers_.begin()->first <= now) {
        Timer* const timer = timers_.begin()->second;
        timer->disarm();
        timer->fire();
    }
}

void EventLoop::run_posts()
{
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(wakeup_.get(), &count, sizeof count);
    std::vector<std::function<void()>> posts;
    {
        const std::lock_guard lock(posts_mutex_);
        posts.swap(posts_);
    }
    for (const auto& function : posts) {
        function();
    }
}

Descriptor::Descriptor(EventLoop& loop, FileDescriptor fd) : loop_(loop), fd_(std::move(fd))
{
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = this;
    if (epoll_ctl(loop_.epoll_.get(), EPOLL_CTL_ADD, fd_.get(), &event) != 0) {
        throw_errno("cannot register a descriptor");
    }
}

Descriptor::~Descriptor()
{
    // Not left to close(): a duplicate of the descriptor elsewhere would keep it registered.
    epoll_ctl(loop_.epoll_.get(), EPOLL_CTL_DEL, fd_.get(), nullptr);
}

void Descriptor::dispatch(std::uint32_t events) noexcept
{
    const bool broken = (events & (EPOLLERR | EPOLLHUP)) != 0;
    is_ending_ = is_ending_ || broken || (events & EPOLLRDHUP) != 0;
    if (is_ending_ || (events & EPOLLIN) != 0) {
        may_be_readable_ = true;
        if (reader_ != nullptr) {
            std::exchange(reader_, nullptr)->wake();
        }
    }
    if (writer_ != nullptr && (broken || (events & EPOLLOUT) != 0)) {
        std::exchange(writer_, nullptr)->wake();
    }
}

} // namespace covnc
