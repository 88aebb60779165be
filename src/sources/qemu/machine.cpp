#include "src/sources/qemu/machine.h"

#include "coroutine/combinators.h"
#include "src/source.h"
#include "src/sources/qemu/audio_listener.h"
#include "src/sources/qemu/socket_pair.h"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace covnc {

namespace {

constexpr const char* kMachinePath = "/org/qemu/Display1/VM";
constexpr const char* kMachineInterface = "org.qemu.Display1.VM";
constexpr const char* kAudioPath = "/org/qemu/Display1/Audio";
constexpr const char* kAudio = "org.qemu.Display1.Audio";
constexpr const char* kProperties = "org.freedesktop.DBus.Properties";

std::string list(const std::vector<std::uint32_t>& numbers)
{
    std::string text;
    for (const std::uint32_t number : numbers) {
        text += (text.empty() ? "" : ", ") + std::to_string(number);
    }
    return text.empty() ? "none" : text;
}

} // namespace

QemuMachine::QemuMachine(EventLoop& loop,
                         DbusConnection& connection,
                         std::string owner,
                         const QemuOptions& options,
                         std::shared_ptr<const Keymap> keymap,
                         Display& display)
    : loop_(loop),
      connection_(connection),
      owner_(std::move(owner)),
      wanted_(options.console),
      has_tablet_for_each_(options.has_tablet_for_each),
      keymap_(std::move(keymap)),
      display_(display),
      clipboard_(connection, owner_, display)
{}

Task<> QemuMachine::run()
{
    co_await run_until_first_ends(read_messages(), show());
}

Task<> QemuMachine::read_messages()
{
    for (;;) {
        const DbusMessage message = co_await connection_.next();
        try {
            handle(message.get());
        } catch (const DbusBadMessage& error) {
            spdlog::debug("qemu: a message was ignored: {}", error.what());
        }
    }
}

void QemuMachine::handle(sd_bus_message* message)
{
    if (sd_bus_message_is_method_call(message, nullptr, nullptr) <= 0) {
        handle_signal(message);
    } else if (!clipboard_.answer(message)) {
        connection_.refuse(message, "no such method here");
    }
}

void QemuMachine::handle_signal(sd_bus_message* signal)
{
    if (sd_bus_message_is_signal(signal, "org.freedesktop.DBus", "NameOwnerChanged") > 0) {
        const char* name = nullptr;
        const char* before = nullptr;
        const char* after = nullptr;
        read(signal, "sss", &name, &before, &after);
        if (!owner_.empty() && before == owner_) {
            throw SourceError("the machine ended: it has left the bus");
        }
        return;
    }
    const char* const path = sd_bus_message_get_path(signal);
    if (path != nullptr && sd_bus_message_is_signal(signal, kProperties, "PropertiesChanged") > 0) {
        for (const auto& console : consoles_) {
            console->properties_changed(path, signal);
        }
    }
}

Task<> QemuMachine::show()
{
    const Numbers numbers = co_await read_machine();
    make_consoles(numbers);
    for (const auto& console : consoles_) {
        co_await console->read();
    }
    // Without a pause between them: viewers see all come at once.
    for (const auto& console : consoles_) {
        console->open();
    }
    std::exception_ptr error;
    try {
        co_await run_until_first_ends(follow(), attach());
    } catch (...) {
        error = std::current_exception();
    }
    clipboard_.stop();
    std::rethrow_exception(error);
}

// The first that ends ends all.
Task<> QemuMachine::follow()
{
    TaskScope scope(co_await current_context());
    std::exception_ptr failed_to_start;
    try {
        for (const auto& console : consoles_) {
            scope.spawn(console->follow());
        }
    } catch (...) {
        failed_to_start = std::current_exception();
        scope.cancel();
    }
    co_await scope.join();
    if (failed_to_start) {
        std::rethrow_exception(failed_to_start);
    }
}

Task<> QemuMachine::attach()
{
    for (const auto& console : consoles_) {
        co_await console->attach();
    }
    const std::string name = name_.empty() ? "a machine" : name_;
    if (wanted_) {
        spdlog::info("qemu: showing console {} of {}", *wanted_, name);
    } else {
        spdlog::info("qemu: showing {} consoles of {}", consoles_.size(), name);
    }
    clipboard_.start();
    co_await hear();
    Event never;
    co_await never.wait();
}

// Until there is nothing more to be heard. That is no reason to show nothing.
Task<> QemuMachine::hear()
{
    if (!may_hear_) {
        co_return;
    }
    try {
        SocketPair pair = make_socket_pair();
        AudioListener listener(loop_, std::move(pair.ours), display_.audio());
        co_await run_until_first_ends(listener.run(),
                                      attach_audio(std::move(pair.theirs), listener.attached()));
    } catch (const DbusCallError& error) {
        spdlog::debug("qemu: the machine has no audio for D-Bus: {}", error.what());
    } catch (const DbusDisconnected& error) {
        spdlog::info("qemu: nothing more to be heard: {}", error.what());
    } catch (const TimedOut&) {
        spdlog::warn("qemu: the machine did not finish connecting its audio in time; closed");
    }
}

