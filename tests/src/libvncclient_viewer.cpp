#include "tests/src/libvncclient_viewer.h"

#include "tests/src/animated_scene.h"
#include "tests/support/not_our_leaks.h"

#include <cstdlib>
#include <cstring>
#include <utility>

namespace covnc::test {

namespace {

constexpr unsigned kPollMicroseconds = 5000;
int tag; // its address is the key of client data

// A pixel's value as it came over the wire, only the bits that carry colour.
std::uint32_t pixel_at(const std::uint8_t* bytes, const PixelFormat& format)
{
    std::uint32_t value = 0;
    const std::size_t count = format.bytes_per_pixel();
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t position = format.big_endian ? count - 1 - i : i;
        value |= std::uint32_t{bytes[i]} << (8 * position);
    }
    return value & format.colour_mask();
}

std::uint32_t rounded(std::uint32_t channel, std::uint32_t max)
{
    return (channel * max + 127) / 255;
}

std::uint32_t expected_pixel(std::uint32_t colour, const PixelFormat& format)
{
    return rounded(colour >> 16U & 255U, format.red_max) << format.red_shift |
           rounded(colour >> 8U & 255U, format.green_max) << format.green_shift |
           rounded(colour & 255U, format.blue_max) << format.blue_shift;
}

std::uint32_t frame_number(const std::uint8_t* row, const PixelFormat& format)
{
    std::uint32_t frame = 0;
    for (std::int32_t bit = 0; bit < kFrameBits; ++bit) {
        const std::int32_t x = bit * kFrameBitSide + kFrameBitSide / 2;
        const auto offset = static_cast<std::size_t>(x) * format.bytes_per_pixel();
        frame |= (pixel_at(row + offset, format) != 0 ? 1U : 0U) << static_cast<unsigned>(bit);
    }
    return frame;
}

// The byte without colour may hold anything.
bool is_all_black(const std::vector<std::uint8_t>& pixels, const PixelFormat& format)
{
    for (std::size_t at = 0; at < pixels.size(); at += format.bytes_per_pixel()) {
        if (pixel_at(&pixels[at], format) != 0) {
            return false;
        }
    }
    return true;
}

// What is wrong with a picture that should be frame `frame`; empty: nothing.
std::string difference(const std::vector<std::uint8_t>& pixels,
                       Size size,
                       const PixelFormat& format,
                       std::uint32_t frame)
{
    std::vector<std::uint32_t> scene(static_cast<std::size_t>(size.area()));
    paint_scene({scene.data(), size, size.width}, frame);
    for (std::size_t i = 0; i < scene.size(); ++i) {
        const std::uint32_t got = pixel_at(&pixels[i * format.bytes_per_pixel()], format);
        const std::uint32_t want = expected_pixel(scene[i], format);
        if (got != want) {
            const std::size_t width = static_cast<std::size_t>(size.width);
            return "frame " + std::to_string(frame) + ", pixel " + std::to_string(i % width) + "," +
                   std::to_string(i / width) + " is " + std::to_string(got) + ", not " +
                   std::to_string(want);
        }
    }
    return {};
}

} // namespace

LibVncViewer::LibVncViewer(const LiveServer& server, ViewerWishes wishes)
    : server_(server),
      wishes_(std::move(wishes)),
      thread_(&LibVncViewer::live, this)
{}

LibVncViewer::~LibVncViewer()
{
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    thread_.join();
}

LibVncViewer& LibVncViewer::of(rfbClient* client)
{
    return *static_cast<LibVncViewer*>(rfbClientGetClientData(client, &tag));
}

std::string LibVncViewer::describe() const
{
    return wishes_.encodings + ", " + wishes_.format.describe();
}

// --- the viewer's thread -----------------------------------------------------------------------

// The library frees what it is given.
rfbCredential* LibVncViewer::tell_credential(rfbClient* client, int kind)
{
    const ViewerWishes& wishes = of(client).wishes_;
    auto* const credential = static_cast<rfbCredential*>(std::calloc(1, sizeof(rfbCredential)));
    if (kind == rfbCredentialTypeUser) {
        credential->userCredential.username = strdup(wishes.user.c_str());
        credential->userCredential.password = strdup(wishes.password.c_str());
    } else {
        credential->x509Credential.x509CACertFile = strdup(wishes.ca_file.c_str());
        credential->x509Credential.x509CrlVerifyMode = rfbX509CrlVerifyNone;
    }
    return credential;
}

void LibVncViewer::live()
{
    rfbClient* const client = connect();
    if (client != nullptr) {
        {
            const std::lock_guard lock(mutex_);
            report_.logged_in = true;
            changed_.notify_all();
        }
        serve(*client);
        client->frameBuffer = nullptr;                       // it is ours
        std::free(std::exchange(client->rcSource, nullptr)); // 0.9.14 forgets the pointer's picture
        std::free(std::exchange(client->rcMask, nullptr));
        rfbClientCleanup(client);
    }
    const std::lock_guard lock(mutex_);
    report_.ended = true;
    changed_.notify_all();
}

