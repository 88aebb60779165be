// What an emulator is to be told, while it does not read. Bounded: values that a newer one replaces
// are replaced, pointer motion is added up, and where keys and buttons pile up all the same they
// are dropped and everything that is held down is let go. Loop thread only.
#pragma once

#include "coroutine/event.h"
#include "coroutine/message_socket.h"
#include "rfb/input_sink.h"
#include "src/sources/shm/messages.h"

#include <deque>
#include <vector>

namespace covnc::shm {

class Outbox
{
public:
    // Keys and buttons; beside them there are a few values.
    static constexpr std::size_t kMostWaiting = 256;
    static constexpr std::size_t kMostHeld = 64; // keys down at once; one more lets the oldest go

    // Only the newest of its type counts: FrameTaken, Resize, Viewers.
    void set(const DaemonMessage& message);
    void key(const KeyInput& input);
    void pointer(const PointerInput& input);

    // Sends until cancelled. Throws Disconnected, Cancelled.
    Task<> send_to(MessageSocket& socket);

    std::size_t waiting() const { return messages_.size(); }

private:
    void push(const DaemonMessage& message);
    // For another key or button; false where everything had to be let go instead.
    bool make_room();
    void let_everything_go();

    std::deque<DaemonMessage> messages_;
    std::vector<KeyInput> held_; // the emulator was told so, or will be; the oldest first
    PointerInput last_pointer_;
    Event has_messages_;
};

} // namespace covnc::shm
