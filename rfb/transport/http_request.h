// Requests of HTTP/1.x (RFC 9112), as far as a web port for viewers needs them: heads without
// bodies, bounded. No I/O; an object belongs to one thread.
#pragma once

#include "rfb/wire.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace covnc {

// A request that is answered with an error. The text is for the peer and for the log; it holds
// nothing that the peer sent.
class HttpError : public ProtocolError
{
public:
    HttpError(int status, const std::string& text) : ProtocolError(text), status_(status) {}
    int status() const { return status_; }

private:
    int status_;
};

inline constexpr std::size_t kMaxHttpHead = 16384; // bytes of a request, or of an answer
inline constexpr std::size_t kMaxHttpTarget = 2048;
inline constexpr std::size_t kMaxHttpHeaders = 64;

struct HttpHeader
{
    std::string name; // in small letters
    std::string value;
};

struct HttpRequest
{
    HttpRequest() = default; // not an aggregate: see docs/coroutine-pitfalls.md

    // The value of a header; empty text where it is missing. Of several, the first.
    std::string_view header(std::string_view name) const;
    std::size_t count(std::string_view name) const;
    // Whether `word` is one of the words of a header that is a list: "keep-alive, Upgrade".
    // Capital and small letters are equal.
    bool header_lists(std::string_view name, std::string_view word) const;

    bool is_get = false;
    bool is_head = false;
    std::string path; // decoded, without the query; begins with '/'
    std::vector<HttpHeader> headers;
    bool keeps_alive = false; // the peer is ready for another request
};

class HttpRequestParser
{
public:
    HttpRequestParser();
    ~HttpRequestParser();
    HttpRequestParser(const HttpRequestParser&) = delete;
    HttpRequestParser& operator=(const HttpRequestParser&) = delete;

    // Takes bytes up to the end of a request; returns how many. Throws HttpError for what is no
    // request (400, 505), too large (413, 414, 431), or of no use here (405).
    std::size_t feed(ByteView bytes);
    // Some of a request is there.
    bool has_begun() const;
    bool is_complete() const;
    // The request that is complete; the parser is ready for the next one.
    HttpRequest take();

private:
    struct State;
    std::unique_ptr<State> state_;
};

// "%41" is "A". Nothing where a '%' is not followed by two digits.
std::optional<std::string> decode_percent(std::string_view text);

// What stands for a status in an answer: "Not Found".
const char* http_status_text(int status);

bool equal_ignoring_case(std::string_view a, std::string_view b);
std::string in_small_letters(std::string_view text);

} // namespace covnc