Task<> QemuMachine::attach_audio(FileDescriptor their_end, Event& attached)
{
    DbusMessage call = connection_.make_call(owner_, kAudioPath, kAudio, "RegisterOutListener");
    co_await hand_over(connection_, std::move(their_end), std::move(call));
    co_await with_timeout(kAttachLimit, wait_for(attached));
    spdlog::info("qemu: listening to the machine's audio");
    Event never;
    co_await never.wait();
}

// Returns the consoles to show.
Task<QemuMachine::Numbers> QemuMachine::read_machine()
{
    const PropertyMap machine =
        co_await get_properties(connection_, owner_, kMachinePath, kMachineInterface);
    const auto* const name = find_property<std::string>(machine, "Name");
    if (name != nullptr && !name->empty()) {
        name_ = *name;
        display_.set_name(name_);
    }
    const auto* const consoles = find_property<Numbers>(machine, "ConsoleIDs");
    if (!wanted_) {
        Numbers all = consoles == nullptr ? Numbers() : *consoles;
        co_return co_await choose_graphic(std::move(all));
    }
    if (consoles != nullptr &&
        std::find(consoles->begin(), consoles->end(), *wanted_) == consoles->end()) {
        throw SourceError("the machine has no console " + std::to_string(*wanted_) + "; it has " +
                          list(*consoles));
    }
    co_return Numbers(1, *wanted_);
}

// Those that are no terminals.
Task<QemuMachine::Numbers> QemuMachine::choose_graphic(Numbers all)
{
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    if (all.size() > kMostConsoles) {
        throw SourceError("the machine has more than " + std::to_string(kMostConsoles) +
                          " consoles: show one of them (console=N)");
    }
    Numbers graphic;
    for (const std::uint32_t number : all) {
        const PropertyMap console =
            co_await get_properties(connection_, owner_, console_path(number), kConsoleInterface);
        const auto* const type = find_property<std::string>(console, "Type");
        if (type == nullptr || *type != "Text") {
            graphic.push_back(number);
        }
    }
    if (graphic.empty()) {
        throw SourceError("the machine has no graphic console; it has " + list(all));
    }
    co_return graphic;
}

void QemuMachine::make_consoles(const Numbers& numbers)
{
    std::vector<std::uint32_t> ids;
    for (const std::uint32_t number : numbers) {
        // Of several, each keeps its own for ever; that of a single one is the usual one.
        ids.push_back(wanted_ ? ScreenLayout::kDefaultScreenId : number + 1);
    }
    side_by_side_.emplace(display_, ids);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        consoles_.push_back(std::make_unique<QemuConsole>(
            loop_, connection_, owner_, numbers[i], keymap_, *side_by_side_, i));
    }
}

// QEMU gives the keys of any console to the machine's one keyboard, unless it has one for each.
void QemuMachine::key(const KeyInput& input)
{
    if (!consoles_.empty()) {
        consoles_[0]->input().key(input);
    }
}

// A button that is held keeps the pointer on the console where it went down.
void QemuMachine::pointer(const PointerInput& input)
{
    if (consoles_.empty()) {
        return;
    }
    if (!holds_button_ && display_.pointer_absolute().value) {
        const std::size_t below = side_by_side_->find(input.position);
        side_by_side_->point_at(below);
        pointer_ = has_tablet_for_each_ ? below : side_by_side_->largest();
    }
    holds_button_ = input.buttons != 0;
    PointerInput told = input;
    told.position = has_tablet_for_each_ ? side_by_side_->place_on(pointer_, input.position)
                                         : side_by_side_->place_for_all(pointer_, input.position);
    consoles_[pointer_]->input().pointer(told);
}

ResizeStatus QemuMachine::request_layout(const ScreenLayout& layout)
{
    if (consoles_.empty()) {
        return ResizeStatus::kProhibited;
    }
    if (consoles_.size() == 1) {
        return consoles_[0]->request_size(Rect::of(layout.size));
    }
    const std::optional<std::vector<Rect>> places = side_by_side_->places_in(layout);
    if (!places) {
        return ResizeStatus::kInvalidLayout;
    }
    for (std::size_t i = 0; i < consoles_.size(); ++i) {
        if (consoles_[i]->cannot_resize() && (*places)[i].size() != side_by_side_->size(i)) {
            return ResizeStatus::kProhibited;
        }
    }
    ResizeStatus status = ResizeStatus::kProhibited;
    for (std::size_t i = 0; i < consoles_.size(); ++i) {
        if (consoles_[i]->request_size((*places)[i]) == ResizeStatus::kForwarded) {
            status = ResizeStatus::kForwarded;
        }
    }
    return status;
}

} // namespace covnc
