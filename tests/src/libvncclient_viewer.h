// A viewer made of libvncclient, on a thread of its own, that checks every picture it gets.
#pragma once

#include "encodings/pixel_format.h"
#include "tests/src/live_server.h"

#include <rfb/rfbclient.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace covnc::test {

struct ViewerWishes
{
    std::string encodings = "zrle"; // as libvncclient takes them, blanks between
    PixelFormat format;
    std::string user;
    std::string password;
    std::string ca_file; // of the authority that the server's certificate must be of
    // Frames that it lets pass before it reads the next message; 0: reads as fast as it can.
    std::uint32_t frames_between_messages = 0;
};

// What a viewer has seen so far.
struct ViewerReport
{
    bool logged_in = false;
    bool ended = false;       // connection or login failed, or it was told to stop
    bool has_picture = false; // it got pixels since its size last changed
    bool is_frame = false;    // its last picture was a frame of the scene, all of it
    Size size;
    std::uint32_t frame = 0; // in its last picture
    std::uint64_t updates = 0;
    std::uint64_t copies = 0;
    std::uint64_t sizes = 0;         // the first one included
    std::string wrong;               // the first picture that was no frame of the scene
    std::uint64_t requests_done = 0; // functions passed to do_soon() that have run
};

class LibVncViewer
{
public:
    // The server must live longer.
    LibVncViewer(const LiveServer& server, ViewerWishes wishes);
    ~LibVncViewer();
    LibVncViewer(const LibVncViewer&) = delete;
    LibVncViewer& operator=(const LibVncViewer&) = delete;

    // Until `condition` holds. False after kPatience.
    bool wait_until(const std::function<bool(const ViewerReport&)>& condition);
    // False where the login failed.
    bool wait_for_login();
    // Until its picture is this frame, every pixel of it, in this size.
    bool wait_for_picture(Size size, std::uint32_t frame);
    ViewerReport report();

    // Runs `function` on the viewer's thread, which alone may use the client.
    void do_soon(std::function<void(rfbClient&)> function);
    // For messages about a failed check.
    std::string describe() const;

private:
    static LibVncViewer& of(rfbClient* client);
    static rfbBool take_new_size(rfbClient* client);
    static void take_rectangle(rfbClient* client, int x, int y, int width, int height);
    static void
    take_copy(rfbClient* client, int from_x, int from_y, int width, int height, int x, int y);
    static void take_update(rfbClient* client);
    static char* tell_password(rfbClient* client);
    static char* tell_user(rfbClient* client);
    static rfbCredential* tell_credential(rfbClient* client, int kind);

    void live();
    rfbClient* connect();
    void serve(rfbClient& client);
    bool wait_for_its_turn();
    void run_requests(rfbClient& client);
    void check_picture();

    const LiveServer& server_;
    const ViewerWishes wishes_;
    GotCopyRectProc copy_ = nullptr; // the library's own

    // The viewer's thread only.
    std::vector<std::uint8_t> pixels_; // the client draws here
    Size size_;
    std::uint32_t last_turn_ = 0;

    std::mutex mutex_; // guards what follows
    std::condition_variable changed_;
    ViewerReport report_;
    bool stop_ = false;
    std::vector<std::function<void(rfbClient&)>> requests_;
    std::thread thread_;
};

} // namespace covnc::test
