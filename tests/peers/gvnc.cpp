// A viewer made of gvnc, the part of gtk-vnc that speaks the protocol: takes one picture and writes
// it to standard output as PPM, each channel brought to 0 .. 255.
//
//     covnc-test-gvnc HOST PORT BITS[be] ENCODING,...
//
// BITS: 32, 16 or 8 a pixel, with `be` big endian. ENCODING: numbers as on the wire.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <gvnc.h>
#include <string>
#include <vector>

namespace {

constexpr guint kPatience = 20; // seconds

class Viewer
{
public:
    Viewer(VncPixelFormat format, std::vector<gint32> encodings)
        : format_(format),
          encodings_(std::move(encodings)),
          loop_(g_main_loop_new(nullptr, FALSE)),
          connection_(vnc_connection_new())
    {
        connect("vnc-auth-choose-type", G_CALLBACK(choose_no_password));
        connect("vnc-initialized", G_CALLBACK(ask));
        connect("vnc-framebuffer-update", G_CALLBACK(take));
        connect("vnc-error", G_CALLBACK(fail));
        connect("vnc-disconnected", G_CALLBACK(end));
        g_timeout_add_seconds(kPatience, give_up, this);
    }
    ~Viewer()
    {
        g_signal_handlers_disconnect_by_data(connection_, this);
        g_object_unref(connection_);
        g_main_loop_unref(loop_);
    }
    Viewer(const Viewer&) = delete;
    Viewer& operator=(const Viewer&) = delete;

    // Whether all pixels came.
    bool run(const char* host, const char* port)
    {
        vnc_connection_open_host(connection_, host, port);
        g_main_loop_run(loop_);
        return is_whole();
    }

    void write() const
    {
        std::printf("P6 %d %d 255\n", width_, height_);
        for (std::size_t i = 0; i < shown_.size(); ++i) {
            const unsigned pixel = pixel_at(i);
            put(pixel >> format_.red_shift, format_.red_max);
            put(pixel >> format_.green_shift, format_.green_max);
            put(pixel >> format_.blue_shift, format_.blue_max);
        }
    }

private:
    void connect(const char* signal, GCallback callback)
    {
        g_signal_connect(connection_, signal, callback, this);
    }

    static void choose_no_password(VncConnection* connection, GValueArray*, Viewer*)
    {
        vnc_connection_set_auth_type(connection, VNC_CONNECTION_AUTH_NONE);
    }

    static void ask(VncConnection* connection, Viewer* self)
    {
        self->width_ = vnc_connection_get_width(connection);
        self->height_ = vnc_connection_get_height(connection);
        const auto area =
            static_cast<std::size_t>(self->width_) * static_cast<std::size_t>(self->height_);
        self->shown_.assign(area, false);
        self->pixels_.assign(area * self->format_.bits_per_pixel / 8, 0xa5);
        VncPixelFormat local = self->format_;
        local.byte_order = G_BYTE_ORDER;
        VncBaseFramebuffer* const framebuffer =
            vnc_base_framebuffer_new(self->pixels_.data(),
                                     static_cast<guint16>(self->width_),
                                     static_cast<guint16>(self->height_),
                                     self->width_ * self->format_.bits_per_pixel / 8,
                                     &local,
                                     &self->format_);
        vnc_connection_set_framebuffer(connection, VNC_FRAMEBUFFER(framebuffer));
        g_object_unref(framebuffer);
        vnc_connection_set_pixel_format(connection, &self->format_);
        vnc_connection_set_encodings(
            connection, static_cast<int>(self->encodings_.size()), self->encodings_.data());
        vnc_connection_framebuffer_update_request(connection,
                                                  FALSE,
                                                  0,
                                                  0,
                                                  static_cast<guint16>(self->width_),
                                                  static_cast<guint16>(self->height_));
    }

    static void take(VncConnection*, int x, int y, int width, int height, Viewer* self)
    {
        for (int row = y; row < y + height; ++row) {
            const auto first = self->shown_.begin() + std::ptrdiff_t{row} * self->width_ + x;
            std::fill_n(first, width, true);
        }
        if (self->is_whole()) {
            g_main_loop_quit(self->loop_);
        }
    }

    static void fail(VncConnection*, const char* message, Viewer*)
    {
        std::fprintf(stderr, "gvnc: %s\n", message);
    }
    static void end(VncConnection*, Viewer* self) { g_main_loop_quit(self->loop_); }
    static gboolean give_up(gpointer self)
    {
        std::fprintf(stderr, "no whole picture in %u seconds\n", kPatience);
        g_main_loop_quit(static_cast<Viewer*>(self)->loop_);
        return G_SOURCE_REMOVE;
    }

    bool is_whole() const
    {
        return !shown_.empty() && std::find(shown_.begin(), shown_.end(), false) == shown_.end();
    }

    unsigned pixel_at(std::size_t index) const
    {
        const std::size_t size = format_.bits_per_pixel / 8U;
        unsigned pixel = 0;
        for (std::size_t i = 0; i < size; ++i) {
            pixel |= static_cast<unsigned>(pixels_[index * size + i]) << (8 * i);
        }
        return pixel;
    }

    static void put(unsigned value, unsigned most)
    {
        std::putchar(static_cast<int>((value & most) * 255 / most));
    }

    VncPixelFormat format_;
    std::vector<gint32> encodings_;
    GMainLoop* loop_;
    VncConnection* connection_;
    int width_ = 0;
    int height_ = 0;
    std::vector<std::uint8_t> pixels_; // gvnc draws here
    std::vector<bool> shown_;          // which pixels came
};

VncPixelFormat format_of(const std::string& name)
{
    const guint16 order = name.ends_with("be") ? G_BIG_ENDIAN : G_LITTLE_ENDIAN;
    switch (std::atoi(name.c_str())) {
    case 8:
        return {8, 8, order, 1, 7, 7, 3, 0, 3, 6};
    case 16:
        return {16, 16, order, 1, 31, 63, 31, 11, 5, 0};
    default:
        return {32, 24, order, 1, 255, 255, 255, 16, 8, 0};
    }
}

std::vector<gint32> numbers_of(const std::string& list)
{
    std::vector<gint32> numbers;
    for (std::size_t at = 0; at < list.size();) {
        std::size_t length = 0;
        numbers.push_back(std::stoi(list.substr(at), &length));
        at += length + 1;
    }
    return numbers;
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 5) {
        std::fprintf(stderr, "usage: covnc-test-gvnc HOST PORT BITS[be] ENCODING,...\n");
        return 2;
    }
    Viewer viewer(format_of(argv[3]), numbers_of(argv[4]));
    if (!viewer.run(argv[1], argv[2])) {
        return 1;
    }
    viewer.write();
    return 0;
}
