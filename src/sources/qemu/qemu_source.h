// The `qemu` source: a QEMU machine through its D-Bus display, point to point (QMP hands QEMU a
// socket) or over a message bus. Loop thread only.
#pragma once

#include "coroutine/queue.h"
#include "src/source.h"
#include "src/sources/qemu/keymap.h"
#include "src/sources/qemu/qemu_options.h"

namespace covnc {

class QemuMachine;

class QemuSource final : public Source
{
public:
    // Throws std::invalid_argument for a keyboard layout that does not exist.
    QemuSource(EventLoop& loop, QemuOptions options);

    // text: what follows "qemu:". Throws std::invalid_argument.
    static std::unique_ptr<QemuSource> parse(EventLoop& loop, std::string_view text);

    Task<> run(Display& display) override;
    std::string describe() const override { return "qemu:" + options_.text(); }

    void key(const KeyInput& input) override;
    void pointer(const PointerInput& input) override;
    void cut_text(const std::string& text) override;
    ResizeStatus request_size(Size size) override
    {
        return request_layout(ScreenLayout::single(size));
    }
    ResizeStatus request_layout(const ScreenLayout& layout) override;
    // Through QMP, so not over a bus.
    bool has_power() const override { return !options_.qmp_path.empty(); }
    bool switch_power(XvpCode code) override;

private:
    class Attachment;

    Task<> show_peer(Display& display);
    Task<> show_on_bus(Display& display);
    Task<> switch_when_asked();

    EventLoop& loop_;
    QemuOptions options_;
    std::shared_ptr<const Keymap> keymap_;
    QemuMachine* machine_ = nullptr; // while connected
    Queue<XvpCode> switched_{1};     // a wish that came from a viewer
};

} // namespace covnc
