#include "tests/src/libvncserver_session.h"

#include <rfb/rfb.h>
#include <rfb/rfbclient.h>
#include <turbojpeg.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <optional>
#include <poll.h>
#include <random>
#include <stdexcept>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace covnc::test {

namespace {

constexpr int kWidth = 211; // no multiple of any tile
constexpr int kHeight = 157;
constexpr unsigned kFrames = 9;
constexpr int kWaitMicroseconds = 5000;
constexpr int kPatienceInWaits = 12000; // a minute

void check(bool good, const char* what)
{
    if (!good) {
        throw std::runtime_error(what);
    }
}

// Passes bytes on between two sockets until either end closes, and keeps those of the first.
class Tap
{
public:
    // server, client: our ends; this owns them.
    Tap(int server, int client) : server_(server), client_(client), thread_(&Tap::run, this) {}
    ~Tap()
    {
        thread_.join();
        ::close(server_);
        ::close(client_);
    }
    Tap(const Tap&) = delete;
    Tap& operator=(const Tap&) = delete;

    // The server has gone, and all that it sent has been passed on.
    bool is_done() const { return done_; }
    // Joins: both ends must have gone.
    std::vector<std::uint8_t> bytes()
    {
        ::shutdown(server_, SHUT_RDWR);
        ::shutdown(client_, SHUT_RDWR);
        while (!done_) {
            std::this_thread::yield();
        }
        return bytes_;
    }

private:
    void run()
    {
        std::array<pollfd, 2> ends{{{server_, POLLIN, 0}, {client_, POLLIN, 0}}};
        bool goes_on = true;
        while (goes_on && ::poll(ends.data(), ends.size(), -1) > 0) {
            goes_on = (ends[0].revents == 0 || pass(server_, client_, true)) &&
                      (ends[1].revents == 0 || pass(client_, server_, false));
        }
        done_ = true;
    }

    bool pass(int from, int to, bool keeps)
    {
        std::array<std::uint8_t, 65536> buffer{};
        const ssize_t count = ::recv(from, buffer.data(), buffer.size(), 0);
        if (count <= 0) {
            return false;
        }
        if (keeps) {
            bytes_.insert(bytes_.end(), buffer.begin(), buffer.begin() + count);
        }
        return ::send(to, buffer.data(), static_cast<std::size_t>(count), MSG_NOSIGNAL) == count;
    }

