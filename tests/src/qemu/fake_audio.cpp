#include "tests/src/qemu/fake_audio.h"

#include "tests/src/qemu/fake_qemu.h"

#include <catch2/catch.hpp>

#include <sys/socket.h>

namespace covnc::qemu_test {

namespace {

constexpr const char* kPath = "/org/qemu/Display1/AudioOutListener";
constexpr const char* kInterface = "org.qemu.Display1.AudioOutListener";
constexpr const char* kProperties = "org.freedesktop.DBus.Properties";

void append_bytes(const DbusMessage& message, const std::vector<std::uint8_t>& bytes)
{
    REQUIRE(sd_bus_message_append_array(message.get(), 'y', bytes.data(), bytes.size()) >= 0);
}

} // namespace

Task<> FakeAudio::serve(EventLoop& loop, FileDescriptor socket)
{
    if (!authenticates) {
        silent_ = std::move(socket);
        co_return;
    }
    connection_.emplace(loop, serve_peer(std::move(socket)));
    try {
        co_await connection_->become_ready();
        if (asks) {
            DbusMessage question = connection_->make_call("", kPath, kProperties, "GetAll");
            append(question, "s", kInterface);
            connection_->send(std::move(question), [this](sd_bus_message* answer) {
                if (answer != nullptr) {
                    attached_.set();
                }
            });
        }
        for (;;) {
            const DbusMessage ignored = co_await connection_->next();
        }
    } catch (const DbusDisconnected&) {
        has_ended_ = true;
    }
}

DbusMessage FakeAudio::make_call(const char* member)
{
    REQUIRE(connection_);
    return connection_->make_call("", kPath, kInterface, member);
}

void FakeAudio::send(DbusMessage message)
{
    REQUIRE(sd_bus_message_set_expect_reply(message.get(), 0) >= 0);
    connection_->send_one_way(std::move(message));
}

void FakeAudio::init(std::uint64_t id, std::uint32_t frequency, std::uint8_t bits)
{
    DbusMessage call = make_call("Init");
    const std::uint32_t frame = 2U * bits / 8U;
    append(call, "tybbuyuub", id, bits, 1, 0, frequency, 2, frame, frame * frequency, 0);
    send(std::move(call));
}

void FakeAudio::enable(std::uint64_t id, bool is_enabled)
{
    DbusMessage call = make_call("SetEnabled");
    append(call, "tb", id, is_enabled ? 1 : 0);
    send(std::move(call));
}

void FakeAudio::set_volume(std::uint64_t id, bool is_muted, std::vector<std::uint8_t> channels)
{
    DbusMessage call = make_call("SetVolume");
    append(call, "tb", id, is_muted ? 1 : 0);
    append_bytes(call, channels);
    send(std::move(call));
}

void FakeAudio::write(std::uint64_t id, const std::vector<std::uint8_t>& pcm)
{
    DbusMessage call = make_call("Write");
    append(call, "t", id);
    append_bytes(call, pcm);
    send(std::move(call));
}

void FakeAudio::end(std::uint64_t id)
{
    DbusMessage call = make_call("Fini");
    append(call, "t", id);
    send(std::move(call));
}

void FakeAudio::close()
{
    ::shutdown(sd_bus_get_fd(connection_->bus()), SHUT_RDWR);
}

} // namespace covnc::qemu_test
