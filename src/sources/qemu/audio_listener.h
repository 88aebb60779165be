// Our end of org.qemu.Display1.AudioOutListener: QEMU calls us, over a socket of its own, with what
// the machine plays. Loop thread only.
//
// As with the picture's listener, QEMU's main loop stands still until we have authenticated and
// answered its GetAll, and it queues without bound what we do not read.
#pragma once

#include "rfb/audio.h"
#include "src/sources/qemu/dbus_connection.h"

#include <array>
#include <map>

namespace covnc {

class AudioListener
{
public:
    // As QemuListener. audio must live longer; nothing plays in it any more when this goes.
    AudioListener(EventLoop& loop, FileDescriptor socket, Audio& audio);
    ~AudioListener();
    AudioListener(const AudioListener&) = delete;
    AudioListener& operator=(const AudioListener&) = delete;

    // Takes what comes, until the machine closes the connection. Throws DbusDisconnected,
    // Cancelled.
    Task<> run();
    // Set when QEMU has got what it blocks on.
    Event& attached() { return attached_; }

private:
    // A machine that has more at once is wrong.
    static constexpr std::size_t kMostVoices = 16;

    // One that QEMU mixes; most machines have one.
    struct Voice
    {
        PcmFormat format;
        bool is_enabled = false;
        std::array<float, 2> volume{1, 1};
    };

    void handle(sd_bus_message* call);
    void dispatch(sd_bus_message* call);
    void init(sd_bus_message* call);
    void enable(sd_bus_message* call);
    void set_volume(sd_bus_message* call);
    void write(sd_bus_message* call);
    void choose();

    DbusConnection connection_;
    Audio& audio_;
    Event attached_;
    std::map<std::uint64_t, Voice> voices_;
    std::uint64_t heard_ = 0; // the voice that plays in audio_; 0: none
};

} // namespace covnc
