#include "tools/bench/encode_servers.h"

#ifdef COVNC_WITH_LIBVNCSERVER

#include "rfb/client_messages.h"
#include "rfb/constants.h"
#include "tools/bench/cpu_time.h"
#include "tools/bench/viewer_end.h"

#include <rfb/rfb.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <system_error>
#undef max
#undef min

namespace covnc::bench {

namespace {

// Large, where we may: then it never waits for its viewer.
constexpr int kSendBuffer = 1 << 24;

class LibVncServerEncoder final : public EncoderUnderTest
{
public:
    LibVncServerEncoder(Size size, const PeerSettings& settings)
        : size_(size),
          settings_(settings),
          pixels_(static_cast<std::size_t>(size.area()))
    {
        rfbLogEnable(0);
        screen_ = rfbGetScreen(nullptr, nullptr, size.width, size.height, 8, 3, 4);
        screen_->frameBuffer = reinterpret_cast<char*>(pixels_.data());
        // Its own format is the viewer's: nothing to convert.
        screen_->serverFormat.depth = kNativePixelFormat.depth;
        screen_->serverFormat.redShift = kNativePixelFormat.red_shift;
        screen_->serverFormat.blueShift = kNativePixelFormat.blue_shift;
        screen_->cursor = nullptr;
        screen_->autoPort = FALSE;
        screen_->port = 0;
        screen_->ipv6port = 0;
        screen_->maxRectsPerUpdate = 0; // any number: it would send all between them
        rfbInitServer(screen_);
    }
    ~LibVncServerEncoder() override
    {
        viewer_.reset();
        rfbScreenCleanup(screen_);
    }
    LibVncServerEncoder(const LibVncServerEncoder&) = delete;
    LibVncServerEncoder& operator=(const LibVncServerEncoder&) = delete;

    void restart() override
    {
        if (client_ != nullptr) {
            rfbCloseClient(client_);
            rfbClientConnectionGone(client_);
            client_ = nullptr;
        }
        std::array<int, 2> ends{};
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
            throw std::system_error(errno, std::generic_category(), "socketpair");
        }
        for (const int option : {SO_SNDBUF, SO_SNDBUFFORCE}) {
            ::setsockopt(ends[1], SOL_SOCKET, option, &kSendBuffer, sizeof kSendBuffer);
        }
        viewer_ = std::make_unique<ViewerEnd>(FileDescriptor(ends[0]));
        log_in(ends[1]);
    }

    std::int64_t encode(std::span<const SourceRect> rects) override
    {
        for (const SourceRect& rect : rects) {
            show(rect);
        }
        Bytes request;
        FramebufferUpdateRequest{true, Rect::of(size_)}.write(request);
        viewer_->send(request);
        rfbProcessClientMessage(client_);
        viewer_->take();
        const std::int64_t before = thread_cpu_nanoseconds();
        const rfbBool is_sent = rfbSendFramebufferUpdate(client_, client_->modifiedRegion);
        const std::int64_t cost = thread_cpu_nanoseconds() - before;
        if (is_sent == FALSE) {
            throw std::runtime_error("LibVNCServer: an update was not sent");
        }
        message_ = viewer_->take();
        return cost;
    }

    ByteView message() override { return message_; }

    std::vector<Rect> lossy() const override
    {
        return settings_.quality_level ? std::vector{Rect::of(size_)} : std::vector<Rect>();
    }

private:
    // Everything that a viewer says before its first request, at once; then the server reads it.
    void log_in(int socket)
    {
        constexpr std::string_view kVersion = "RFB 003.008\n";
        constexpr int kMessages = 5;
        Bytes said(kVersion.begin(), kVersion.end());
        said.push_back(1); // no authentication
        said.push_back(1); // shared
        SetPixelFormat{kNativePixelFormat}.write(said);
        write_set_encodings(said, encodings());
        viewer_->send(said);
        client_ = rfbNewClient(screen_, socket);
        for (int i = 0; i < kMessages && client_ != nullptr; ++i) {
            rfbProcessClientMessage(client_);
        }
        if (client_ == nullptr || client_->sock < 0 ||
            client_->preferredEncoding != settings_.encoding) {
            throw std::runtime_error("LibVNCServer: no viewer with encoding " +
                                     std::to_string(settings_.encoding));
        }
    }

    std::vector<std::int32_t> encodings() const
    {
        std::vector<std::int32_t> list{settings_.encoding,
                                       static_cast<std::int32_t>(PseudoEncoding::kLastRect)};
        if (settings_.compress_level) {
            list.push_back(kCompressionLevel0 + *settings_.compress_level);
        }
        if (settings_.quality_level) {
            list.push_back(kQualityLevel0 + *settings_.quality_level);
        }
        return list;
    }

    void show(const SourceRect& rect)
    {
        const WritablePixelView all(pixels_.data(), size_, size_.width);
        const Rect& to = rect.position;
        for (std::int32_t y = 0; y < to.height; ++y) {
            std::copy_n(rect.pixels.row(y), to.width, all.row(to.y + y) + to.x);
        }
        rfbMarkRectAsModified(screen_, to.x, to.y, to.right(), to.bottom());
    }

    Size size_;
    PeerSettings settings_;
    std::vector<std::uint32_t> pixels_;
    rfbScreenInfoPtr screen_ = nullptr;
    rfbClientPtr client_ = nullptr;
    std::unique_ptr<ViewerEnd> viewer_;
    Bytes message_;
};

} // namespace

std::unique_ptr<EncoderUnderTest> make_libvncserver_encoder(Size size, const PeerSettings& settings)
{
    return std::make_unique<LibVncServerEncoder>(size, settings);
}

} // namespace covnc::bench

#else

namespace covnc::bench {

std::unique_ptr<EncoderUnderTest> make_libvncserver_encoder(Size, const PeerSettings&)
{
    throw std::runtime_error("built without LibVNCServer");
}

} // namespace covnc::bench

#endif
