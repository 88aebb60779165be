// The pattern display as an X program: the same picture, the same reaction to keys, so that servers
// that show X can be measured beside covncd. Runs until the X server goes.
//
//     covnc-x11-pattern        1024x768 at the top left of $DISPLAY
#include "src/sources/pattern_painter.h"

#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <chrono>
#include <cstdio>
#include <poll.h>

namespace {

using namespace covnc;
using Clock = std::chrono::steady_clock;

constexpr Size kSize{1024, 768};
constexpr Clock::duration kTick = std::chrono::nanoseconds(std::chrono::seconds(1)) / 30;

class PatternWindow
{
public:
    explicit PatternWindow(::Display* display)
        : display_(display),
          pixels_(static_cast<std::size_t>(kSize.area())),
          painter_(kSize)
    {
        const int screen = XDefaultScreen(display_);
        XSetWindowAttributes attributes{};
        attributes.override_redirect = True; // there is no window manager
        attributes.event_mask = KeyPressMask | KeyReleaseMask | ExposureMask | ButtonPressMask |
                                ButtonReleaseMask | PointerMotionMask;
        window_ = XCreateWindow(display_,
                                XRootWindow(display_, screen),
                                0,
                                0,
                                static_cast<unsigned>(kSize.width),
                                static_cast<unsigned>(kSize.height),
                                0,
                                CopyFromParent,
                                InputOutput,
                                nullptr,
                                CWOverrideRedirect | CWEventMask,
                                &attributes);
        context_ = XCreateGC(display_, window_, 0, nullptr);
        XSetGraphicsExposures(display_, context_, False); // nothing lies on top of it
        image_ = XCreateImage(display_,
                              XDefaultVisual(display_, screen),
                              24,
                              ZPixmap,
                              0,
                              reinterpret_cast<char*>(pixels_.data()),
                              static_cast<unsigned>(kSize.width),
                              static_cast<unsigned>(kSize.height),
                              32,
                              0);
        XMapRaised(display_, window_);
        started_ = Clock::now();
    }

    void run()
    {
        for (Clock::time_point next = Clock::now();;) {
            paint();
            wait_until(next);
            handle_events();
            if (Clock::now() >= next) {
                next = std::max(next + kTick, Clock::now());
            }
        }
    }

private:
    void paint()
    {
        PatternInfo info;
        info.time = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - started_);
        info.frame = ++frames_;
        info.frames_per_second = 30;
        info.viewers = 1;
        const PatternFrame frame = painter_.paint({pixels_.data(), kSize, kSize.width}, info);
        covnc::Region rest = frame.damage;
        for (const CopyRect& move : frame.moves) {
            XCopyArea(display_,
                      window_,
                      window_,
                      context_,
                      move.source.x,
                      move.source.y,
                      static_cast<unsigned>(move.destination.width),
                      static_cast<unsigned>(move.destination.height),
                      move.destination.x,
                      move.destination.y);
            rest -= move.destination;
        }
        for (const Rect& rect : rest.rects()) {
            put(rect);
        }
        XFlush(display_);
    }

    void put(const Rect& rect)
    {
        XPutImage(display_,
                  window_,
                  context_,
                  image_,
                  rect.x,
                  rect.y,
                  rect.x,
                  rect.y,
                  static_cast<unsigned>(rect.width),
                  static_cast<unsigned>(rect.height));
    }

    // Or until there is input.
    void wait_until(Clock::time_point time)
    {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(time - Clock::now()).count();
        if (XPending(display_) == 0 && left > 0) {
            pollfd socket{XConnectionNumber(display_), POLLIN, 0};
            ::poll(&socket, 1, static_cast<int>(left));
        }
    }

    void handle_events()
    {
        while (XPending(display_) > 0) {
            XEvent event{};
            XNextEvent(display_, &event);
            switch (event.type) {
            case Expose:
                XSetInputFocus(display_, window_, RevertToParent, CurrentTime);
                put(Rect::of(kSize));
                break;
            case KeyPress:
            case KeyRelease:
                painter_.key(static_cast<std::uint32_t>(XLookupKeysym(&event.xkey, 0)),
                             event.type == KeyPress);
                break;
            default:
                break;
            }
        }
    }

    ::Display* display_;
    ::Window window_ = 0;
    GC context_ = nullptr;
    XImage* image_ = nullptr;
    std::vector<std::uint32_t> pixels_;
    PatternPainter painter_;
    std::uint64_t frames_ = 0;
    Clock::time_point started_;
};

} // namespace

int main()
{
    ::Display* display = XOpenDisplay(nullptr);
    if (display == nullptr) {
        std::fputs("covnc-x11-pattern: there is no X server at $DISPLAY\n", stderr);
        return 1;
    }
    PatternWindow(display).run();
}
