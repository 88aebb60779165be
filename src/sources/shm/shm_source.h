// Any emulator that puts its screen into shared memory with covnc_display.h: "shm:PATH".
// Loop thread only.
#pragma once

#include "coroutine/listener.h"
#include "src/source.h"

#include <memory>
#include <string>

namespace covnc {

class ShmSource final : public Source
{
public:
    ShmSource(EventLoop& loop, Endpoint socket);

    // path: as after "shm:". Throws std::invalid_argument.
    static std::unique_ptr<ShmSource> parse(EventLoop& loop, std::string_view path);

    // Listens at the path, for this object's life, and shows one emulator after the other, "no
    // signal" in between; others are refused meanwhile. There is no pause between them: whoever
    // waits behind many that are of no use would wait for long. Throws SourceError: it cannot
    // listen; Cancelled.
    Task<> run(Display& display) override;
    std::string describe() const override;

    // Input goes to the emulator itself.
    void key(const KeyInput& /*input*/) override {}
    void pointer(const PointerInput& /*input*/) override {}
    ResizeStatus request_size(Size /*size*/) override { return ResizeStatus::kProhibited; }

private:
    // Returns why it ended.
    Task<std::string> show_next(Display& display);
    Task<> refuse_others();
    void listen(Display& display);
    void report_end(Display& display, const std::string& reason, Duration lifetime);

    EventLoop& loop_;
    Endpoint endpoint_;
    std::unique_ptr<Listener> listener_;
    Newcomer next_; // came while another was there; not refused yet
    std::string last_reason_;
};

} // namespace covnc
