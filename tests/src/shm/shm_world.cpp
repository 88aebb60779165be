#include "tests/src/shm/shm_world.h"

#include "coroutine/combinators.h"
#include "src/supervisor.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace covnc::shm_test {

SocketFolder::SocketFolder() : path_("/tmp/covnc-shm-XXXXXX")
{
    REQUIRE(::mkdtemp(path_.data()) != nullptr);
}

SocketFolder::~SocketFolder()
{
    ::unlink(socket().c_str());
    ::rmdir(path_.c_str());
}

Machine::Machine(const std::string& path, const char* name, unsigned flags)
    : display_(covnc_display_open(path.c_str(), name, flags), covnc_display_close)
{
    REQUIRE(display_ != nullptr);
}

void Machine::look()
{
    covnc_display_event event;
    while (covnc_display_next_event(display_.get(), &event) != 0) {
        events.push_back(event);
    }
}

void Machine::fill(std::uint32_t pixel)
{
    const unsigned width = covnc_display_width(display_.get());
    const unsigned height = covnc_display_height(display_.get());
    std::fill_n(covnc_display_pixels(display_.get()), std::size_t{width} * height, pixel);
    covnc_display_damage(display_.get(), 0, 0, static_cast<int>(width), static_cast<int>(height));
    covnc_display_frame(display_.get());
}

void Machine::wait() const
{
    constexpr int kPatience = 60'000; // milliseconds
    pollfd waiting{covnc_display_fd(display_.get()), POLLIN, 0};
    REQUIRE(::poll(&waiting, 1, kPatience) == 1);
}

std::vector<covnc_display_event> Machine::of(covnc_display_event_type type) const
{
    std::vector<covnc_display_event> found;
    std::copy_if(events.begin(), events.end(), std::back_inserter(found), [&](const auto& event) {
        return event.type == type;
    });
    return found;
}

RawEmulator::RawEmulator(const std::string& path)
    : socket_(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0))
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
}

bool RawEmulator::send(const Bytes& message, int fd) const
{
    return send(message, fd < 0 ? std::vector<int>() : std::vector{fd});
}

bool RawEmulator::send(const Bytes& message, std::vector<int> fds) const
{
    iovec vector{const_cast<std::uint8_t*>(message.data()), message.size()}; // only read
    alignas(cmsghdr) std::array<char, CMSG_SPACE(4 * sizeof(int))> control{};
    const std::size_t bytes = fds.size() * sizeof(int);
    REQUIRE(fds.size() <= 4);
    msghdr header{};
    header.msg_iov = &vector;
    header.msg_iovlen = 1;
    if (!fds.empty()) {
        header.msg_control = control.data();
        header.msg_controllen = CMSG_SPACE(bytes);
        cmsghdr* const head = CMSG_FIRSTHDR(&header);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(bytes);
        std::memcpy(CMSG_DATA(head), fds.data(), bytes);
    }
    return ::sendmsg(socket_.get(), &header, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
}

std::optional<std::vector<std::uint32_t>> RawEmulator::receive()
{
    std::array<std::uint32_t, 256> buffer{};
    const ssize_t length = ::recv(socket_.get(), buffer.data(), sizeof buffer, MSG_DONTWAIT);
    if (length <= 0) {
        closed_ = length == 0 || errno != EAGAIN;
        return {};
    }
    const auto count = (static_cast<std::size_t>(length) + 3) / 4;
    return std::vector<std::uint32_t>(buffer.begin(),
                                      buffer.begin() + static_cast<std::ptrdiff_t>(count));
}

std::string RawEmulator::bye()
{
    std::string text;
    while (const auto message = receive()) {
        if (message->front() == 107) {
            const auto* const letters = reinterpret_cast<const char*>(message->data() + 1);
            text.assign(letters, (message->size() - 1) * 4);
        }
    }
    return text.substr(0, text.find('\0'));
}

bool World::shows(covnc_display* emulator) const
{
    const PixelView picture = front();
    const std::uint32_t* const pixels = covnc_display_pixels(emulator);
    if (picture.width() != static_cast<std::int32_t>(covnc_display_width(emulator)) ||
        picture.height() != static_cast<std::int32_t>(covnc_display_height(emulator))) {
        return false;
    }
    for (std::int32_t y = 0; y < picture.height(); ++y) {
        const std::uint32_t* const row =
            pixels + static_cast<std::size_t>(y) * static_cast<std::size_t>(picture.width());
        if (!std::equal(row, row + picture.width(), picture.row(y))) {
            return false;
        }
    }
    return true;
}

namespace {

Task<> play(Story story, const std::string& path)
{
    const TaskContext context = co_await current_context();
    ThreadPool pool(*context.loop, 1);
    DisplaySettings settings;
    settings.size = {64, 48};
    Display display(context, pool, settings);
    const std::unique_ptr<ShmSource> source = ShmSource::parse(*context.loop, path);
    World world(*context.loop, display, path);
    co_await run_until_first_ends(display.run(), supervise(*source, display), story(world));
}

} // namespace

void run_story(Story story)
{
    const SocketFolder folder;
    VirtualClock clock;
    EventLoop loop(&clock);
    loop.run(play(story, folder.socket()));
}

} // namespace covnc::shm_test
