#include "tools/load/abuse_picture.h"

#include "coroutine/combinators.h"
#include "coroutine/socket.h"

#include <algorithm>

namespace covnc::load {

Task<> PictureViewer::connect(Duration limit)
{
    co_await with_timeout(limit, set_up());
}

Task<> PictureViewer::set_up()
{
    std::unique_ptr<Socket> socket = co_await Socket::connect(loop_, settings_.server);
    ViewerConnection::Settings settings;
    settings.keeps_data = true;
    connection_ = std::make_unique<ViewerConnection>(std::move(socket), *this, settings);
    const ClientIdentity identity = login_.identity();
    co_await connection_->log_in(identity);
    decoder_ = std::make_unique<Decoder>(PixelFormat(), connection_->size());
    // A server that knows cursors must not draw its own into the picture.
    std::vector<std::int32_t> encodings{decodable::kRaw};
    encodings.push_back(static_cast<std::int32_t>(PseudoEncoding::kCursor));
    encodings.push_back(static_cast<std::int32_t>(PseudoEncoding::kDesktopSize));
    encodings.push_back(static_cast<std::int32_t>(PseudoEncoding::kLastRect));
    co_await connection_->set_format(PixelFormat());
    co_await connection_->set_encodings(std::move(encodings));
}

Task<> PictureViewer::read_messages()
{
    co_await connection_->read_messages();
}

Task<> PictureViewer::ask()
{
    must_start_anew_ = false;
    missing_ = Region(Rect::of(connection_->size()));
    co_await connection_->request(false);
}

Task<> PictureViewer::whole_picture()
{
    asked_ = loop_.now();
    co_await ask();
    for (;;) {
        co_await updated_.wait();
        updated_.reset();
        if (must_start_anew_) {
            co_await ask();
        } else if (missing_.is_empty()) {
            break;
        } else {
            co_await connection_->request(true); // an update may hold a part, or no pixels at all
        }
    }
    delay_ = loop_.now() - asked_;
    asked_ = {};
}

Duration PictureViewer::waiting() const
{
    return asked_ == TimePoint{} ? Duration{} : loop_.now() - asked_;
}

Picture PictureViewer::picture() const
{
    const PixelView view = decoder_->pixels();
    Picture picture;
    picture.size = view.size();
    picture.pixels.reserve(static_cast<std::size_t>(view.size().area()));
    for (std::int32_t y = 0; y < view.height(); ++y) {
        picture.pixels.insert(picture.pixels.end(), view.row(y), view.row(y) + view.width());
    }
    const Rect typed = settings_.probe.value_or(Rect{}).intersected(Rect::of(view.size()));
    for (std::int32_t y = typed.y; y < typed.bottom(); ++y) {
        const auto begin = picture.pixels.begin() + std::ptrdiff_t{y} * view.width() + typed.x;
        std::fill(begin, begin + typed.width, 0U);
    }
    return picture;
}

void PictureViewer::rectangle(const RectangleHead& head, ByteView data)
{
    decoder_->decode(head.area, head.encoding, data);
    missing_ -= head.area;
}

void PictureViewer::resized(Size size)
{
    decoder_->resize(size);
    must_start_anew_ = true;
}

void PictureViewer::updated(const UpdateFigures& /*update*/)
{
    updated_.set();
}

void PictureViewer::colours(const ColourMap& map)
{
    for (std::size_t i = 0; i < map.entries.size(); ++i) {
        decoder_->set_colour(map.first + i, map.entries[i]);
    }
}

} // namespace covnc::load
