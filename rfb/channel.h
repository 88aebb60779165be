// Channel: a peer's stream, whatever layers it has grown, and what was read ahead from it.
//
// TLS, RSA-AES and WebSocket are layers: streams over a stream. Loop thread only.
#pragma once

#include "coroutine/buffered_reader.h"

#include <concepts>
#include <memory>
#include <utility>
#include <vector>

namespace covnc {

class Channel
{
public:
    // Not explicit: a plain stream is a channel without layers.
    template <std::derived_from<Stream> AnyStream>
    Channel(std::unique_ptr<AnyStream> stream) // NOLINT(google-explicit-constructor)
        : top_(stream.get()),
          reader_(*stream)
    {
        owned_.push_back(std::move(stream));
    }
    // Over a stream of somebody else's, which must live longer.
    explicit Channel(Stream& stream) : top_(&stream), reader_(stream) {}

    // The uppermost layer.
    Stream& stream() { return *top_; }
    const Stream& stream() const { return *top_; }
    // Reads from the uppermost layer.
    BufferedReader& reader() { return reader_; }

    // From now on everything goes through Layer(stream(), arguments...). Throws ProtocolError where
    // the peer has already sent bytes that nobody has asked for: what came in front of a layer must
    // never be taken for what came through it.
    template <typename Layer, typename... Arguments>
    Layer& add(Arguments&&... arguments)
    {
        refuse_bytes_ahead();
        auto layer = std::make_unique<Layer>(stream(), std::forward<Arguments>(arguments)...);
        Layer& added = *layer;
        owned_.push_back(std::move(layer));
        top_ = &added;
        reader_.read_from(added);
        return added;
    }

    // Throws ProtocolError where the peer has sent bytes that nobody has asked for yet.
    void refuse_bytes_ahead() const;

private:
    std::vector<std::unique_ptr<Stream>> owned_; // each over the one before
    Stream* top_;
    BufferedReader reader_;
};

} // namespace covnc
