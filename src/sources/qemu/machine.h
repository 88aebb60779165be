// One QEMU machine, for as long as it is connected: reads its properties, has its picture drawn
// into a Display, passes input on. Loop thread only.
#pragma once

#include "src/sources/qemu/console.h"
#include "src/sources/qemu/machine_clipboard.h"
#include "src/sources/qemu/qemu_options.h"

namespace covnc {

class QemuMachine
{
public:
    // A machine has at most so many consoles that are shown side by side; QEMU's largest graphics
    // card has so many outputs.
    static constexpr std::size_t kMostConsoles = 16;

    // connection: ready. owner: the machine's unique name on the bus, empty without a bus. All
    // must live longer. options: console and tablets are what counts here.
    QemuMachine(EventLoop& loop,
                DbusConnection& connection,
                std::string owner,
                const QemuOptions& options,
                std::shared_ptr<const Keymap> keymap,
                Display& display);
    QemuMachine(const QemuMachine&) = delete;
    QemuMachine& operator=(const QemuMachine&) = delete;

    // To be called before run() where QEMU may be asked for what the machine plays: some versions
    // crash when they are asked without a bus.
    void allow_audio() { may_hear_ = true; }
    // Until the machine ends. Throws SourceError, DbusDisconnected, DbusCallError, TimedOut,
    // Cancelled; never returns.
    Task<> run();

    // As InputSink's.
    void key(const KeyInput& input);
    void pointer(const PointerInput& input);
    ResizeStatus request_layout(const ScreenLayout& layout);
    MachineClipboard& clipboard() { return clipboard_; }

private:
    using Numbers = std::vector<std::uint32_t>; // of consoles, QEMU's

    // Wall time, for what QEMU's main loop waits for.
    static constexpr Duration kAttachLimit = std::chrono::seconds(1);

    Task<> read_messages();
    Task<> show();
    Task<> follow();
    Task<> attach();
    Task<> hear();
    Task<> attach_audio(FileDescriptor their_end, Event& attached);
    Task<Numbers> read_machine();
    Task<Numbers> choose_graphic(Numbers all);
    void make_consoles(const Numbers& numbers);
    void handle(sd_bus_message* message);
    void handle_signal(sd_bus_message* signal);

    EventLoop& loop_;
    DbusConnection& connection_;
    std::string owner_;
    std::optional<std::uint32_t> wanted_; // the one console to show, or all
    bool has_tablet_for_each_;
    std::shared_ptr<const Keymap> keymap_;
    Display& display_;
    MachineClipboard clipboard_;
    std::optional<SideBySide> side_by_side_; // once it is known what there is
    std::vector<std::unique_ptr<QemuConsole>> consoles_;
    std::size_t pointer_ = 0; // the console whose pointer it is that moves
    bool holds_button_ = false;
    std::string name_;
    bool may_hear_ = false;
};

} // namespace covnc
