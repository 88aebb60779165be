// Everything a daemon may send to an emulator that uses covnc_display.h, and whatever the emulator
// calls in between.
//
// The input is records: a byte that says what it is, a byte of length, and as many bytes. Below 128
// it is a message of the daemon; else a call, with the bytes as its numbers.
#include "coroutine/file_descriptor.h"
#include "src/covnc-display/covnc_display.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace {

using covnc::FileDescriptor;
using Bytes = std::span<const std::uint8_t>;

constexpr std::uint8_t kCall = 128;

// Listens for all inputs.
class Listener
{
public:
    Listener() : socket_(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0))
    {
        if (::mkdtemp(folder_.data()) == nullptr) {
            std::abort();
        }
        path_ = folder_ + "/socket";
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path_.copy(address.sun_path, sizeof address.sun_path - 1);
        if (::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
            ::listen(socket_.get(), 8) != 0) {
            std::abort();
        }
    }
    ~Listener()
    {
        ::unlink(path_.c_str());
        ::rmdir(folder_.c_str());
    }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    const char* path() const { return path_.c_str(); }
    FileDescriptor accept() const
    {
        return FileDescriptor(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    }

private:
    std::string folder_ = "/tmp/covnc-fuzz-XXXXXX";
    std::string path_;
    FileDescriptor socket_;
};

void look(covnc_display* display)
{
    covnc_display_event event;
    while (covnc_display_next_event(display, &event) != 0) {
        // What an emulator would do with it must be safe.
        if (event.type == COVNC_DISPLAY_EVENT_POINTER && covnc_display_pixels(display) != nullptr) {
            const std::size_t row = covnc_display_stride(display) / 4;
            covnc_display_pixels(display)[static_cast<std::size_t>(event.y) * row +
                                          static_cast<std::size_t>(event.x)] = event.buttons;
        } else if (event.type == COVNC_DISPLAY_EVENT_RESIZE &&
                   std::size_t{event.width} * event.height < 65'536) {
            covnc_display_resize(display, event.width, event.height);
        }
    }
}

void call(covnc_display* display, std::uint8_t what, Bytes body)
{
    std::array<int, 4> n{};
    std::memcpy(n.data(), body.data(), std::min(sizeof n, body.size()));
    const std::array<std::uint32_t, 64> arrow{};
    switch (what % 8) {
    case 0:
        covnc_display_resize(display, n[0] & 127, n[1] & 127);
        break;
    case 1:
        covnc_display_damage(display, n[0], n[1], n[2], n[3]);
        break;
    case 2:
        covnc_display_frame(display);
        break;
    case 3:
        covnc_display_cursor(display,
                             n[0] & 7,
                             n[1] & 7,
                             static_cast<unsigned>(n[2]),
                             static_cast<unsigned>(n[3]),
                             arrow.data());
        break;
    case 4:
        covnc_display_leds(display, static_cast<unsigned>(n[0]));
        break;
    case 5:
        covnc_display_pointer_mode(display, n[0]);
        break;
    default:
        look(display);
    }
}

void read_all(int socket)
{
    std::array<char, 4096> buffer{};
    while (::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT) > 0) {
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const Listener listener;
    covnc_display* const display = covnc_display_open(listener.path(), "fuzz", 1);
    if (display == nullptr) {
        std::abort();
    }
    const FileDescriptor daemon = listener.accept();
    Bytes rest(data, size);
    while (rest.size() >= 2) {
        const std::uint8_t kind = rest[0];
        const std::size_t length = std::min<std::size_t>(rest[1], rest.size() - 2);
        const Bytes body = rest.subspan(2, length);
        rest = rest.subspan(2 + length);
        if (kind >= kCall) {
            call(display, kind, body);
        } else {
            ::send(daemon.get(), body.data(), body.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        }
        if (kind % 2 == 0) {
            read_all(daemon.get());
        }
    }
    look(display);
    covnc_display_close(display);
    return 0;
}
