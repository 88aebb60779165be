#include "tests/src/qemu/fake_clipboard.h"

#include <catch2/catch.hpp>

#include <map>

namespace covnc::qemu_test {

namespace {

constexpr const char* kPath = "/org/qemu/Display1/Clipboard";
constexpr const char* kInterface = "org.qemu.Display1.Clipboard";
constexpr const char* kProperties = "org.freedesktop.DBus.Properties";

std::string arguments(sd_bus_message* call)
{
    std::string text;
    const std::string types = sd_bus_message_get_signature(call, 1);
    std::size_t at = 0;
    for (; at < types.size() && types[at] != 'a'; ++at) {
        std::uint32_t number = 0;
        sd_bus_message_read_basic(call, types[at], &number);
        text += " " + std::to_string(number);
    }
    if (at < types.size()) {
        const char* entry = nullptr;
        sd_bus_message_enter_container(call, 'a', "s");
        while (sd_bus_message_read(call, "s", &entry) > 0) {
            text += std::string(" ") + entry;
        }
    }
    return text;
}

} // namespace

void FakeClipboard::answer(DbusConnection& main, sd_bus_message* call)
{
    const std::string member = sd_bus_message_get_member(call);
    // QEMU refuses all others.
    static const std::map<std::string, std::string> kSignatures{{"Register", ""},
                                                                {"Unregister", ""},
                                                                {"Grab", "uuas"},
                                                                {"Release", "u"},
                                                                {"Request", "uas"}};
    REQUIRE(sd_bus_message_get_signature(call, 1) == kSignatures.at(member));
    calls_.push_back(member + arguments(call));
    if (member == "Register") {
        register_peer(main, call);
        return;
    }
    if (member == "Unregister") {
        is_taken = belongs_to_other;
        main_ = nullptr;
    }
    if (member == "Request") {
        sd_bus_message_ref(call);
        kept_.emplace_back(call);
        if (answers_requests) {
            give_answers();
        }
        return;
    }
    main.accept(call);
}

void FakeClipboard::register_peer(DbusConnection& main, sd_bus_message* call)
{
    if (is_taken) {
        main.refuse(call, "Clipboard peer already registered!");
        return;
    }
    main_ = &main;
    is_taken = true;
    const char* const sender = sd_bus_message_get_sender(call);
    peer_ = sender == nullptr ? "" : sender;
    DbusMessage question = make_call("GetAll", kProperties);
    append(question, "s", kInterface);
    send(std::move(question), "GetAll");
    call_register();
    main.accept(call);
}

void FakeClipboard::give_answers()
{
    for (const DbusMessage& call : kept_) {
        DbusMessage reply = DbusConnection::make_answer(call.get());
        append(reply, "s", "text/plain;charset=utf-8");
        REQUIRE(sd_bus_message_append_array(reply.get(), 'y', text.data(), text.size()) >= 0);
        main_->send_one_way(std::move(reply));
    }
    kept_.clear();
}

DbusMessage FakeClipboard::make_call(const char* member, const char* interface) const
{
    REQUIRE(main_ != nullptr);
    return main_->make_call(peer_, kPath, interface, member);
}

void FakeClipboard::send(DbusMessage call, std::string name)
{
    main_->send(std::move(call), [this, name](sd_bus_message* reply) {
        std::string answer = name;
        if (reply == nullptr) {
            return;
        }
        if (sd_bus_message_is_method_error(reply, nullptr) > 0) {
            answer += ": error";
        } else if (name == "Request") {
            const char* type = nullptr;
            const void* bytes = nullptr;
            std::size_t size = 0;
            read(reply, "s", &type);
            sd_bus_message_read_array(reply, 'y', &bytes, &size);
            answer += ": " + std::string(static_cast<const char*>(bytes), size);
        }
        answers_.push_back(answer);
    });
}

void FakeClipboard::call_register()
{
    send(make_call("Register", kInterface), "Register");
}

void FakeClipboard::guest_grabs(std::uint32_t serial, const char* type)
{
    DbusMessage call = make_call("Grab", kInterface);
    append(call, "uuas", 0, serial, 1, type);
    send(std::move(call), "Grab");
}

void FakeClipboard::guest_releases()
{
    DbusMessage call = make_call("Release", kInterface);
    append(call, "u", 0);
    send(std::move(call), "Release");
}

void FakeClipboard::request(std::uint32_t selection, const char* type)
{
    DbusMessage call = make_call("Request", kInterface);
    append(call, "uas", selection, 1, type);
    send(std::move(call), "Request");
}

} // namespace covnc::qemu_test