    int server_;
    int client_;
    std::vector<std::uint8_t> bytes_;
    std::atomic<bool> done_ = false;
    std::thread thread_;
};

// LibVNCServer on a thread of its own; draws a frame when it is told.
class Server
{
public:
    // socket: its end; LibVNCServer closes it.
    explicit Server(int socket) : pixels_(std::size_t{kWidth} * kHeight)
    {
        rfbLogEnable(FALSE);
        screen_ = rfbGetScreen(nullptr, nullptr, kWidth, kHeight, 8, 3, 4);
        screen_->frameBuffer = reinterpret_cast<char*>(pixels_.data());
        screen_->serverFormat.redShift = 16;
        screen_->serverFormat.greenShift = 8;
        screen_->serverFormat.blueShift = 0;
        screen_->deferUpdateTime = 0;
        // It keeps its cursor: LibVNCServer 0.9.14 does not survive a move without one.
        screen_->autoPort = FALSE;
        screen_->port = 0; // listens nowhere
        screen_->ipv6port = 0;
        rfbInitServer(screen_);
        draw(0);
        rfbNewClient(screen_, socket);
        thread_ = std::thread(&Server::run, this);
    }
    ~Server()
    {
        stop_ = true;
        thread_.join();
        rfbShutdownServer(screen_, TRUE);
        rfbScreenCleanup(screen_);
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    void show(unsigned frame) { wanted_ = frame; }

private:
    void run()
    {
        for (unsigned frame = 0; !stop_;) {
            rfbProcessEvents(screen_, kWaitMicroseconds);
            if (wanted_ > frame) {
                draw(++frame);
            }
        }
    }

    void draw(unsigned frame)
    {
        if (frame % 3 == 2) {
            rfbDoCopyRect(screen_, 20, 10, 120, 60, 7, 3);
            return;
        }
        std::minstd_rand random(frame + 1);
        for (int y = 0; y < kHeight; ++y) {
            for (int x = 0; x < kWidth; ++x) {
                pixels_[static_cast<std::size_t>(y * kWidth + x)] = pixel(x, y, frame, random);
            }
        }
        rfbMarkRectAsModified(screen_, 0, 0, kWidth, kHeight);
    }

    // Blocks of a few colours; or stripes of flat colour, two colours, a few, a gradient, noise.
    static std::uint32_t pixel(int x, int y, unsigned frame, std::minstd_rand& random)
    {
        if (frame % 3 == 1) {
            return 0x203050U * (1 + static_cast<std::uint32_t>(x / 24 + y / 20) % 5);
        }
        const auto bits = static_cast<std::uint32_t>(random());
        const auto phase = static_cast<int>(frame) * 5;
        switch ((y + phase) / 32 % 5) {
        case 0:
            return 0x4060a0;
        case 1:
            return (bits & 3U) == 0 ? 0xffffffU : 0U;
        case 2:
            return 0x102030U * (1 + bits % 12);
        case 3:
            return static_cast<std::uint32_t>(x) << 16U | static_cast<std::uint32_t>(y) << 8U |
                   static_cast<std::uint32_t>((x + y) / 2);
        default:
            return bits & 0xffffffU;
        }
    }

    std::vector<std::uint32_t> pixels_;
    rfbScreenInfoPtr screen_ = nullptr;
    std::atomic<unsigned> wanted_ = 0;
    std::atomic<bool> stop_ = false;
    std::thread thread_;
};

// libvncclient at the other end; the test's thread.
class Client
{
public:
    Client(int socket, const std::string& encodings, int quality, const PixelFormat& format)
        : encodings_(encodings)
    {
        rfbEnableClientLogging = FALSE;
        client_ = rfbGetClient(8, 3, static_cast<int>(format.bytes_per_pixel()));
        rfbClientSetClientData(client_, &tag_, this);
        client_->format.bitsPerPixel = format.bits_per_pixel;
        client_->format.depth = format.depth;
        client_->format.redMax = format.red_max;
        client_->format.greenMax = format.green_max;
        client_->format.blueMax = format.blue_max;
        client_->format.redShift = format.red_shift;
        client_->format.greenShift = format.green_shift;
        client_->format.blueShift = format.blue_shift;
        client_->appData.encodingsString = encodings_.c_str();
        client_->appData.enableJPEG = quality >= 0 ? TRUE : FALSE;
        client_->appData.qualityLevel = std::max(quality, 0);
        client_->FinishedFrameBufferUpdate = [](rfbClient* client) {
            ++static_cast<Client*>(rfbClientGetClientData(client, &tag_))->updates;
        };
        client_->sock = socket;
        check(InitialiseRFBConnection(client_) != FALSE, "the login failed");
        client_->width = client_->si.framebufferWidth;
        client_->height = client_->si.framebufferHeight;
        check(client_->MallocFrameBuffer(client_) != FALSE, "no memory for a framebuffer");
        client_->updateRect = {0, 0, client_->width, client_->height};
        check(SetFormatAndEncodings(client_) != FALSE, "the encodings were not sent");
        check(SendFramebufferUpdateRequest(client_, 0, 0, client_->width, client_->height, FALSE) !=
                  FALSE,
              "no request was sent");
    }
    ~Client()
    {
        std::free(client_->frameBuffer);
        client_->frameBuffer = nullptr;
        if (client_->tjhnd != nullptr) {
            tjDestroy(client_->tjhnd); // 0.9.14 forgets it
            client_->tjhnd = nullptr;
        }
        rfbClientCleanup(client_);
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void read_until(unsigned count)
    {
        for (int waits = 0; updates < count; ++waits) {
            check(waits < kPatienceInWaits, "an update did not come");
            const int ready = WaitForMessage(client_, kWaitMicroseconds);
            check(ready >= 0, "the connection is gone");
            check(ready == 0 || HandleRFBServerMessage(client_) != FALSE, "a message is wrong");
        }
    }

    // All that the tap has passed on or still does.
    void read_rest(const Tap& tap)
    {
        for (;;) {
            const bool is_all = tap.is_done();
            const bool has_more =
                client_->buffered > 0 || WaitForMessage(client_, kWaitMicroseconds) > 0;
            if (!has_more && is_all) {
                return;
            }
            check(!has_more || HandleRFBServerMessage(client_) != FALSE, "a message is wrong");
        }
    }

    std::vector<std::uint8_t> pixels(const PixelFormat& format) const
    {
        const std::size_t count = std::size_t{kWidth} * kHeight * format.bytes_per_pixel();
        return {client_->frameBuffer, client_->frameBuffer + count};
    }

    unsigned updates = 0;

private:
    static inline int tag_ = 0; // its address is the key of client data
    std::string encodings_;
    rfbClient* client_ = nullptr;
};

} // namespace

RecordedSession record_session(const std::string& encodings, int quality, const PixelFormat& format)
{
    int server_ends[2] = {-1, -1};
    int client_ends[2] = {-1, -1};
    check(::socketpair(AF_UNIX, SOCK_STREAM, 0, server_ends) == 0 &&
              ::socketpair(AF_UNIX, SOCK_STREAM, 0, client_ends) == 0,
          "no sockets");
    RecordedSession session;
    session.size = {kWidth, kHeight};
    Tap tap(server_ends[1], client_ends[1]);
    {
        std::optional<Server> server(std::in_place, server_ends[0]);
        Client client(client_ends[0], encodings, quality, format);
        // A frame is drawn when the one before has arrived. It may come in two updates, so that
        // there may be one more on its way at the end.
        for (unsigned frame = 1; frame <= kFrames; ++frame) {
            client.read_until(frame);
            server->show(frame);
        }
        client.read_until(kFrames + 1);
        server.reset();
        client.read_rest(tap);
        session.pixels = client.pixels(format);
        session.updates = client.updates;
    }
    session.server_bytes = tap.bytes();
    return session;
}

} // namespace covnc::test
