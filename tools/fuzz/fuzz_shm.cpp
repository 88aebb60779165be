// Everything an emulator may send to the shm source: a real one on a socket pair, on virtual time.
//
// The input is records: a byte that says what it is, two bytes of length (little-endian), and as
// many bytes. Below 128 it is a message; the byte's low bits choose the descriptor that goes along.
// From 128 on it is what a viewer does: a key, the pointer or a wish for a size.
#include "coroutine/combinators.h"
#include "src/sources/shm/emulator.h"
#include "tools/fuzz/session_under_test.h"

#include <spdlog/spdlog.h>

#include <array>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using namespace covnc;
using namespace covnc::shm;

constexpr std::int64_t kMostPixels = 1 << 14;
constexpr std::uint8_t kViewer = 128;

int make_memory(off_t bytes, int seals)
{
    const int fd = memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    const std::array<std::uint32_t, 64> pixels{1, 2, 0xff000003, 4};
    if (ftruncate(fd, bytes) != 0 || pwrite(fd, pixels.data(), sizeof pixels, 0) < 0 ||
        fcntl(fd, F_ADD_SEALS, seals) != 0) {
        std::abort();
    }
    return fd;
}

// One of those that an emulator may send along; made once, and never changed.
int descriptor(unsigned choice)
{
    static const std::array<int, 7> all = {make_memory(kMostPixels * 8, F_SEAL_SHRINK),
                                           make_memory(1024, F_SEAL_SHRINK),
                                           make_memory(1024, 0),
                                           make_memory(off_t{1} << 40, F_SEAL_SHRINK),
                                           ::open("/dev/zero", O_RDONLY | O_CLOEXEC),
                                           ::open("/", O_RDONLY | O_CLOEXEC),
                                           -1};
    return choice < all.size() ? all.at(choice) : -1;
}

class Records
{
public:
    explicit Records(ByteView input) : rest_(input) {}

    // False at the end.
    bool next()
    {
        if (rest_.size() < 3) {
            return false;
        }
        kind = rest_[0];
        const std::size_t length = rest_[1] | static_cast<std::size_t>(rest_[2]) << 8U;
        rest_ = rest_.subspan(3);
        body = rest_.first(std::min(length, rest_.size()));
        rest_ = rest_.subspan(body.size());
        return true;
    }

    std::uint8_t kind = 0;
    ByteView body;

private:
    ByteView rest_;
};

void do_as_viewer(Display& display, const Records& record)
{
    std::array<std::int16_t, 4> numbers{};
    std::memcpy(numbers.data(), record.body.data(), std::min(sizeof numbers, record.body.size()));
    const auto unsigned_number = [&](std::size_t i) {
        return static_cast<std::uint16_t>(numbers.at(i));
    };
    InputRouter& input = display.input();
    if (record.kind % 4 == 0) {
        KeyInput key;
        key.keysym = unsigned_number(0);
        key.down = (numbers[1] & 1) != 0;
        if ((numbers[1] & 2) != 0) {
            key.scancode = static_cast<std::uint8_t>(numbers[2]);
        }
        input.key(&display, key);
    } else if (record.kind % 4 == 1) {
        const bool relative = numbers[3] != 0;
        input.pointer(
            &display, {numbers[0], numbers[1]}, unsigned_number(2), display.size(), relative);
    } else if (record.kind % 4 == 2) {
        input.release(&display);
    } else if (input.sink() != nullptr) {
        input.sink()->request_size({numbers[0], numbers[1]});
    }
}

// Ends the emulator's side when all is said.
Task<> play(EventLoop& loop, FileDescriptor socket, Display& display, ByteView bytes)
{
    MessageSocket emulator(loop, std::move(socket));
    Records records(bytes);
    while (records.next()) {
        if (records.kind >= kViewer) {
            co_await loop.sleep_for(std::chrono::milliseconds(20));
            do_as_viewer(display, records);
            continue;
        }
        while (!emulator.try_send(records.body, descriptor(records.kind % 8U))) {
            co_await loop.sleep_for(std::chrono::milliseconds(20));
        }
    }
    co_await loop.sleep_for(std::chrono::seconds(1));
}

Task<> converse(Emulator& emulator)
{
    try {
        co_await emulator.run();
    } catch (const std::exception&) { // NOLINT(bugprone-empty-catch): how every input ends
    }
}

Task<> play_until_gone(EventLoop& loop, FileDescriptor socket, Display& display, ByteView bytes)
{
    try {
        co_await play(loop, std::move(socket), display, bytes);
    } catch (const Disconnected&) { // NOLINT(bugprone-empty-catch): the source did not want more
    }
}

Task<> run(EventLoop& loop, ByteView bytes)
{
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        std::abort();
    }
    FileDescriptor theirs(ends[1]);
    const TaskContext context = co_await current_context();
    fuzz::InlinePool pool(loop);
    DisplaySettings settings;
    settings.size = {16, 16};
    settings.max_pixels = kMostPixels;
    Display display(context, pool, settings);
    Emulator emulator(loop, FileDescriptor(ends[0]), display);
    co_await run_until_first_ends(display.run(),
                                  converse(emulator),
                                  play_until_gone(loop, std::move(theirs), display, bytes));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    spdlog::set_level(spdlog::level::off);
    VirtualClock clock;
    EventLoop loop(&clock);
    loop.run(run(loop, ByteView(data, size)));
    return 0;
}
