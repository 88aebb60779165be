#include "src/sources/qemu/qemu_source.h"

#include "coroutine/combinators.h"
#include "src/sources/qemu/bus_owner.h"
#include "src/sources/qemu/machine.h"
#include "src/sources/qemu/qmp.h"
#include "src/sources/qemu/socket_pair.h"

#include <spdlog/spdlog.h>

namespace covnc {

namespace {

// Wall time for the authentication of the main connection, which QEMU does beside its main loop.
constexpr Duration kReadyLimit = std::chrono::seconds(2);

// Asked for audio without a bus, QEMU 7.2 crashes. That was put right in March 2023, shortly before
// version 8.0; this is the first of which we are sure.
constexpr struct
{
    int major;
    int minor;
} kPlaysWithoutBus{8, 1};

Task<> become_ready(DbusConnection& connection)
{
    try {
        co_await with_timeout(kReadyLimit, connection.become_ready());
    } catch (const TimedOut&) {
        throw SourceError("no D-Bus authentication within two seconds (a GLib before 2.74.7 cannot "
                          "do it)");
    }
}

} // namespace

// Input goes to the machine, and the display's input comes to the source, while this lives.
class QemuSource::Attachment
{
public:
    Attachment(QemuSource& source, QemuMachine& machine, Display& display)
        : source_(source),
          display_(display)
    {
        source_.machine_ = &machine;
        display_.set_input_sink(&source_);
    }
    ~Attachment()
    {
        display_.set_input_sink(nullptr);
        source_.machine_ = nullptr;
    }
    Attachment(const Attachment&) = delete;
    Attachment& operator=(const Attachment&) = delete;

private:
    QemuSource& source_;
    Display& display_;
};

QemuSource::QemuSource(EventLoop& loop, QemuOptions options)
    : loop_(loop),
      options_(std::move(options)),
      keymap_(std::make_shared<Keymap>(options_.layout, options_.variant))
{}

std::unique_ptr<QemuSource> QemuSource::parse(EventLoop& loop, std::string_view text)
{
    return std::make_unique<QemuSource>(loop, QemuOptions::parse(text));
}

Task<> QemuSource::run(Display& display)
{
    try {
        if (options_.qmp_path.empty()) {
            co_await show_on_bus(display);
        } else {
            co_await show_peer(display);
        }
    } catch (const SourceError&) {
        throw;
    } catch (const DbusDisconnected& error) {
        throw SourceError(std::string("the machine ended, or another program took its display: ") +
                          error.what());
    } catch (const TimedOut&) {
        throw SourceError("the machine does not answer");
    } catch (const std::runtime_error& error) { // QmpError, DbusCallError, std::system_error
        throw SourceError(error.what());
    }
}

Task<> QemuSource::show_peer(Display& display)
{
    SocketPair pair = make_socket_pair();
    bool plays = false;
    {
        // Closed at the end of the block: QEMU serves one QMP client, and others have work for it.
        const std::unique_ptr<Qmp> qmp = co_await Qmp::connect(loop_, options_.qmp_path);
        co_await qmp->add_display_client(std::move(pair.theirs));
        plays = qmp->is_at_least(kPlaysWithoutBus.major, kPlaysWithoutBus.minor);
    }
    DbusConnection connection(loop_, open_peer(std::move(pair.ours)));
    co_await become_ready(connection);
    QemuMachine machine(loop_, connection, "", options_, keymap_, display);
    if (plays) {
        machine.allow_audio();
    }
    const Attachment attachment(*this, machine, display);
    co_await run_until_first_ends(machine.run(), switch_when_asked());
}

Task<> QemuSource::show_on_bus(Display& display)
{
    std::optional<DbusConnection> connection;
    try {
        connection.emplace(loop_, open_bus(options_.bus_address));
    } catch (const DbusDisconnected& error) {
        throw SourceError(error.what()); // says which bus; no machine has ended
    }
    co_await become_ready(*connection);
    const std::string owner = co_await find_bus_owner(*connection, options_.bus_name);
    QemuMachine machine(loop_, *connection, owner, options_, keymap_, display);
    machine.allow_audio();
    const Attachment attachment(*this, machine, display);
    co_await machine.run();
}

void QemuSource::key(const KeyInput& input)
{
    if (machine_ != nullptr) {
        machine_->key(input);
    }
}

void QemuSource::pointer(const PointerInput& input)
{
    if (machine_ != nullptr) {
        machine_->pointer(input);
    }
}

void QemuSource::cut_text(const std::string& text)
{
    if (machine_ != nullptr) {
        machine_->clipboard().copy(text);
    }
}

// kReboot would need the guest's help.
bool QemuSource::switch_power(XvpCode code)
{
    const bool is_possible = code == XvpCode::kShutdown || code == XvpCode::kReset;
    return machine_ != nullptr && has_power() && is_possible && switched_.try_push(code);
}

// Connects anew for each: QEMU serves one QMP client at a time, and others have work for it.
Task<> QemuSource::switch_when_asked()
{
    for (;;) {
        const std::optional<XvpCode> code = co_await switched_.pop();
        const bool resets = code == XvpCode::kReset;
        spdlog::info("qemu: a viewer {} the machine", resets ? "resets" : "shuts down");
        try {
            const std::unique_ptr<Qmp> qmp = co_await Qmp::connect(loop_, options_.qmp_path);
            if (resets) {
                co_await qmp->reset();
            } else {
                co_await qmp->power_down();
            }
        } catch (const QmpError& error) {
            spdlog::warn("qemu: that did not work: {}", error.what());
        }
    }
}

ResizeStatus QemuSource::request_layout(const ScreenLayout& layout)
{
    return machine_ == nullptr ? ResizeStatus::kProhibited : machine_->request_layout(layout);
}

} // namespace covnc
