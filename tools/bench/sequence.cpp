#include "tools/bench/sequence.h"

#include "tools/bench/scene.h"
#include "tools/recording/reader.h"

#include <algorithm>

namespace covnc::bench {

namespace {

class BuiltIn final : public Sequence
{
public:
    explicit BuiltIn(Scene::Kind kind) : scene_(kind) {}

    Size size() const override { return Scene::kSize; }
    Region draw(WritablePixelView back, std::vector<CopyRect>& moves) override
    {
        return scene_.draw(back, frame_++, moves);
    }

private:
    Scene scene_;
    std::uint64_t frame_ = 0;
};

class Recorded final : public Sequence
{
public:
    explicit Recorded(const std::string& file) : reader_(RecordingReader::open(file)) {}

    Size size() const override { return reader_.size(); }
    Region draw(WritablePixelView back, std::vector<CopyRect>& /*moves*/) override
    {
        std::optional<RecordedFrame> frame = reader_.next();
        if (!frame) {
            reader_.rewind();
            frame = reader_.next();
        }
        for (const Rect& rect : frame->damage.rects()) {
            for (std::int32_t y = rect.y; y < rect.bottom(); ++y) {
                std::copy_n(reader_.pixels().row(y) + rect.x, rect.width, back.row(y) + rect.x);
            }
        }
        return std::move(frame->damage);
    }

private:
    RecordingReader reader_;
};

} // namespace

std::unique_ptr<Sequence> Sequence::open(const std::string& name)
{
    if (name == "text") {
        return std::make_unique<BuiltIn>(Scene::Kind::kText);
    }
    if (name == "window") {
        return std::make_unique<BuiltIn>(Scene::Kind::kWindow);
    }
    return std::make_unique<Recorded>(name);
}

} // namespace covnc::bench
