// A viewer made of libvncclient: logs in by whatever is offered first that it knows, takes one
// picture and writes it to standard output as PPM.
//
//     covnc-test-libvncclient HOST:PORT USER PASSWORD CA-FILE
#include <rfb/rfbclient.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

constexpr std::chrono::seconds kPatience{20};
constexpr unsigned kPollMicroseconds = 100'000;

const char* user = nullptr;
const char* password = nullptr;
const char* authority = nullptr;
std::vector<bool> shown; // which pixels came

// libvncclient frees what it is given.
char* copy(const char* text)
{
    return strdup(text);
}

rfbCredential* credential(rfbClient*, int type)
{
    auto* const given = static_cast<rfbCredential*>(std::calloc(1, sizeof(rfbCredential)));
    if (type == rfbCredentialTypeUser) {
        given->userCredential.username = copy(user);
        given->userCredential.password = copy(password);
    } else {
        given->x509Credential.x509CACertFile = copy(authority);
        given->x509Credential.x509CrlVerifyMode = rfbX509CrlVerifyNone;
    }
    return given;
}

void take(rfbClient* client, int x, int y, int width, int height)
{
    shown.resize(static_cast<std::size_t>(client->width) *
                 static_cast<std::size_t>(client->height));
    for (int row = y; row < y + height; ++row) {
        std::fill_n(shown.begin() + std::ptrdiff_t{row} * client->width + x, width, true);
    }
}

bool is_whole()
{
    return !shown.empty() && std::find(shown.begin(), shown.end(), false) == shown.end();
}

bool wait_for_picture(rfbClient* client)
{
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!is_whole()) {
        if (std::chrono::steady_clock::now() > end) {
            std::fprintf(stderr, "no whole picture in time\n");
            return false;
        }
        const int ready = WaitForMessage(client, kPollMicroseconds);
        if (ready < 0 || (ready > 0 && !HandleRFBServerMessage(client))) {
            return false;
        }
    }
    return true;
}

void write_picture(const rfbClient* client)
{
    std::printf("P6 %d %d 255\n", client->width, client->height);
    for (std::size_t i = 0; i < shown.size(); ++i) {
        std::uint32_t pixel = 0;
        std::memcpy(&pixel, client->frameBuffer + 4 * i, sizeof pixel);
        for (const int shift :
             {client->format.redShift, client->format.greenShift, client->format.blueShift}) {
            std::putchar(static_cast<int>(pixel >> shift & 255U));
        }
    }
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 5) {
        std::fprintf(stderr, "usage: covnc-test-libvncclient HOST:PORT USER PASSWORD CA-FILE\n");
        return 2;
    }
    user = argv[2];
    password = argv[3];
    authority = argv[4];
    rfbClient* const client = rfbGetClient(8, 3, 4);
    client->GetCredential = credential;
    client->GetUser = [](rfbClient*) { return copy(user); };
    client->GetPassword = [](rfbClient*) { return copy(password); };
    client->GotFrameBufferUpdate = take;
    client->appData.encodingsString = "zrle hextile raw";
    int count = 2; // the program's name and the server's
    if (!rfbInitClient(client, &count, argv)) {
        return 1; // it has cleaned up
    }
    const bool done = wait_for_picture(client);
    if (done) {
        write_picture(client);
    }
    std::free(client->frameBuffer);
    rfbClientCleanup(client);
    return done ? 0 : 1;
}
