#include "tools/bench/fanout_server.h"

#ifdef COVNC_WITH_LIBVNCSERVER

#include "rfb/framebuffer.h"
#include "tools/bench/player.h"

#include <rfb/rfb.h>

#include <algorithm>
#undef max
#undef min

namespace covnc::bench {

namespace {

// Its picture, compared cell by cell as our display does: it is told exactly what changed.
class Screen
{
public:
    Screen(FileDescriptor listening, const ServerPlan& plan, Board& board)
        : listening_(std::move(listening)),
          player_(plan.sequence, board),
          framebuffer_(player_.size()),
          pixels_(static_cast<std::size_t>(player_.size().area())),
          board_(board)
    {
        rfbLogEnable(0);
        screen_ =
            rfbGetScreen(nullptr, nullptr, player_.size().width, player_.size().height, 8, 3, 4);
        screen_->frameBuffer = reinterpret_cast<char*>(pixels_.data());
        screen_->serverFormat.redShift = 16;
        screen_->serverFormat.blueShift = 0;
        screen_->alwaysShared = TRUE;
        screen_->deferUpdateTime = 0;
        screen_->cursor = nullptr;
        screen_->autoPort = FALSE;
        screen_->port = 0;
        screen_->ipv6port = 0;
        rfbInitServer(screen_);
        screen_->listenSock = listening_.get();
        FD_SET(screen_->listenSock, &screen_->allFds);
        screen_->maxFd = std::max(screen_->maxFd, static_cast<int>(screen_->listenSock));
    }

    // Frame after frame, each with whatever comes until the next is due. The source waits while
    // this takes longer: an update then costs what one frame costs, as with a server that keeps up.
    void run()
    {
        TimePoint next = std::chrono::steady_clock::now();
        for (;;) {
            show_frame();
            next = std::max(next + kFrameTime, std::chrono::steady_clock::now());
            do {
                const auto left = std::chrono::duration_cast<std::chrono::microseconds>(
                    next - std::chrono::steady_clock::now());
                rfbProcessEvents(screen_, std::max<long>(left.count(), 0));
            } while (std::chrono::steady_clock::now() < next);
        }
    }

private:
    void show_frame()
    {
        std::vector<CopyRect> moves;
        const std::uint64_t version = framebuffer_.version();
        framebuffer_.commit(player_.draw(framebuffer_.back(), moves));
        for (const Rect& rect : framebuffer_.changed_since(version).rects()) {
            take_over(rect);
        }
        board_.commits = framebuffer_.version();
    }

    void take_over(const Rect& rect)
    {
        const WritablePixelView all(pixels_.data(), player_.size(), player_.size().width);
        for (std::int32_t y = rect.y; y < rect.bottom(); ++y) {
            std::copy_n(framebuffer_.front().row(y) + rect.x, rect.width, all.row(y) + rect.x);
        }
        rfbMarkRectAsModified(screen_, rect.x, rect.y, rect.right(), rect.bottom());
    }

    FileDescriptor listening_;
    Player player_;
    Framebuffer framebuffer_;
    std::vector<std::uint32_t> pixels_;
    Board& board_;
    rfbScreenInfoPtr screen_ = nullptr;
};

} // namespace

void serve_with_libvncserver(FileDescriptor listening, const ServerPlan& plan, Board& board)
{
    Screen screen(std::move(listening), plan, board);
    screen.run();
}

bool has_libvncserver()
{
    return true;
}

} // namespace covnc::bench

#else

namespace covnc::bench {

void serve_with_libvncserver(FileDescriptor, const ServerPlan&, Board&)
{
    throw std::runtime_error("built without LibVNCServer");
}

bool has_libvncserver()
{
    return false;
}

} // namespace covnc::bench

#endif
