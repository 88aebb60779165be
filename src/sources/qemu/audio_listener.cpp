#include "src/sources/qemu/audio_listener.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <string_view>

namespace covnc {

namespace {

constexpr const char* kListener = "org.qemu.Display1.AudioOutListener";
constexpr const char* kProperties = "org.freedesktop.DBus.Properties";
constexpr float kFullVolume = 255;

ByteView read_bytes(sd_bus_message* message)
{
    const void* data = nullptr;
    std::size_t size = 0;
    check_message(sd_bus_message_read_array(message, 'y', &data, &size), "cannot read sound");
    return {static_cast<const std::uint8_t*>(data), size};
}

} // namespace

AudioListener::AudioListener(EventLoop& loop, FileDescriptor socket, Audio& audio)
    : connection_(loop, open_peer(std::move(socket))),
      audio_(audio)
{}

AudioListener::~AudioListener()
{
    audio_.stop();
}

Task<> AudioListener::run()
{
    co_await connection_.become_ready();
    for (;;) {
        const DbusMessage message = co_await connection_.next();
        handle(message.get());
    }
}

void AudioListener::handle(sd_bus_message* call)
{
    try {
        if (sd_bus_message_is_method_call(call, kProperties, "GetAll") > 0) {
            DbusMessage reply = DbusConnection::make_answer(call);
            append(reply, "a{sv}", 0);
            connection_.send_one_way(std::move(reply));
            attached_.set();
        } else if (sd_bus_message_is_method_call(call, kListener, nullptr) > 0) {
            dispatch(call);
            connection_.accept(call);
        } else {
            connection_.refuse(call, "no such method here");
        }
    } catch (const DbusBadMessage& error) {
        spdlog::debug("qemu: sound that cannot be: {}", error.what());
        connection_.refuse(call, error.what());
    }
}

void AudioListener::dispatch(sd_bus_message* call)
{
    const std::string_view member = sd_bus_message_get_member(call);
    if (member == "Write") {
        write(call);
    } else if (member == "Init") {
        init(call);
    } else if (member == "SetEnabled") {
        enable(call);
    } else if (member == "SetVolume") {
        set_volume(call);
    } else if (member == "Fini") {
        require_signature(call, "t");
        std::uint64_t id = 0;
        read(call, "t", &id);
        voices_.erase(id);
        choose();
    } else {
        throw DbusBadMessage("no such method here");
    }
}

void AudioListener::init(sd_bus_message* call)
{
    require_signature(call, "tybbuyuub");
    std::uint64_t id = 0;
    std::uint8_t bits = 0;
    int is_signed = 0;
    int is_float = 0;
    std::uint8_t channels = 0;
    std::uint32_t bytes_a_frame = 0;
    std::uint32_t bytes_a_second = 0;
    int is_big_endian = 0;
    Voice voice;
    read(call,
         "tybbuyuub",
         &id,
         &bits,
         &is_signed,
         &is_float,
         &voice.format.frequency,
         &channels,
         &bytes_a_frame,
         &bytes_a_second,
         &is_big_endian);
    voice.format.bits = bits;
    voice.format.channels = channels;
    voice.format.is_signed = is_signed != 0;
    voice.format.is_float = is_float != 0;
    voice.format.is_big_endian = is_big_endian != 0;
    if (!voice.format.is_valid() || id == 0) {
        throw DbusBadMessage("no such format");
    }
    if (!voices_.contains(id) && voices_.size() >= kMostVoices) {
        throw DbusBadMessage("too many voices");
    }
    voices_.insert_or_assign(id, voice);
    if (heard_ == id) {
        heard_ = 0; // it begins anew
    }
    choose();
}

void AudioListener::enable(sd_bus_message* call)
{
    require_signature(call, "tb");
    std::uint64_t id = 0;
    int is_enabled = 0;
    read(call, "tb", &id, &is_enabled);
    const auto found = voices_.find(id);
    if (found != voices_.end()) {
        found->second.is_enabled = is_enabled != 0;
        choose();
    }
}

void AudioListener::set_volume(sd_bus_message* call)
{
    require_signature(call, "tbay");
    std::uint64_t id = 0;
    int is_muted = 0;
    read(call, "tb", &id, &is_muted);
    const ByteView channels = read_bytes(call);
    const auto found = voices_.find(id);
    if (found == voices_.end() || channels.empty()) {
        return;
    }
    const auto of = [&](std::size_t channel) {
        return is_muted != 0 ? 0.0F : static_cast<float>(channels[channel]) / kFullVolume;
    };
    found->second.volume = {of(0), of(channels.size() > 1 ? 1 : 0)};
    if (id == heard_) {
        audio_.set_volume(found->second.volume[0], found->second.volume[1]);
    }
}

void AudioListener::write(sd_bus_message* call)
{
    require_signature(call, "tay");
    std::uint64_t id = 0;
    read(call, "t", &id);
    if (id == heard_ && heard_ != 0) {
        audio_.play(read_bytes(call));
    }
}

// One voice is heard at a time: the one that was, as long as it plays.
void AudioListener::choose()
{
    const auto heard = voices_.find(heard_);
    if (heard != voices_.end() && heard->second.is_enabled) {
        return;
    }
    const auto next = std::find_if(
        voices_.begin(), voices_.end(), [](const auto& entry) { return entry.second.is_enabled; });
    if (next == voices_.end()) {
        heard_ = 0;
        audio_.stop();
        return;
    }
    heard_ = next->first;
    audio_.set_volume(next->second.volume[0], next->second.volume[1]);
    audio_.start(next->second.format);
}

} // namespace covnc
