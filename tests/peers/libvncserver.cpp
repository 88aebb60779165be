// A server made of libvncserver, for tests of our viewer's side: a picture of text, lines, colours
// and noise that moves for some seconds from the first viewer on, and a line that shows what is
// typed. Prints the port that it listens on, on 127.0.0.1.
//
//     covnc-test-libvncserver [SECONDS [tell]]
#include <rfb/rfb.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

namespace {

constexpr int kWidth = 640;
constexpr int kHeight = 480;
constexpr int kLineTop = 440; // of the line that keys change

class Picture
{
public:
    Picture() : pixels_(std::size_t{kWidth} * kHeight, 0x203040)
    {
        for (int y = 0; y < kHeight / 2; ++y) {
            for (int x = kWidth / 2; x < kWidth; ++x) {
                at(x, y) = static_cast<std::uint32_t>((x / 3) << 16 | (y & 255) << 8 | 128);
            }
        }
    }

    char* data() { return reinterpret_cast<char*>(pixels_.data()); }

    void draw_frame(rfbScreenInfoPtr screen, unsigned frame)
    {
        draw_text(frame);
        draw_noise(frame);
        const int x = static_cast<int>(frame * 7 % (kWidth - 60));
        fill(x, 380, 60, 40, frame % 2 == 0 ? 0xd03020 : 0x20a040);
        rfbMarkRectAsModified(screen, 0, 0, kWidth / 2, 200);
        rfbMarkRectAsModified(screen, 400, 260, 464, 324);
        rfbMarkRectAsModified(screen, 0, 380, kWidth, 420);
    }

    void draw_key(rfbScreenInfoPtr screen, rfbKeySym key)
    {
        if (column_ + 10 > kWidth) {
            fill(0, kLineTop, kWidth, 16, 0);
            rfbMarkRectAsModified(screen, 0, kLineTop, kWidth, kLineTop + 16);
            column_ = 0;
        }
        glyph(column_, kLineTop, static_cast<unsigned>(key));
        rfbMarkRectAsModified(screen, column_, kLineTop, column_ + 8, kLineTop + 16);
        column_ += 10;
    }

private:
    std::uint32_t& at(int x, int y)
    {
        return pixels_[static_cast<std::size_t>(y) * kWidth + static_cast<std::size_t>(x)];
    }

    void fill(int x, int y, int width, int height, std::uint32_t colour)
    {
        for (int row = y; row < y + height; ++row) {
            std::fill_n(&at(x, row), width, colour);
        }
    }

    // Black and white dots that look like a letter from afar.
    void glyph(int x, int y, unsigned seed)
    {
        std::minstd_rand random(seed + 1);
        for (int row = 0; row < 14; ++row) {
            const auto bits = static_cast<unsigned>(random() >> 8U);
            for (int dot = 0; dot < 8; ++dot) {
                at(x + dot, y + row) =
                    (bits >> static_cast<unsigned>(dot) & 1U) != 0 ? 0xe0e0e0 : 0;
            }
        }
    }

    void draw_text(unsigned frame)
    {
        for (unsigned line = 0; line < 12; ++line) {
            for (unsigned column = 0; column < 32; ++column) {
                const unsigned seed = (line + frame / 4) * 131 + column * 7 % 29;
                glyph(static_cast<int>(column) * 10, static_cast<int>(line) * 16, seed % 37);
            }
        }
    }

    void draw_noise(unsigned frame)
    {
        std::minstd_rand random(frame + 1);
        for (int y = 260; y < 324; ++y) {
            for (int x = 400; x < 464; ++x) {
                at(x, y) = static_cast<std::uint32_t>(random()) & 0xffffffU;
            }
        }
    }

    std::vector<std::uint32_t> pixels_;
    int column_ = 0;
};

// What viewers do, for tests of that.
void tell_key(rfbBool down, rfbKeySym key, rfbClientPtr /*client*/)
{
    std::printf("key %x %s\n", static_cast<unsigned>(key), down != 0 ? "down" : "up");
    std::fflush(stdout);
}

void tell_pointer(int buttons, int x, int y, rfbClientPtr /*client*/)
{
    std::printf("pointer %d,%d %d\n", x, y, buttons);
    std::fflush(stdout);
}

void on_key(rfbBool down, rfbKeySym key, rfbClientPtr client)
{
    if (down != 0) {
        static_cast<Picture*>(client->screen->screenData)->draw_key(client->screen, key);
    }
}

rfbScreenInfoPtr listening_screen(Picture& picture)
{
    rfbScreenInfoPtr screen = rfbGetScreen(nullptr, nullptr, kWidth, kHeight, 8, 3, 4);
    screen->frameBuffer = picture.data();
    screen->screenData = &picture;
    screen->serverFormat.redShift = 16;
    screen->serverFormat.greenShift = 8;
    screen->serverFormat.blueShift = 0;
    screen->alwaysShared = TRUE;
    screen->deferUpdateTime = 0;
    screen->kbdAddEvent = on_key;
    screen->listenInterface = htonl(INADDR_LOOPBACK);
    screen->autoPort = TRUE; // the first one free
    screen->ipv6port = -1;
    rfbInitServer(screen);
    return screen;
}

} // namespace

int main(int argc, char** argv)
{
    using Clock = std::chrono::steady_clock;
    constexpr std::chrono::milliseconds kFrame(100);
    const std::chrono::duration<double> moving(argc > 1 ? std::strtod(argv[1], nullptr) : 1e9);
    rfbLogEnable(FALSE);
    Picture picture;
    rfbScreenInfoPtr screen = listening_screen(picture);
    if (screen->listenSock < 0) {
        std::fputs("no port is free\n", stderr);
        return 1;
    }
    std::printf("listening on 127.0.0.1:%d\n", screen->port);
    std::fflush(stdout);
    if (argc > 2) {
        screen->kbdAddEvent = tell_key;
        screen->ptrAddEvent = tell_pointer;
    }
    Clock::time_point next = Clock::now();
    Clock::time_point end = Clock::time_point::max();
    for (unsigned frame = 0;;) {
        const auto left =
            std::chrono::duration_cast<std::chrono::microseconds>(next - Clock::now());
        rfbProcessEvents(screen, std::max<long>(left.count(), 0));
        if (screen->clientHead == nullptr || Clock::now() < next) {
            continue;
        }
        if (end == Clock::time_point::max()) {
            end = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                     std::min(moving, std::chrono::duration<double>(1e6)));
        }
        next = Clock::now() + kFrame;
        if (Clock::now() < end) {
            picture.draw_frame(screen, frame++);
        }
    }
}
