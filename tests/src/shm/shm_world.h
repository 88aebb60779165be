// A shm source under its supervisor, a display, and real sockets, in virtual time: it jumps when
// everybody waits. The emulators are covnc_display.h's or the test's own.
#pragma once

#include "rfb/display.h"
#include "src/covnc-display/covnc_display.h"
#include "src/sources/shm/shm_source.h"
#include "tests/src/shm/shm_support.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace covnc::shm_test {

// A folder for sockets, gone with this.
class SocketFolder
{
public:
    SocketFolder();
    ~SocketFolder();
    SocketFolder(const SocketFolder&) = delete;
    SocketFolder& operator=(const SocketFolder&) = delete;

    std::string socket() const { return path_ + "/emulator"; }

private:
    std::string path_;
};

// An emulator that uses the library.
class Machine
{
public:
    explicit Machine(const std::string& path, const char* name = "machine", unsigned flags = 0);

    covnc_display* operator*() const { return display_.get(); }
    // Takes all events that there are.
    void look();
    // Draws everything in one colour and ends the picture.
    void fill(std::uint32_t pixel);
    // Waits in real time until the library has something to do: its timer tells no virtual time.
    void wait() const;
    // Events of this type so far.
    std::vector<covnc_display_event> of(covnc_display_event_type type) const;
    std::size_t count(covnc_display_event_type type) const { return of(type).size(); }
    std::string error() const { return covnc_display_error(display_.get()); }

    std::vector<covnc_display_event> events;

private:
    std::unique_ptr<covnc_display, void (*)(covnc_display*)> display_;
};

// One that says what the test wants.
class RawEmulator
{
public:
    explicit RawEmulator(const std::string& path);

    // False where the daemon has closed.
    bool send(const Bytes& message, int fd = -1) const;
    bool send(const Bytes& message, std::vector<int> fds) const;
    // The words of the next message; nothing: there is none. `closed` tells which of both.
    std::optional<std::vector<std::uint32_t>> receive();
    // The text of the Bye that ends all that is there; "" without one.
    std::string bye();
    bool closed() const { return closed_; }
    void close() { socket_.reset(); }

private:
    FileDescriptor socket_;
    bool closed_ = false;
};

struct World
{
    World(EventLoop& the_loop, Display& the_display, std::string the_path)
        : loop(the_loop),
          display(the_display),
          path(std::move(the_path))
    {}

    // Until everybody waits for somebody else, and every pause is over.
    EventLoop::SleepAwaiter settle() { return loop.sleep_for(std::chrono::seconds(6)); }
    // Shorter than a pause of the supervisor.
    EventLoop::SleepAwaiter turn() { return loop.sleep_for(std::chrono::milliseconds(20)); }
    PixelView front() const { return display.framebuffer().front(); }
    // Whether the display is as large as the emulator's screen, and equal to it.
    bool shows(covnc_display* emulator) const;
    bool shows_no_signal() const { return front().at(0, 0) == 0x10141c; }

    EventLoop& loop;
    Display& display;
    std::string path;
};

using Story = Task<> (*)(World&);

// Throws what the first of source, display and story threw.
void run_story(Story story);

} // namespace covnc::shm_test
