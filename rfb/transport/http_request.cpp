#include "rfb/transport/http_request.h"

#include <algorithm>
#include <charconv>
#include <http_parser.h>

namespace covnc {

namespace {

char small_letter(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string_view without_spaces(std::string_view text)
{
    constexpr std::string_view kSpaces = " \t";
    const std::size_t begin = text.find_first_not_of(kSpaces);
    if (begin == std::string_view::npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(kSpaces) - begin + 1);
}

} // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return small_letter(x) == small_letter(y);
    });
}

std::string in_small_letters(std::string_view text)
{
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), small_letter);
    return result;
}

std::optional<std::string> decode_percent(std::string_view text)
{
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            result += text[i];
            continue;
        }
        const std::string_view digits = text.substr(i + 1, 2);
        unsigned value = 0;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
        if (error != std::errc{} || end != digits.data() + 2) {
            return std::nullopt;
        }
        result += static_cast<char>(value);
        i += 2;
    }
    return result;
}

const char* http_status_text(int status)
{
    return http_status_str(static_cast<http_status>(status));
}

std::string_view HttpRequest::header(std::string_view name) const
{
    const auto found =
        std::find_if(headers.begin(), headers.end(), [name](const HttpHeader& header) {
            return header.name == name;
        });
    return found == headers.end() ? std::string_view() : std::string_view(found->value);
}

std::size_t HttpRequest::count(std::string_view name) const
{
    return static_cast<std::size_t>(
        std::count_if(headers.begin(), headers.end(), [name](const HttpHeader& header) {
            return header.name == name;
        }));
}

bool HttpRequest::header_lists(std::string_view name, std::string_view word) const
{
    for (const HttpHeader& header : headers) {
        std::string_view rest = header.name == name ? std::string_view(header.value) : "";
        while (!rest.empty()) {
            const std::size_t comma = std::min(rest.find(','), rest.size());
            if (equal_ignoring_case(without_spaces(rest.substr(0, comma)), word)) {
                return true;
            }
            rest.remove_prefix(std::min(comma + 1, rest.size()));
        }
    }
    return false;
}

struct HttpRequestParser::State
{
    State()
    {
        http_parser_init(&parser, HTTP_REQUEST);
        parser.data = this;
        http_parser_settings_init(&settings);
        settings.on_url = [](http_parser* p, const char* text, std::size_t size) {
            return of(p).add_target({text, size});
        };
        settings.on_header_field = [](http_parser* p, const char* text, std::size_t size) {
            return of(p).add_name({text, size});
        };
        settings.on_header_value = [](http_parser* p, const char* text, std::size_t size) {
            return of(p).add_value({text, size});
        };
        settings.on_headers_complete = [](http_parser* p) { return of(p).headers_complete(); };
        settings.on_message_complete = [](http_parser* p) {
            of(p).complete = true;
            http_parser_pause(p, 1);
            return 0;
        };
    }
    static State& of(http_parser* parser) { return *static_cast<State*>(parser->data); }

    // Exceptions must not pass through the library, which is C.
    int refuse(int status, const char* text)
    {
        error_status = status;
        error_text = text;
        return -1;
    }
    int add_target(std::string_view text)
    {
        if (target.size() + text.size() > kMaxHttpTarget) {
            return refuse(HTTP_STATUS_URI_TOO_LONG, "the address of the page is too long");
        }
        target += text;
        return 0;
    }
    int add_name(std::string_view text)
    {
        if (!in_name) {
            if (request.headers.size() == kMaxHttpHeaders) {
                return refuse(HTTP_STATUS_REQUEST_HEADER_FIELDS_TOO_LARGE, "too many headers");
            }
            request.headers.emplace_back();
            in_name = true;
        }
        request.headers.back().name += in_small_letters(text);
        return 0;
    }
    int add_value(std::string_view text)
    {
        in_name = false;
        if (request.headers.empty() || text.find('\0') != std::string_view::npos) {
            return refuse(HTTP_STATUS_BAD_REQUEST, "a header that is none");
        }
        request.headers.back().value += text;
        return 0;
    }
    int headers_complete()
    {
        const bool has_length = (parser.flags & F_CONTENTLENGTH) != 0 && parser.content_length > 0;
        if (has_length || (parser.flags & F_CHUNKED) != 0 ||
            request.count("transfer-encoding") > 0) {
            return refuse(HTTP_STATUS_PAYLOAD_TOO_LARGE, "no request here has a body");
        }
        if (parser.http_major != 1) {
            return refuse(HTTP_STATUS_HTTP_VERSION_NOT_SUPPORTED, "this is not HTTP/1.1");
        }
        request.is_get = parser.method == HTTP_GET;
        request.is_head = parser.method == HTTP_HEAD;
        request.keeps_alive = http_should_keep_alive(&parser) != 0;
        if (!request.is_get && !request.is_head) {
            return refuse(HTTP_STATUS_METHOD_NOT_ALLOWED, "only GET and HEAD are of use here");
        }
        const std::string_view all(target);
        const std::optional<std::string> path =
            decode_percent(all.substr(0, std::min(all.find_first_of("?#"), all.size())));
        if (!path || !path->starts_with('/')) {
            return refuse(HTTP_STATUS_BAD_REQUEST, "that is no address of a page");
        }
        request.path = *path;
        return 0;
    }

    http_parser parser{};
    http_parser_settings settings{};
    HttpRequest request;
    std::string target;
    std::size_t fed = 0;
    bool in_name = false;
    bool complete = false;
    int error_status = HTTP_STATUS_BAD_REQUEST;
    const char* error_text = "that is no request of HTTP";
};

HttpRequestParser::HttpRequestParser() : state_(std::make_unique<State>()) {}

HttpRequestParser::~HttpRequestParser() = default;

std::size_t HttpRequestParser::feed(ByteView bytes)
{
    State& state = *state_;
    const ByteView taken = bytes.first(std::min(bytes.size(), kMaxHttpHead - state.fed));
    const std::size_t count = http_parser_execute(
        &state.parser, &state.settings, reinterpret_cast<const char*>(taken.data()), taken.size());
    state.fed += count;
    if (state.complete) {
        return count;
    }
    if (HTTP_PARSER_ERRNO(&state.parser) != HPE_OK) {
        throw HttpError(state.error_status, state.error_text);
    }
    if (state.fed == kMaxHttpHead) {
        throw HttpError(HTTP_STATUS_REQUEST_HEADER_FIELDS_TOO_LARGE, "the request is too large");
    }
    return count;
}

bool HttpRequestParser::has_begun() const
{
    return state_->fed > 0;
}

bool HttpRequestParser::is_complete() const
{
    return state_->complete;
}

HttpRequest HttpRequestParser::take()
{
    HttpRequest request = std::move(state_->request);
    state_ = std::make_unique<State>();
    return request;
}

} // namespace covnc
