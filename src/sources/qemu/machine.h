// One QEMU machine, for as long as it is connected: reads its properties, has its picture drawn
// into a Display, passes input on. Loop thread only.
#pragma once

#include "src/sources/qemu/listener.h"
#include "src/sources/qemu/machine_clipboard.h"
#include "src/sources/qemu/machine_input.h"
#include "src/sources/qemu/qemu_options.h"

namespace covnc {

class QemuMachine
{
public:
    // connection: ready. owner: the machine's unique name on the bus, empty without a bus. All
    // must live longer. options: console is what counts here.
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

    MachineInput& input() { return input_; }
    MachineClipboard& clipboard() { return clipboard_; }
    ResizeStatus request_size(Size size);

private:
    // Wall time. For an answer of a machine that may be busy; for what its main loop waits for.
    static constexpr Duration kAnswerLimit = std::chrono::seconds(10);
    static constexpr Duration kAttachLimit = std::chrono::seconds(1);

    Task<> read_messages();
    Task<> show();
    Task<> follow(QemuListener& listener);
    Task<> attach(FileDescriptor their_end, QemuListener& listener);
    Task<> hear();
    Task<> attach_audio(FileDescriptor their_end, Event& attached);
    Task<> hand_over(FileDescriptor their_end, DbusMessage call);
    Task<> read_machine();
    Task<> read_console();
    Task<PropertyMap> get_all(std::string path, std::string interface);
    DbusMessage make_get_all(const std::string& path, const std::string& interface) const;
    void handle(sd_bus_message* message);
    void handle_signal(sd_bus_message* signal);
    void apply(const PropertyMap& properties);
    void ask_size();

    EventLoop& loop_;
    DbusConnection& connection_;
    std::string owner_;
    std::uint32_t console_;
    std::string console_path_;
    Display& display_;
    MachineInput input_;
    MachineClipboard clipboard_;
    QemuListener* listener_ = nullptr; // while there is one
    std::string name_;
    Size size_; // of the console, by its properties
    bool size_is_asked_ = false;
    bool cannot_resize_ = false;
    bool may_hear_ = false;
};

} // namespace covnc