rfbClient* LibVncViewer::connect()
{
    constexpr int kBitsPerSample = 8;
    constexpr int kSamples = 3;
    rfbClient* const client =
        rfbGetClient(kBitsPerSample, kSamples, static_cast<int>(wishes_.format.bytes_per_pixel()));
    rfbClientSetClientData(client, &tag, this);
    const PixelFormat& format = wishes_.format;
    client->format.bitsPerPixel = format.bits_per_pixel;
    client->format.depth = format.depth;
    client->format.bigEndian = format.big_endian ? 1 : 0;
    client->format.redMax = format.red_max;
    client->format.greenMax = format.green_max;
    client->format.blueMax = format.blue_max;
    client->format.redShift = format.red_shift;
    client->format.greenShift = format.green_shift;
    client->format.blueShift = format.blue_shift;
    client->appData.encodingsString = wishes_.encodings.c_str();
    client->appData.shareDesktop = TRUE;
    client->appData.enableJPEG = FALSE; // pictures are compared exactly
    client->canHandleNewFBSize = TRUE;
    std::free(client->serverHost); // the library's own default
    client->serverHost = strdup(server_.host().c_str());
    client->serverPort = server_.port();
    client->MallocFrameBuffer = take_new_size;
    client->GotFrameBufferUpdate = take_rectangle;
    client->FinishedFrameBufferUpdate = take_update;
    client->GetPassword = tell_password;
    client->GetCredential = tell_credential;
    client->GetUser = tell_user; // for SASL
    copy_ = client->GotCopyRect;
    client->GotCopyRect = take_copy;
    // Cleans up the client where it fails.
    const NotOurLeaks tls; // 0.9.14 forgets its credentials
    return rfbInitClient(client, nullptr, nullptr) != FALSE ? client : nullptr;
}

void LibVncViewer::serve(rfbClient& client)
{
    while (wait_for_its_turn()) {
        run_requests(client);
        const int ready = WaitForMessage(&client, kPollMicroseconds);
        if (ready < 0 || (ready > 0 && HandleRFBServerMessage(&client) == FALSE)) {
            return;
        }
    }
}

// False when it is to stop.
bool LibVncViewer::wait_for_its_turn()
{
    if (wishes_.frames_between_messages > 0) {
        server_.source().wait_for_frame(last_turn_ + wishes_.frames_between_messages);
        last_turn_ = server_.source().frame();
    }
    const std::lock_guard lock(mutex_);
    return !stop_;
}

void LibVncViewer::run_requests(rfbClient& client)
{
    std::vector<std::function<void(rfbClient&)>> requests;
    {
        const std::lock_guard lock(mutex_);
        requests.swap(requests_);
    }
    for (const std::function<void(rfbClient&)>& request : requests) {
        request(client);
        const std::lock_guard lock(mutex_);
        ++report_.requests_done;
        changed_.notify_all();
    }
}

rfbBool LibVncViewer::take_new_size(rfbClient* client)
{
    LibVncViewer& viewer = of(client);
    viewer.size_ = {client->width, client->height};
    viewer.pixels_.assign(static_cast<std::size_t>(viewer.size_.area()) *
                              viewer.wishes_.format.bytes_per_pixel(),
                          0xa5);
    client->frameBuffer = viewer.pixels_.data();
    const std::lock_guard lock(viewer.mutex_);
    viewer.report_.size = viewer.size_;
    viewer.report_.has_picture = false;
    ++viewer.report_.sizes;
    return TRUE;
}

void LibVncViewer::take_rectangle(
    rfbClient* client, int /*x*/, int /*y*/, int /*width*/, int /*height*/)
{
    LibVncViewer& viewer = of(client);
    const std::lock_guard lock(viewer.mutex_);
    viewer.report_.has_picture = true;
}

void LibVncViewer::take_copy(
    rfbClient* client, int from_x, int from_y, int width, int height, int x, int y)
{
    LibVncViewer& viewer = of(client);
    viewer.copy_(client, from_x, from_y, width, height, x, y);
    const std::lock_guard lock(viewer.mutex_);
    ++viewer.report_.copies;
}

void LibVncViewer::take_update(rfbClient* client)
{
    of(client).check_picture();
}

// After each update the picture must be one frame of the scene, every pixel of it. Between a resize
// and the first frame after it, a display is black.
void LibVncViewer::check_picture()
{
    const std::lock_guard lock(mutex_);
    ++report_.updates;
    if (report_.has_picture) {
        const bool is_black = is_all_black(pixels_, wishes_.format);
        report_.frame = frame_number(pixels_.data(), wishes_.format);
        const std::string wrong =
            is_black ? "" : difference(pixels_, size_, wishes_.format, report_.frame);
        report_.is_frame = !is_black && wrong.empty();
        if (report_.wrong.empty()) {
            report_.wrong = wrong;
        }
    }
    changed_.notify_all();
}

char* LibVncViewer::tell_password(rfbClient* client)
{
    return strdup(of(client).wishes_.password.c_str());
}

// Stays ours.
char* LibVncViewer::tell_user(rfbClient* client)
{
    return const_cast<char*>(of(client).wishes_.user.c_str());
}

// --- any thread --------------------------------------------------------------------------------

bool LibVncViewer::wait_until(const std::function<bool(const ViewerReport&)>& condition)
{
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return condition(report_); });
}

bool LibVncViewer::wait_for_login()
{
    const bool decided =
        wait_until([](const ViewerReport& now) { return now.logged_in || now.ended; });
    return decided && report().logged_in;
}

bool LibVncViewer::wait_for_picture(Size size, std::uint32_t frame)
{
    return wait_until([=](const ViewerReport& now) {
        return now.is_frame && now.size == size && now.frame == frame;
    });
}

ViewerReport LibVncViewer::report()
{
    const std::lock_guard lock(mutex_);
    return report_;
}

void LibVncViewer::do_soon(std::function<void(rfbClient&)> function)
{
    const std::lock_guard lock(mutex_);
    requests_.push_back(std::move(function));
}

} // namespace covnc::test
